// The dashboard: its verdict and reasons, by mouse and by keys, live, filtered, without scripts, and on a phone.
import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { DashboardSite } from '../dashboard_site.mjs';
import { until } from '../ground.mjs';
import { closeDialogs, dialog } from './table.mjs';

export async function open(browser) {
  const site = await DashboardSite.start(3);
  return { site, camera: site.camera, page: await browser.newPage(), browser };
}

export async function close({ site, page }) {
  await page.close();
  await site.remove();
}

const focused = (page) => page.evaluate(() => document.activeElement?.id || '');

export const stories = {
  'it is the first way of every page, and says the worst first': async ({ site, camera, page }) => {
    await page.goto(camera.url);
    await page.click('#ab-to-dashboard');
    await page.waitForURL(site.url);
    await page.locator('#ab-verdict .ab-verdict:has-text("Last config backup")').waitFor();
    await page.locator('[data-host=roof]:has-text("Taken")').waitFor();
    const levels = await page.locator('.ab-because').evaluateAll((all) => all.map((one) => one.dataset.level));
    assert.deepEqual(levels, [...levels].sort((a, b) => 'bad warning good'.indexOf(a) - 'bad warning good'.indexOf(b)));
  },
  'a host opens to what is kept of it, by Enter, and stays open when the page is drawn anew': async ({ camera, page }) => {
    await page.locator('#ab-facts-roof summary').focus();
    await page.keyboard.press('Enter');
    await page.locator('#ab-facts-roof:has-text("Golden months")').waitFor();
    assert.match(await page.innerText('#ab-facts-roof'), /4 of hours, 0 of days, 0 of months/);
    await camera.post('api/verify');
    await page.locator('#ab-dashboard-recent li:has-text("Verify")').first().waitFor();
    assert.ok(await page.locator('#ab-facts-roof').evaluate((one) => one.open));
  },
  'the tab says what is wrong, and a reason is acknowledged by one press': async ({ camera, page }) => {
    const name = await camera.create({ type: 'config' });
    truncateSync(join(camera.backups, name), 5000);
    await camera.post('api/verify');
    await page.locator('#ab-verdict:has-text("1 backup is damaged")').waitFor();
    await until('the tab says so', async () => (await page.title()).startsWith('1 backup is damaged · Dashboard'));
    assert.match(await page.locator('link[rel=icon]').getAttribute('href'), /icon-bad\.svg$/);
    await camera.post(`api/archives/${name}/delete`, JSON.stringify({ confirm: 'delete' }), { 'Content-Type': 'application/json' });
  },
  'recent work is filtered as the fields change, and the address says so': async ({ site, page }) => {
    await page.goto(site.url);
    await page.focus('#ab-work-host');
    await page.selectOption('#ab-work-host', 'roof');
    await page.waitForURL(`${site.url}?host=roof`);
    await until('only its work is shown', async () => {
      const titles = await page.locator('#ab-dashboard-recent li .ab-recent-title').allInnerTexts();
      return titles.length > 0 && titles.every((title) => title.includes('roof'));
    });
    assert.equal(await focused(page), 'ab-work-host', 'the field keeps the focus');
    await page.locator('#ab-dashboard-recent li a').first().click();
    await dialog(page).locator('.ab-job').waitFor();
    await closeDialogs(page);
    await page.click('#ab-work-all');
    await page.waitForURL(site.url);
  },
  'every press of a reason can be reached by keys, and each plot has its numbers as a table': async ({ page }) => {
    const presses = await page.locator('.ab-because .btn').evaluateAll((all) => all.map((one) => one.id));
    assert.ok(presses.length && presses.every(Boolean) && new Set(presses).size === presses.length, presses.join());
    await page.locator(`[id="${presses[0]}"]`).focus();
    for (const id of presses.slice(1)) {
      await page.keyboard.press('Tab');
      assert.equal(await focused(page), id);
    }
    for (const plot of await page.locator('svg.ab-plot').all()) {
      const names = (await plot.getAttribute('aria-labelledby')).split(' ');
      for (const id of names) assert.ok((await page.locator(`[id="${id}"]`).textContent()).trim(), id);
      assert.ok(await plot.locator('xpath=..').locator('table tbody tr').count());
    }
  },
  'without scripts it looks again by itself, and its filter is a plain form': async ({ site, browser }) => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(site.url);
    assert.equal(await page.locator('meta[http-equiv=refresh]').first().getAttribute('content'), '10');
    await page.selectOption('#ab-work-result', 'success');
    await page.click('#ab-work-filter');
    await page.waitForURL(`${site.url}?plan=&host=&result=success`);
    assert.ok(await page.locator('#ab-dashboard-recent li').count());
    await context.close();
  },
  'on a phone nothing is wider than the page': async ({ site, page }) => {
    await page.setViewportSize({ width: 390, height: 800 });
    await page.goto(site.url);
    for (const summary of await page.locator('#ab-board details > summary').all()) await summary.click();
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${over} px too wide`);
  },
};
