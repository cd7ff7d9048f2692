// The page "Settings": a value is changed and saved, a mistake stands beside its field, the file as text.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Camera, until } from '../ground.mjs';

const MINE = '# My camera\n[nights]  # the good ones\nmin_images = 10   # half an hour\n';

export const open = async (browser) => {
  const camera = await Camera.start(['--nights', '1', '--frames', '2']);
  const file = join(camera.dir, 'config.toml');
  writeFileSync(file, MINE);
  const context = await browser.newContext();
  return { browser, camera, file, context, page: await context.newPage() };
};

export const close = async ({ camera, context }) => { await context.close(); await camera.remove(); };

const settings = async ({ page, camera }, view = 'form') => { await page.goto(`${camera.url}settings?as=${view}`); };
const showChanges = (page) => page.click('.ab-settings-form button[type=submit]');

export const stories = {
  'the way to the settings stands beside the other ways': async ({ page, camera }) => {
    await page.goto(camera.url);
    await page.click('#ab-to-settings');
    await page.locator('.ab-settings-form').waitFor();
    assert.equal(await page.inputValue('#ab-key-nights-min_images'), '10');
    assert.match(await page.innerText('[data-key="nights.min_images"]'), /pictures[\s\S]*Default: 0\./);
  },

  'a mistake stands beside its field, and nothing is saved': async (ground) => {
    const { page, file } = ground;
    await settings(ground);
    await page.fill('#ab-key-nights-min_images', 'many');
    await page.fill('#ab-key-nights-schedule', 'noon');
    await showChanges(page);
    await page.locator('.ab-mistakes').waitFor();
    assert.match(await page.innerText('.ab-mistakes'), /Nothing was saved: there are 2 mistakes/);
    for (const [key, typed, said] of [['min_images', 'many', /whole number/], ['schedule', 'noon', /11:30/]]) {
      const group = page.locator(`[data-key="nights.${key}"]`);
      assert.match(await group.locator('.ab-mistake').innerText(), said);
      assert.equal(await group.locator('input').inputValue(), typed, 'what was typed is still there');
      assert.equal(await group.locator('input').getAttribute('aria-invalid'), 'true');
    }
    assert.equal(readFileSync(file, 'utf8'), MINE);
  },

  'a change is shown as lines, saved with its comments, and the file before it is kept': async (ground) => {
    const { page, file } = ground;
    await settings(ground);
    await page.fill('#ab-key-nights-min_images', '20');
    await page.check('#ab-key-nights-keogram');
    await showChanges(page);
    await page.locator('.ab-diff').waitFor();
    assert.match((await page.innerText('.ab-diff')).replace(/\n+/g, '\n'), /- min_images = 10 [\s\S]*\+ min_images = 20 {3}# half an hour\n\+ keogram = true/);
    assert.equal(readFileSync(file, 'utf8'), MINE);
    await page.click('.ab-settings-save button[type=submit]');
    await page.locator('.alert-success').waitFor();
    assert.match(await page.innerText('.alert-success'), /Saved, and in use from now on/);
    assert.equal(readFileSync(file, 'utf8'), `${MINE.replace('= 10', '= 20')}keogram = true\n`);
    assert.equal(readFileSync(`${file}.bak`, 'utf8'), MINE);
    assert.equal(await page.isChecked('#ab-key-nights-keogram'), true);
  },

  'the file as text tells every mistake with its line, and works without a script': async ({ browser, camera, file }) => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${camera.url}settings`);
    await page.click('text=File as text');
    const before = readFileSync(file, 'utf8');
    assert.equal(await page.inputValue('#ab-text'), before);
    await page.fill('#ab-text', `${before}[sit]\nhome = 3\n[restore]\nundo_day = 3\n`);
    await showChanges(page);
    const text = await page.innerText('.ab-mistakes');
    assert.match(text, /Line 5: sit – .*did you mean site\?[\s\S]*Line 8: restore\.undo_day – .*did you mean undo_days\?/);
    await page.fill('#ab-text', `${before}[restore]\nundo_days = 3\n`);
    await showChanges(page);
    await page.click('.ab-settings-save button[type=submit]');
    assert.match(await page.innerText('.alert-success'), /Saved/);
    assert.equal(readFileSync(file, 'utf8'), `${before}[restore]\nundo_days = 3\n`);
    await context.close();
  },

  'a file that was changed meanwhile is not overwritten': async (ground) => {
    const { page, file } = ground;
    await settings(ground);
    writeFileSync(file, '# another hand\n');
    await page.fill('#ab-key-nights-min_images', '30');
    await showChanges(page);
    await until('it is told', async () => /changed meanwhile by somebody else/.test(await page.innerText('main')));
    assert.equal(readFileSync(file, 'utf8'), '# another hand\n');
  },

  'who may come in is shown with the reason, and has no field': async (ground) => {
    const { page } = ground;
    await settings(ground);
    const server = page.locator('#ab-server');
    assert.match(await server.innerText(), /who may come in[\s\S]*127\.0\.0\.1:8085/);
    assert.equal(await server.locator('input, select, textarea').count(), 0);
  },

  'on a phone nothing is cut off, and every field has a name': async ({ browser, camera }) => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: 'dark' });
    const page = await context.newPage();
    for (const view of ['form', 'text']) {
      await page.goto(`${camera.url}settings?as=${view}`);
      await page.locator('.ab-settings-form').waitFor();
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 390, view);
      const nameless = await page.evaluate(() => [...document.querySelectorAll('main input:not([type=hidden]), main select, main textarea')]
        .filter((control) => !control.labels?.length).map((control) => control.outerHTML.slice(0, 100)));
      assert.deepEqual(nameless, []);
    }
    await context.close();
  },
};
