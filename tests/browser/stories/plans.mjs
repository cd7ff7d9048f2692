// The page of plans: a run by hand shows its progress, one press pauses, and a dry run changes nothing.
import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { Camera } from '../ground.mjs';

export async function open(browser) {
  const camera = await Camera.start(['--nights', '1', '--frames', '2']);
  const page = await browser.newPage();
  return { camera, page };
}

export async function close({ camera, page }) {
  await page.close();
  await camera.remove();
}

export const stories = {
  'one press lets a plan rest, and another one go on': async ({ camera, page }) => {
    await page.goto(`${camera.url}plans`);
    const card = page.locator('[data-plan="weekly-config"]');
    await card.locator('button:has-text("Pause")').click();
    await card.locator('text=paused by its owner').waitFor();
    await card.locator('button:has-text("Resume")').click();
    await card.locator('text=paused by its owner').waitFor({ state: 'detached' });
  },
  'a run by hand shows its progress and then its day': async ({ camera, page }) => {
    await page.goto(`${camera.url}plans`);
    await page.click('#ab-run-weekly-config');
    await page.locator('dialog[open] .ab-job').waitFor();
    await page.locator('#ab-plans:has-text("1 day with runs")').waitFor();
    assert.equal(await page.locator('[data-plan="weekly-config"] .ab-strip li').count(), 30);
  },
  'a press on the last run shows its jobs, and from there one job with its steps': async ({ camera, page }) => {
    await page.goto(`${camera.url}plans`);
    await page.click('[data-plan="weekly-config"] a[data-dialog="run"]');
    const run = page.locator('dialog[open] .ab-job[data-run]');
    await run.locator('text=Delete what plan weekly-config no longer keeps').waitFor();
    assert.equal(await run.locator('li[data-job]').count(), 2);
    await run.locator('a[data-dialog="job"]').first().click();
    await page.locator('dialog[open] .ab-job[data-job] .ab-stages').waitFor();
  },
  'an alert is on every page until it is acknowledged, in other windows too': async ({ camera, page }) => {
    const name = await camera.create({ type: 'config' });
    const other = await page.context().browser().newPage();
    await other.goto(`${camera.url}snapshots`);
    await page.goto(`${camera.url}plans`);
    truncateSync(join(camera.backups, name), 5000);
    await camera.post('api/verify');
    for (const window of [page, other]) await window.locator('.ab-alert', { hasText: 'is damaged' }).waitFor();
    await page.click('.ab-alert button');
    for (const window of [page, other]) {
      await window.locator('.ab-alert').waitFor({ state: 'detached' });
      await window.locator('#ab-alerts-seen').waitFor();
    }
    await other.close();
  },
  'on a phone nothing is wider than the page': async ({ camera, page }) => {
    await page.setViewportSize({ width: 390, height: 800 });
    for (const path of ['plans', 'plans/weekly-config/edit', 'plans/new', '']) {
      await page.goto(`${camera.url}${path}`);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${path || 'backups'} is ${over} px too wide`);
    }
  },
};
