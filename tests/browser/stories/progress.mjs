import assert from 'node:assert/strict';
import { until } from '../ground.mjs';
import { backUp, book, closeDialogs, dialog, ended, longNight } from './table.mjs';

const NIGHT = '20260101';

export const { open, close } = book(['--nights', '2', '--frames', '10'], async ({ camera }) => { await longNight(camera); });

const begin = ({ page }) => backUp(page, NIGHT);

const percent = (place) => place.locator('[role=progressbar]').getAttribute('aria-valuenow').then(Number);

export const stories = {
  'all stages are known up front, bytes and files grow, and the work goes on when the dialog is closed': async (ground) => {
    const { page, camera } = ground;
    await begin(ground);
    const job = dialog(page).locator('.ab-job');
    await until('it runs', async () => await job.getAttribute('data-state') === 'running');
    const stages = await until('the stages are there', async () => {
      const all = await job.locator('.ab-stages li').allInnerTexts();
      return all.length >= 4 && all;
    });
    assert.ok(stages.some((text) => /Reading back/.test(text) && /waiting|now/.test(text)), `${stages}`);
    await until('bytes are shown', async () => /[\d.]+ [kMG]B of 536\.9 MB/.test(await job.locator('[data-part=bytes]').innerText()));
    const early = await percent(job);
    await until('the bar moves', async () => await percent(job) > early || await job.getAttribute('data-state') !== 'running');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('dialog[open]').count(), 0);
    const banner = page.locator('#ab-running .ab-banner');
    await banner.waitFor();
    assert.match(await banner.innerText(), /Create Images Backup/);

    // Reload and a second tab show the same truth.
    await page.reload();
    await banner.waitFor();
    const other = await ground.context.newPage();
    await other.goto(camera.url);
    await other.locator('#ab-running .ab-banner').waitFor();
    const [{ id }] = (await camera.json('api/status')).active;
    assert.equal(await banner.getAttribute('data-job'), id);
    assert.equal(await other.locator('.ab-banner').getAttribute('data-job'), id);
    await page.click('.ab-banner .btn');
    await dialog(page).locator('.ab-job').waitFor();
    assert.match(await ended(page), /success|warning/);
    await until('the other tab knows', async () => await other.locator('#ab-running .ab-banner').count() === 0);
    await until('its history tells', async () => /Create Images Backup/.test(await other.locator('#ab-recent').innerText()));
    await other.close();
    await closeDialogs(page);
  },

  'cancel ends the work within two seconds and leaves nothing behind': async (ground) => {
    const { page, camera } = ground;
    await page.reload();
    const before = (await camera.json('api/archives')).items.length;
    await begin(ground);
    const job = dialog(page).locator('.ab-job');
    await until('bytes flow', async () => await percent(job) > 0);
    const pressed = Date.now();
    await page.click('#ab-cancel');
    assert.equal(await ended(page), 'cancelled');
    assert.ok(Date.now() - pressed < 2500, `${Date.now() - pressed} ms`);
    assert.match(await job.innerText(), /cancelled here/);
    assert.equal((await camera.json('api/archives')).items.length, before);
    await until('the folder is clean', () => camera.litter().length === 0);
    await closeDialogs(page);
    await until('the history tells', async () => /Cancelled/.test(await page.locator('#ab-recent li').first().innerText()));
  },

  'work that waits says so, and can be cancelled before it began': async (ground) => {
    const { page, camera } = ground;
    await begin(ground);
    await closeDialogs(page);
    const first = await until('the first runs', async () => (await camera.json('api/status')).active.find((job) => job.state === 'running'));
    await page.click('#ab-verify-all');
    const job = dialog(page).locator('.ab-job');
    await until('it is queued', async () => await job.getAttribute('data-state') === 'queued');
    assert.match(await job.innerText(), /waits until the work before it is done/);
    await page.click('#ab-cancel');
    assert.equal(await ended(page), 'cancelled');
    await camera.post(`api/jobs/${first.id}/cancel`);
    await camera.over(first.id);
    await closeDialogs(page);
  },

  'a program that was killed tells of the interrupted job after its next start': async (ground) => {
    const { page, camera } = ground;
    await begin(ground);
    await until('bytes flow', async () => await percent(dialog(page)) > 0);
    await camera.stop('SIGKILL');
    await camera.serve(camera.port);
    // The page finds the program again by itself.
    await until('the dialog says so', async () => await dialog(page).locator('.ab-job').getAttribute('data-state') === 'interrupted');
    assert.deepEqual(camera.litter(), []);
    await closeDialogs(page);
    await until('recent work says so, too', async () => /Interrupted/.test(await page.locator('#ab-recent li').first().innerText()));
    // And with the new program's token.
    await page.click('#ab-create');
    await page.click('#ab-create-start');
    assert.match(await ended(page), /success|warning/);
    await closeDialogs(page);
  },
};
