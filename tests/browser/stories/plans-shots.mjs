// Draws screenshots/plans*.png: the page of plans, the form that reads as a sentence, a dry run, and the card on the
// page of backups.
import { mkdirSync, readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { SHOTS, draw as picture } from '../drawing.mjs';
import { Camera } from '../ground.mjs';

export async function open(browser) {
  mkdirSync(SHOTS, { recursive: true });
  const camera = await Camera.start(['--nights', '1', '--frames', '2']);
  const page = await browser.newPage();
  await page.goto(`${camera.url}plans`);
  await page.click('#ab-run-weekly-config');
  await page.locator('#ab-plans:has-text("1 day with runs")').waitFor();
  await page.close();
  const draw = (name, path, act, options) => picture(browser, `${camera.url}${path}`, name, act, options);
  return { camera, draw };
}

export const close = ({ camera }) => camera.remove();

export const stories = {
  'all plans': async ({ draw }) => {
    await draw('plans', 'plans', null, { fullPage: true });
  },
  'a run with its jobs': async ({ draw }) => {
    await draw('plans-run', 'plans', async (page) => {
      await page.click('[data-plan="weekly-config"] a[data-dialog="run"]');
      await page.locator('dialog[open] .ab-job[data-run]').waitFor();
    });
  },
  'a job with its steps': async ({ draw }) => {
    await draw('plans-steps', 'plans', async (page) => {
      await page.click('[data-plan="weekly-config"] a[data-dialog="run"]');
      await page.locator('dialog[open] .ab-job[data-run] a[data-dialog="job"]').first().click();
      await page.locator('dialog[open] .ab-stages').waitFor();
    });
  },
  'a plan as a sentence': async ({ draw }) => {
    await draw('plans-change', 'plans/weekly-config/edit', null, { fullPage: true });
  },
  'a dry run': async ({ draw }) => {
    await draw('plans-dry-run', 'plans', async (page) => {
      await page.click('#ab-dry-weekly-config');
      await page.locator('dialog[open] .ab-dry-run').waitFor();
    });
  },
  'an alert': async ({ camera, draw }) => {
    const name = readdirSync(camera.backups).find((name) => name.endsWith('.tar.gz'));
    truncateSync(join(camera.backups, name), 5000);
    await camera.post('api/verify');
    await draw('alerts', 'plans', async (page) => { await page.locator('.ab-alert').first().waitFor(); });
  },
};
