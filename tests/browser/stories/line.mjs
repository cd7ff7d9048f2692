// The line to the program: cut and back again, and two tabs that show one truth.
import assert from 'node:assert/strict';
import { until } from '../ground.mjs';
import { backUp, book, closeDialogs, dialog, ended, longNight } from './table.mjs';

export const { open, close } = book(['--nights', '1', '--frames', '3'], async ({ camera }) => { await longNight(camera, 768); });

async function beginLong(page) {
  await backUp(page, '20260101');
  await dialog(page).locator('.ab-job[data-state=running]').waitFor();
}

const banner = (page) => page.locator('#ab-running .ab-banner');

export const stories = {
  'a second tab shows the same work, and what it stops is stopped in the first': async ({ page, context, camera }) => {
    await beginLong(page);
    const other = await context.newPage();
    await other.goto(camera.url);
    await banner(other).waitFor();
    await banner(other).locator('a').click();
    await dialog(other).locator('.ab-job').waitFor();
    const job = (tab) => dialog(tab).locator('.ab-job').getAttribute('data-job');
    assert.equal(await job(other), await job(page));
    await dialog(other).locator('#ab-cancel').click();
    assert.equal(await ended(page), 'cancelled');
    assert.equal(await ended(other), 'cancelled');
    await closeDialogs(page);
    await until('the first has no banner', async () => await banner(page).count() === 0);
    assert.match(await page.locator('#ab-recent li').first().innerText(), /Cancelled[\s\S]*Create Images Backup/);
    await other.close();
    assert.deepEqual(camera.litter(), []);
  },

  'a killed program is missed in words, and its return shows how the work ended': async ({ page, camera }) => {
    await beginLong(page);
    const { port } = camera;
    await camera.stop('SIGKILL');
    const notice = page.locator('.ab-line');
    await notice.waitFor();
    assert.match(await notice.innerText(), /does not answer[\s\S]*may be old/);
    await camera.serve(port);
    await until('the notice is gone', async () => await notice.count() === 0, 60_000);
    assert.equal(await ended(page), 'interrupted');
    await closeDialogs(page);
    await until('history says so', async () => /Interrupted[\s\S]*Create Images Backup/.test(await page.locator('#ab-recent li').first().innerText()));
    assert.deepEqual(camera.litter(), [], 'nothing of it is left');
  },

  'after the return everything can be ordered as before, without loading the page anew': async ({ page, camera }) => {
    const before = (await camera.json('api/archives')).items.length;
    await page.click('#ab-create');
    await page.click('#ab-create-start');
    assert.match(await ended(page), /success|warning/);
    await closeDialogs(page);
    assert.equal((await camera.json('api/archives')).items.length, before + 1);
    await until('it is in the table', async () => await page.locator('tr[data-archive]').count() === before + 1);
  },
};
