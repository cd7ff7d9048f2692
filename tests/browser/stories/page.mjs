import assert from 'node:assert/strict';
import { until } from '../ground.mjs';
import { book, closeDialogs, dialog, fitsPhone } from './table.mjs';

export const { open, close } = book(['--nights', '2', '--frames', '10']);

export const stories = {
  'an empty folder says so and offers the first backup': async ({ page }) => {
    assert.match(await page.locator('#ab-verdict').innerText(), /No backup yet/);
    await page.click('text=Create your first backup');
    await dialog(page).locator('#ab-create-start').waitFor();
    await closeDialogs(page);
  },

  'list, info, download and create work without a script': async ({ browser, camera }) => {
    const context = await browser.newContext({ javaScriptEnabled: false, acceptDownloads: true });
    const page = await context.newPage();
    await page.goto(camera.url);
    await page.click('#ab-create');
    await page.click('#ab-create-start');
    await until('the page of the job says so', async () => /Success/.test(await page.innerText('main')));
    await page.goto(camera.url);
    assert.match(await page.innerText('.ab-table'), /Config Backups \(1\)[\s\S]*Verified/);
    await page.click('[id^=info-]');
    assert.match(await page.innerText('main'), /Included sections/);
    await page.goto(camera.url);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('[id^=download-]')]);
    assert.match(download.suggestedFilename(), /^allsky-config-backup-\d{8}-\d{6}\.tar\.gz$/);
    await download.delete();
    await context.close();
  },

  'the owner\'s choice of light or dark stays': async ({ browser, camera }) => {
    const context = await browser.newContext({ colorScheme: 'light' });
    const page = await context.newPage();
    await page.goto(camera.url);
    const isDark = () => page.evaluate(() => document.body.classList.contains('dark'));
    assert.equal(await isDark(), false);
    await page.emulateMedia({ colorScheme: 'dark' });
    await until('it follows the system', isDark);
    await page.click('[data-act=theme]');
    assert.equal(await isDark(), false);
    await page.reload();
    assert.equal(await isDark(), false, 'a choice is stronger than the system');
    assert.equal(await page.evaluate(() => localStorage.getItem('theme')), 'light');
    await context.close();
  },

  'on a phone nothing is cut off and fingers find every button': async ({ browser, camera }) => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const page = await context.newPage();
    await page.goto(camera.url);
    await page.locator('.ab-actions-row').first().waitFor();
    await fitsPhone(page, 'the page');
    for (const opener of ['#ab-create', '[id^=info-]', '[id^=delete-]', '#ab-upload']) {
      await page.locator(opener).first().click();
      await dialog(page).locator('.modal-footer').waitFor();
      await fitsPhone(page, opener);
      const box = await dialog(page).boundingBox();
      assert.deepEqual([box.x, box.y, box.width, box.height], [0, 0, 390, 844], opener);
      await closeDialogs(page);
    }
    await context.close();
  },

  'every state has a word beside its icon, and every control has a name': async ({ page }) => {
    await page.reload();
    for (const state of await page.locator('.ab-state').all()) assert.ok((await state.innerText()).trim().length > 3);
    await page.click('#ab-create');
    await dialog(page).locator('#ab-create-start').waitFor();
    const nameless = await page.evaluate(() => [...document.querySelectorAll('button, a, input:not([type=hidden])')]
      .filter((control) => control.checkVisibility() && !control.ariaLabel && !control.innerText?.trim() && !control.labels?.length)
      .map((control) => control.outerHTML.slice(0, 100)));
    assert.deepEqual(nameless, []);
    await closeDialogs(page);
  },

  'an archive goes on downloading where it stopped, and only if it is the same': async ({ camera }) => {
    const [{ name, bytes }] = (await camera.json('api/archives')).items;
    const url = `${camera.url}download/${name}`;
    const head = await fetch(url, { method: 'HEAD' });
    const tag = head.headers.get('etag');
    assert.equal(Number(head.headers.get('content-length')), bytes);
    assert.match(tag, /^"[^"]+"$/, 'a strong tag');
    assert.equal(head.headers.get('content-type'), 'application/gzip');
    assert.equal(head.headers.get('accept-ranges'), 'bytes');
    assert.match(head.headers.get('content-disposition'), new RegExp(`^attachment; filename="${name}"$`));
    const whole = Buffer.from(await (await fetch(url, { headers: { 'Accept-Encoding': 'gzip' } })).arrayBuffer());
    const rest = await fetch(url, { headers: { Range: `bytes=${bytes - 1000}-`, 'If-Range': tag } });
    assert.equal(rest.status, 206);
    assert.equal(rest.headers.get('content-range'), `bytes ${bytes - 1000}-${bytes - 1}/${bytes}`);
    assert.ok(Buffer.from(await rest.arrayBuffer()).equals(whole.subarray(bytes - 1000)));
    const changed = await fetch(url, { headers: { Range: 'bytes=1000-', 'If-Range': '"another"' } });
    assert.equal(changed.status, 200);
    assert.equal((await changed.arrayBuffer()).byteLength, bytes);
    assert.equal((await fetch(url, { headers: { Range: `bytes=${bytes}-` } })).status, 416);
    assert.equal((await fetch(url, { headers: { 'If-None-Match': tag } })).status, 304);
  },
};
