// Dialogs by keyboard alone: opened with Enter, walked through with Tab, left with Escape, and back to
// where one came from.
import assert from 'node:assert/strict';
import { until } from '../ground.mjs';
import { book, closeDialogs, dialog, ended } from './table.mjs';

export const { open, close } = book(['--nights', '2', '--frames', '5'], async ({ camera, ...ground }) => {
  ground.config = await camera.create({ type: 'config', sections: [] });
});

const focused = (page) => page.evaluate(() => document.activeElement?.id || '');
const config = async (camera) => (await camera.json('api/archives')).items[0].name;

/** Opens what stands on the button `id`, by keys. */
async function press(page, id) {
  await page.locator(`[id="${id}"]`).focus();
  await page.keyboard.press('Enter');
  await dialog(page).locator('.modal-footer').waitFor();
}

export const stories = {
  'every dialog opens with Enter, closes with Escape, and gives the focus back': async ({ page, camera }) => {
    const name = await config(camera);
    for (const id of ['ab-create', 'ab-upload', `info-${name}`, `restore-${name}`, `delete-${name}`]) {
      await press(page, id);
      assert.ok(await page.evaluate(() => document.querySelector('dialog[open]').contains(document.activeElement)), `${id}: the focus is inside`);
      assert.ok(await dialog(page).getAttribute('aria-labelledby'), `${id}: it has a name`);
      await page.keyboard.press('Escape');
      await until('it is closed', async () => await page.locator('dialog[open]').count() === 0);
      await until(`the focus is back on ${id}`, async () => await focused(page) === id);
    }
  },

  'Tab walks through a dialog from its top to its buttons and never to the page behind': async ({ page }) => {
    await press(page, 'ab-create');
    const controls = dialog(page).locator('a[href], button:enabled, input:enabled:not([type=hidden]), summary');
    const order = await controls.evaluateAll((all) => all.filter((one) => one.checkVisibility()).map((one) => one.id || one.textContent.trim()));
    const walked = [];
    for (let step = 0; step < order.length; step += 1) {
      await page.keyboard.press('Tab');
      walked.push(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim()));
    }
    assert.deepEqual(walked, order);
    for (let step = 0; step < 3; step += 1) {
      await page.keyboard.press('Tab');
      assert.ok(await page.evaluate(() => document.activeElement === document.body || document.querySelector('dialog[open]').contains(document.activeElement)));
    }
    await closeDialogs(page);
  },

  'a backup is made with keys alone, and its button has the focus again afterwards': async ({ page, camera }) => {
    const before = (await camera.json('api/archives')).items.length;
    await press(page, 'ab-create');
    await page.locator('#ab-create-start').focus();
    await page.keyboard.press('Enter');
    assert.match(await ended(page), /success|warning/);
    await page.keyboard.press('Escape');
    await until('the focus is back', async () => await focused(page) === 'ab-create');
    assert.equal((await camera.json('api/archives')).items.length, before + 1);
  },

  'Delete asks with the focus on Cancel, so that two presses of Enter delete nothing': async ({ page, camera }) => {
    const before = (await camera.json('api/archives')).items.length;
    const name = await config(camera);
    await press(page, `delete-${name}`);
    assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'Cancel');
    await page.keyboard.press('Enter');
    await until('it is closed', async () => await page.locator('dialog[open]').count() === 0);
    assert.equal((await camera.json('api/archives')).items.length, before);
    await until('the focus is back', async () => await focused(page) === `delete-${name}`);
  },
};
