// The page of plans: a run by hand shows its progress, one press pauses, and a dry run changes nothing.
import assert from 'node:assert/strict';
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
  'on a phone nothing is wider than the page': async ({ camera, page }) => {
    await page.setViewportSize({ width: 390, height: 800 });
    for (const path of ['plans', 'plans/weekly-config/edit', 'plans/new', '']) {
      await page.goto(`${camera.url}${path}`);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${path || 'backups'} is ${over} px too wide`);
    }
  },
};
