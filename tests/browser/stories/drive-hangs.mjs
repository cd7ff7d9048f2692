// A drive whose server does not answer: the page of nights says so and goes on working, and nothing else
// waits for it.
import assert from 'node:assert/strict';
import { NightCamera, Share } from '../night_camera.mjs';
import { until } from '../ground.mjs';
import { closeDialogs, dialog, ended, shut, windowFor } from './table.mjs';

export const open = async (browser) => windowFor(browser, await NightCamera.start({ nights: 5, drive: new Share() }));

export async function close(ground) {
  ground.camera.share.answer();
  await shut(ground);
}

export const stories = {
  'a hung drive is told in words, and everything else works meanwhile': async ({ page, camera }) => {
    await page.goto(`${camera.url}nights`);
    await until('the drive is seen', async () => /Ready/.test(await page.innerText('#ab-drive')));
    camera.share.hang();
    // A run makes the last look at the drive worthless, so the page looks again.
    await page.click('#ab-plan-run');
    await dialog(page).locator('.ab-job').waitFor();
    await closeDialogs(page);
    await until('the drive is said to hang', async () => {
      await page.goto(`${camera.url}nights`);
      return /does not answer/.test(await page.innerText('#ab-drive'));
    }, 90_000);
    await until('the nights are there', async () => await page.locator('.ab-night').count() === 5);
    await page.locator('.ab-night h4 a').first().click();
    await dialog(page).locator('.ab-night-detail').waitFor();
    await closeDialogs(page);
    await page.selectOption('#ab-show', 'kept');
    await page.locator('#ab-nights-count').waitFor();
    await page.goto(camera.url);
    assert.match(await page.innerText('#ab-verdict'), /No backup yet/);
  },

  'when the drive answers again it is ready, and a run goes through': async ({ page, camera }) => {
    camera.share.answer();
    await until('it is ready again', async () => {
      await page.goto(`${camera.url}nights/preview`);
      return /There is room/.test(await page.innerText('main'));
    }, 90_000);
    await page.goto(`${camera.url}nights`);
    await until('no run is under way', async () => await page.locator('#ab-nights-running .ab-banner').count() === 0, 90_000);
    await page.click('#ab-plan-run');
    assert.match(await ended(page), /success|warning/);
    await closeDialogs(page);
    await until('the page says so', async () => /Ready/.test(await page.innerText('#ab-drive')));
  },
};
