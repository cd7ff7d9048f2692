import assert from 'node:assert/strict';
import { until } from '../ground.mjs';
import { archiveOf, book, closeDialogs, dialog, ended, row } from './table.mjs';

export const { open, close } = book();

export const stories = {
  'a config backup is made of the sections that are switched on': async ({ page, camera }) => {
    await page.click('#ab-create');
    const create = dialog(page);
    await create.locator('#ab-section-core').waitFor();
    assert.equal(await create.locator('#ab-section-core').isDisabled(), true, 'core is always in');
    assert.equal(await create.getByRole('switch', { name: /Pause Allsky/ }).isChecked(), false);
    for (const off of await create.locator('input[name=section]:enabled').all()) await off.uncheck();
    await create.getByRole('switch', { name: /User Modules/ }).check();
    await page.click('#ab-create-start');
    assert.match(await ended(page), /success|warning/);
    const name = await archiveOf(page);
    await closeDialogs(page);
    await row(page, name).locator('text=Verified').waitFor();
    const info = await camera.json(`api/archives/${name}`);
    assert.deepEqual(info.metadata.includedSections.map((section) => section.key).sort(), ['core', 'modules']);
    assert.match(await page.locator('#ab-verdict').innerText(), /Last config backup today/);
    assert.match(await page.locator('.ab-group').first().innerText(), /Config Backups \(1\)/);
  },

  'sizes are added up as switches are turned': async ({ page }) => {
    await page.click('#ab-create');
    const total = dialog(page).locator('[data-part=total]');
    await until('all sizes are known', async () => /compressed: [^)]+\)$/.test(await total.innerText()));
    const all = await total.innerText();
    for (const off of await dialog(page).locator('input[name=section]:enabled').all()) await off.uncheck();
    const core = await total.innerText();
    assert.notEqual(all, core);
    const shown = await dialog(page).locator('[data-size=core] [data-part=raw]').innerText();
    assert.ok(core.includes(`Total Selected: ${shown}`), `${core} is what core alone has: ${shown}`);
    await closeDialogs(page);
  },

  'an images backup takes the chosen nights, and "all" and single folders exclude each other': async ({ page, camera }) => {
    await page.click('#ab-create');
    await page.click('#ab-tile-images');
    const all = dialog(page).getByRole('switch', { name: /Backup all folders/ });
    await all.waitFor();
    assert.equal(await all.isChecked(), true);
    const nights = dialog(page).locator('.ab-folder', { has: page.locator('img') });
    assert.ok(await nights.count() >= 3, 'nights show their keogram');
    const first = nights.nth(0).locator('input');
    const second = nights.nth(1).locator('input');
    await first.check();
    assert.equal(await all.isChecked(), false);
    await all.check();
    assert.equal(await first.isChecked(), false);
    await first.check();
    await second.check();
    assert.match(await dialog(page).locator('[data-part=total]').innerText(), /Total Selected: [\d.]+ MB \(estimated compressed: [\d.]+ MB\)/);
    assert.match(await dialog(page).locator('[data-part=fit]').innerText(), /Space left after it/);
    const chosen = [await first.getAttribute('value'), await second.getAttribute('value')];
    await page.click('#ab-create-start');
    assert.match(await ended(page), /success|warning/);
    const info = await camera.json(`api/archives/${await archiveOf(page)}`);
    assert.deepEqual(info.metadata.imageFolders.sort(), chosen.sort());
    assert.equal(info.metadata.imageBackupAll, false);
    await closeDialogs(page);
  },

  'nothing chosen cannot be started': async ({ page }) => {
    await page.click('#ab-create');
    await page.click('#ab-tile-images');
    await dialog(page).locator('#ab-all').uncheck();
    assert.equal(await page.locator('#ab-create-start').isDisabled(), true);
    assert.match(await dialog(page).locator('[data-part=fit]').innerText(), /Choose at least one folder/);
    await closeDialogs(page);
  },

  'what will not fit is refused with numbers before it starts': async ({ page }) => {
    // The disk of the test is not filled; the page is told of a small one.
    await page.route(/create\?type=images$/, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: (await answer.text()).replace(/data-free="\d+"/, 'data-free="70000000"') });
    });
    await page.route(/api\/estimate$/, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...await answer.json(), free_bytes: 70_000_000 } });
    });
    await page.click('#ab-create');
    await page.click('#ab-tile-images');
    const fit = dialog(page).locator('[data-part=fit]');
    await until('it says that it will not fit', async () => /will not fit.*67\.1 MB to spare.*70\.0 MB are free/.test(await fit.innerText()));
    assert.equal(await page.locator('#ab-create-start').isDisabled(), true);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await closeDialogs(page);
  },

  'keyboards reach everything and focus comes back': async ({ page }) => {
    await page.locator('#ab-create').focus();
    await page.keyboard.press('Enter');
    await dialog(page).locator('#ab-create-start').waitFor();
    await page.keyboard.press('Escape');
    await until('focus is back', () => page.evaluate(() => document.activeElement?.id === 'ab-create'));
  },
};
