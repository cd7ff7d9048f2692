// Draws screenshots/plans*.png: the page of plans, the form that reads as a sentence, a dry run, and the card on the
// page of backups.
import { mkdirSync } from 'node:fs';
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
  'a plan as a sentence': async ({ draw }) => {
    await draw('plans-change', 'plans/weekly-config/edit', null, { fullPage: true });
  },
  'a dry run': async ({ draw }) => {
    await draw('plans-dry-run', 'plans', async (page) => {
      await page.click('#ab-dry-weekly-config');
      await page.locator('dialog[open] .ab-dry-run').waitFor();
    });
  },
};
