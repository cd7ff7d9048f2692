import assert from 'node:assert/strict';
import { until } from '../ground.mjs';
import { book, closeDialogs, dialog, ended, row } from './table.mjs';

export const { open, close } = book([], async (ground) => {
  ground.older = await ground.camera.create({ type: 'config', sections: [] });
  // Names tell seconds.
  const second = new Date().getSeconds();
  await until('the next second', () => new Date().getSeconds() !== second);
  ground.newer = await ground.camera.create({ type: 'config', sections: [] });
});

async function ask(page, name) {
  await page.locator(`[id="delete-${name}"]`).click();
  await dialog(page).locator('.ab-delete').waitFor();
  return dialog(page);
}

export const stories = {
  'delete asks, says what would be lost, and Cancel has the focus': async ({ page, newer }) => {
    const question = await ask(page, newer);
    const text = await question.innerText();
    for (const part of [newer, 'Config Backup', 'This is your newest config backup.', /\d+\.\d kB/]) {
      assert.ok(part instanceof RegExp ? part.test(text) : text.includes(part), `${part} in ${text}`);
    }
    assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'Cancel');
    await page.keyboard.press('Enter');
    await until('the dialog is closed', async () => await page.locator('dialog[open]').count() === 0);
    assert.equal(await row(page, newer).count(), 1);
  },

  'the other one is only an archive, and goes when it is confirmed': async ({ page, camera, older, newer }) => {
    const question = await ask(page, older);
    assert.equal(await question.locator('.ab-loss').count(), 0);
    await question.locator('button[type=submit]').click();
    assert.equal(await ended(page), 'success');
    await closeDialogs(page);
    await until('its line is gone', async () => await row(page, older).count() === 0);
    assert.deepEqual((await camera.json('api/archives')).items.map((item) => item.name), [newer]);
    assert.equal((await fetch(`${camera.url}download/${older}`)).status, 404);
  },

  'the last one of its type is named as such, and deleting works without a script': async ({ browser, camera, newer }) => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(camera.url);
    await page.locator(`[id="delete-${newer}"]`).click();
    assert.match(await page.innerText('main'), /This is your only config backup/);
    await page.click('button[type=submit]');
    await until('the page of the job says so', async () => /Success/.test(await page.innerText('main')));
    await page.goto(camera.url);
    assert.match(await page.innerText('main'), /No backups in this folder yet/);
    await context.close();
  },
};
