// The page of nights before the first night, without a drive, and with a drive that is not there.
import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { NightCamera } from '../night_camera.mjs';
import { until } from '../ground.mjs';

export async function open(browser) {
  return { browser, camera: await NightCamera.start({ nights: 0, drive: false }) };
}

export const close = ({ camera }) => camera.remove();

export const stories = {
  'a camera without a night says so, and what is missing for keeping nights': async ({ browser, camera }) => {
    const page = await browser.newPage();
    await page.goto(`${camera.url}nights`);
    await page.locator('text=No nights yet').waitFor();
    const text = await page.innerText('main');
    assert.match(text, /No drive is configured for nights/);
    assert.match(text, /Needs a drive/);
    assert.equal(await page.locator('#ab-plan-run, #ab-dry-run, .ab-calendar').count(), 0);
    await page.click('#ab-calibration');
    await page.locator('text=No night is rated yet').waitFor();
    await page.close();
  },

  'a drive that is not there is told in words, and its return is seen': async ({ browser }) => {
    const camera = await NightCamera.start({ nights: 3 });
    try {
      renameSync(camera.drive, `${camera.drive}-away`);
      const page = await browser.newPage();
      await page.goto(`${camera.url}nights`);
      await until('the drive is missed', async () => /Not ready[\s\S]*the drive is not there/.test(await page.innerText('#ab-drive')));
      await until('the nights are there all the same', async () => await page.locator('.ab-night').count() === 3);
      await page.click('#ab-plan-run');
      await until('the plan waits', async () => /Waiting for its drive/.test(await page.innerText('[data-plan=nights]')));
      renameSync(`${camera.drive}-away`, camera.drive);
      await page.goto(`${camera.url}nights/preview`);
      assert.match(await page.innerText('main'), /There is room/);
      await page.goto(`${camera.url}nights`);
      await until('it is ready again', async () => /Ready/.test(await page.innerText('#ab-drive')));
      await page.close();
    } finally {
      await camera.remove();
    }
  },
};
