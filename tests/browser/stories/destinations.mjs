// Where backups are kept: a drive is chosen, set up, checked and taken out of the list, and one that hangs is told.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DestinationSite } from '../destination_site.mjs';
import { until } from '../ground.mjs';
import { closeDialogs, dialog, ended } from './table.mjs';

const NAME = 'Nights of 2026 ü';

export async function open(browser) {
  const site = await DestinationSite.start([NAME]);
  return { site, page: await browser.newPage() };
}

export async function close({ site, page }) {
  await page.close();
  await site.remove();
}

const card = (page, name) => page.locator(`[data-place="${name}"]`);
const stands = (page, name, state) => page.locator(`[data-place="${name}"][data-state="${state}"]`).waitFor({ timeout: 30_000 });

export const stories = {
  'a drive is chosen by pressing its button, and stands in the list as not set up': async ({ site, page }) => {
    await page.goto(site.camera.url);
    await page.click('#ab-to-destinations');
    const offer = page.locator(`[data-drive="${site.path(NAME)}"]`);
    assert.equal(await offer.locator('input[name=name]').inputValue(), 'nights-of-2026-ue');
    await offer.locator('input[name=name]').fill('usb');
    await offer.locator('button:has-text("Use this drive")').click();
    await stands(page, 'usb', 'not_set_up');
    assert.match(site.text(), /# My camera\n\n?\[\[destination\]\]\nname = "usb"/);
    assert.match(await card(page, 'usb').innerText(), /good nights and the camera's settings/);
  },

  'it is set up and checked, each with its progress, and is ready': async ({ site, page }) => {
    await page.click('#ab-set-up-usb');
    await dialog(page).locator('.ab-job').waitFor();
    assert.match(await ended(page), /success/);
    await closeDialogs(page);
    await stands(page, 'usb', 'ready');
    assert.ok(existsSync(join(site.path(NAME), '.allsky-backups.json')));
    await page.click('#ab-check-usb');
    assert.match(await ended(page), /success/);
    await closeDialogs(page);
    const told = await card(page, 'usb').innerText();
    assert.match(told, /Last check\s+today|Last check\s+\w/);
    assert.match(told, /not enough history yet/);
    await page.goto(`${site.camera.url}plans/new`);
    assert.match(await page.innerText('#ab-plan-place'), /usb/);
    await page.goto(site.url);
  },

  'what may not be is refused in words, in a dialog, and nothing is saved': async ({ site, page }) => {
    const before = site.text();
    await page.click('#ab-other-path > summary');
    await page.fill('#ab-name-other', 'second');
    await page.fill('#ab-path-other', join(site.camera.dir, 'allsky/images'));
    await page.click('#ab-add-other');
    await dialog(page).locator('text=belongs to the camera').waitFor();
    await closeDialogs(page);
    assert.equal(site.text(), before);
    assert.equal(await page.inputValue('#ab-path-other'), join(site.camera.dir, 'allsky/images'), 'what was typed stays');
  },

  'on a phone nothing is wider than the page': async ({ site, page }) => {
    await page.setViewportSize({ width: 390, height: 800 });
    await page.goto(site.url);
    for (const summary of await page.locator('summary').all()) await summary.click();
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${over} px too wide`);
    await page.setViewportSize({ width: 1280, height: 800 });
  },

  'a drive that hangs is told, the page does not wait, and its return is seen': async ({ site, page }) => {
    site.shares[NAME].hang();
    await until('it is said to hang', async () => {
      const began = Date.now();
      await page.goto(site.url);
      assert.ok(Date.now() - began < 5000, 'the page waited for the drive');
      return await page.locator('[data-place="usb"][data-state="does_not_answer"]').count();
    }, 120_000);
    assert.match(await card(page, 'backups').innerText(), /Backups folder/);
    const began = Date.now();
    await page.goto(`${site.camera.url}settings`);
    await page.locator('#ab-destination').waitFor();
    assert.ok(Date.now() - began < 5000, 'the settings waited for the drive');
    site.shares[NAME].answer();
    await until('it is ready again', async () => {
      await page.goto(site.url);
      return await page.locator('[data-place="usb"][data-state="ready"]').count();
    }, 120_000);
  },

  'it is taken out of the list, and everything on it stays': async ({ site, page }) => {
    await page.goto(site.url);
    await page.click('#ab-removal-usb > summary');
    assert.match(await card(page, 'usb').innerText(), /Nothing on the drive is deleted/);
    await page.click('#ab-remove-usb');
    await card(page, 'usb').waitFor({ state: 'detached' });
    assert.doesNotMatch(site.text(), /destination/);
    assert.ok(existsSync(join(site.path(NAME), '.allsky-backups.json')));
    await page.locator(`[data-drive="${site.path(NAME)}"] button`).waitFor();
  },
};
