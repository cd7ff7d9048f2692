// Draws screenshots/dashboard*.png: with no host, with one, and with fifty.
import { mkdirSync } from 'node:fs';
import { SHOTS, draw } from '../drawing.mjs';
import { DashboardSite } from '../dashboard_site.mjs';

export async function open(browser) {
  mkdirSync(SHOTS, { recursive: true });
  return { browser };
}

export const close = async () => {};

/** Draws the page once everything was seen, with the facts of the first host. */
async function shoot(browser, hosts) {
  const site = await DashboardSite.start(hosts);
  try {
    await draw(browser, site.url, `dashboard-${hosts}`, async (page) => {
      await page.locator('[data-level]:not([data-level=looking])').first().waitFor();
      if (!hosts) return;
      await page.locator('#ab-facts-roof .ab-facts').first().waitFor({ state: 'attached' });
      await page.click('#ab-facts-roof summary');
    }, { fullPage: true });
  } finally {
    await site.remove();
  }
}

export const stories = {
  'no host': ({ browser }) => shoot(browser, 0),
  'one host': ({ browser }) => shoot(browser, 1),
  'fifty hosts': ({ browser }) => shoot(browser, 50),
};
