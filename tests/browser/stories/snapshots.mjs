// Snapshots of a folder: taken on the page, looked into, followed through time, and pinned.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DestinationSite } from '../destination_site.mjs';
import { closeDialogs, dialog, ended } from './table.mjs';

/** A host called `pi` with two snapshots of the morning, and a page. */
export async function open(browser) {
  const config = (site) => `[[destination]]\nname = "usb"\npath = ${JSON.stringify(site.path('usb'))}\n`
    + `[[host]]\nname = "pi"\npath = ${JSON.stringify(site.path('home'))}\n`;
  const site = await DestinationSite.start(['usb'], { config, nights: 1 });
  const write = (path, text) => {
    mkdirSync(join(site.path('home'), path, '..'), { recursive: true });
    writeFileSync(join(site.path('home'), path), text);
  };
  write('notes/lens.txt', 'a new lens');
  write('notes/old.txt', 'to be thrown away');
  for (let n = 0; n < 12; n += 1) write(`scripts/step-${n}.sh`, `echo ${n}\n`);
  site.camera.say('dest', 'init', 'usb');
  site.camera.sayAt('2026-10-31T08:10:00Z', 'snapshots', 'take', 'pi');
  site.camera.sayAt('2026-11-20T08:10:00Z', 'snapshots', 'take', 'pi');
  write('notes/lens.txt', 'a new lens, and a filter');
  write('notes/dome.txt', 'clean the dome');
  rmSync(join(site.path('home'), 'notes/old.txt'));
  return { site, page: await browser.newPage() };
}

export async function close({ site, page }) {
  await page.close();
  await site.remove();
}

export const stories = {
  'a snapshot is taken by one press and stands in the list': async ({ site, page }) => {
    await page.goto(site.camera.url);
    await page.click('#ab-to-snapshots');
    assert.match(await page.innerText('#ab-host-pi'), /Taken/);
    await page.click('#ab-take-pi');
    await dialog(page).locator('.ab-job').waitFor();
    assert.match(await ended(page), /success/);
    await closeDialogs(page);
    await page.locator('#ab-host-pi:has-text("1 new, 1 changed, 1 deleted")').waitFor();
    assert.equal(await page.locator('#ab-host-pi details .list-group-item').count(), 1, 'October is folded');
  },

  'a folder tells what is new, changed and gone, and is followed back in time': async ({ site, page }) => {
    await page.goto(`${site.camera.url}snapshots`);
    await page.click('text=Browse the newest');
    await page.click('.ab-snapshot-files a:has-text("notes")');
    const change = (name) => page.locator(`.ab-snapshot-files li:has-text("${name}")`).getAttribute('data-change');
    assert.deepEqual([await change('lens.txt'), await change('dome.txt'), await change('old.txt')], ['changed', 'new', 'gone']);
    await page.click('#ab-earlier');
    await page.locator('.ab-snapshot-files li:has-text("old.txt")').waitFor();
    assert.equal(await page.locator('.ab-snapshot-files li:has-text("dome.txt")').count(), 0);
    assert.match(await page.innerText('.ab-crumbs'), /notes/);
    await page.click('#ab-later');
    await page.locator('.ab-snapshot-files li:has-text("dome.txt")').waitFor();
  },

  'a pin holds, and a dry run says why each snapshot stays': async ({ site, page }) => {
    await page.goto(`${site.camera.url}snapshots`);
    await page.click('text=Browse the newest');
    await page.click('#ab-pin-snapshot');
    await page.locator('.ab-browse:has-text("Pinned")').waitFor();
    await page.goto(`${site.camera.url}snapshots`);
    await page.locator('#ab-host-pi .list-group-item:has-text("Pinned")').waitFor();
    await page.click('text=What would go');
    await dialog(page).locator('.ab-dry-run').waitFor();
    assert.match(await dialog(page).innerText(), /Everything stays/);
    await closeDialogs(page);
  },

  'on a phone nothing is wider than the page': async ({ site, page }) => {
    await page.setViewportSize({ width: 390, height: 800 });
    await page.goto(`${site.camera.url}snapshots`);
    const newest = await page.locator('text=Browse the newest').getAttribute('href');
    for (const button of await page.locator('#ab-host-pi .ab-card-buttons .btn').all()) {
      assert.ok(await button.evaluate((face) => face.scrollWidth <= face.clientWidth), 'a button holds its words');
    }
    for (const path of ['snapshots', 'snapshots/pi/preview']) await fits(page, `${site.camera.url}${path}`);
    await fits(page, new URL(`${newest}?path=notes`, site.camera.url).href);
  },
};

async function fits(page, address) {
  await page.goto(address);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `${address} is ${over} px too wide`);
}
