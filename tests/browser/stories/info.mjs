import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { member, until } from '../ground.mjs';
import { book, closeDialogs, dialog, ended, row } from './table.mjs';

const HELL = ['a b&c="d".txt', "O'Brien <b>.txt", 'Größe Ñ.txt', '100%.txt', '#?+.txt'];

export const { open, close } = book(['--frames', '150', '--nights', '2', '--width', '160', '--height', '120'], async (ground) => {
  const { camera } = ground;
  for (const name of HELL) writeFileSync(join(camera.images, 'test1', name), `content of ${name}`);
  ground.images = await camera.create({ type: 'images' });
  ground.config = await camera.create({ type: 'config' });
});

async function openInfo(page, name) {
  await page.locator(`[id="info-${name}"]`).click();
  await dialog(page).locator('.ab-info').waitFor();
  return dialog(page);
}

const unfold = (place, name) => place.locator('.ab-folder-node', { hasText: name }).first().click();

export const stories = {
  'info shows what an archive says of itself': async ({ page, config }) => {
    const info = await openInfo(page, config);
    for (const text of ['Verified', 'v2025.xx.xx', 'RPi HQ', 'config/settings_RPi_HQ.json', 'Core Files', 'User Modules', 'allsky-backups']) {
      assert.ok((await info.innerText()).includes(text), text);
    }
    await closeDialogs(page);
  },

  'the tree opens folder by folder, and long folders page by page': async ({ page, images }) => {
    const info = await openInfo(page, images);
    await unfold(info, 'images');
    const night = info.locator('.ab-folder-node', { hasText: /^2026/ }).first();
    await night.click();
    const list = night.locator('xpath=following-sibling::ul');
    await list.locator(':scope > li.ab-more').waitFor();
    assert.equal(await list.locator(':scope > li:not(.ab-more)').count(), 100);
    await list.locator('.ab-more a').click();
    await until('the rest is there', async () => await list.locator(':scope > li').count() > 150);
    assert.equal(await list.locator(':scope > li.ab-more').count(), 0);
    await night.click();
    assert.equal(await list.isVisible(), false);
    await closeDialogs(page);
  },

  'search asks the server and finds files anywhere': async ({ page, images }) => {
    const info = await openInfo(page, images);
    await info.locator('#ab-q').fill('KEOGRAM-');
    await until('files are found', async () => /with “KEOGRAM-” in the name/.test(await info.locator('.ab-found').innerText()));
    assert.ok(await info.locator('.ab-found .ab-node').count() >= 1);
    await info.locator('#ab-q').fill('no such file');
    await until('nothing is found', async () => /No file name contains/.test(await info.locator('.ab-found').innerText()));
    await info.locator('#ab-q').fill('');
    await until('the tree is back', () => info.locator('.ab-tree').isVisible());
    await closeDialogs(page);
  },

  'a picture opens from inside the archive, and the next one with an arrow key': async ({ page, images }) => {
    const info = await openInfo(page, images);
    await info.locator('#ab-q').fill('image-2026');
    const picture = info.locator('.ab-found a[data-open=picture]').first();
    await picture.click();
    const box = page.locator('dialog.ab-lightbox[open]');
    await until('the picture is drawn', () => box.locator('img').evaluate((image) => image.complete && image.naturalWidth > 0));
    const first = await box.locator('figcaption').innerText();
    await page.keyboard.press('ArrowRight');
    assert.notEqual(await box.locator('figcaption').innerText(), first);
    await page.keyboard.press('Escape');
    assert.equal(await box.count(), 0);
    await closeDialogs(page);
  },

  'every file comes out byte for byte, whatever it is called': async ({ page, camera, images }) => {
    const info = await openInfo(page, images);
    await unfold(info, 'images');
    await unfold(info, 'test1');
    for (const name of HELL) {
      const link = info.locator('a.ab-node', { has: page.getByText(name, { exact: true }) });
      const answer = await fetch(new URL(await link.getAttribute('href'), camera.url));
      assert.equal(await answer.text(), `content of ${name}`);
      assert.match(answer.headers.get('content-type'), /^text\/plain/);
      assert.match(answer.headers.get('content-security-policy'), /sandbox/);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    }
    await closeDialogs(page);
  },

  'without a script the tree is pages of links': async ({ browser, camera, images }) => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${camera.url}archive/${images}`);
    await page.click('.ab-folder-node >> text=images');
    await page.locator('.ab-crumbs').waitFor();
    await page.click('.ab-folder-node >> text=test1');
    assert.ok(await page.locator('a.ab-node').count() >= HELL.length);
    await context.close();
  },

  'a damaged archive is named with its member by verify, and shown for what it is': async ({ page, camera, images }) => {
    const path = join(camera.backups, images);
    const bytes = readFileSync(path);
    const hit = Buffer.from(bytes);
    hit[Math.floor(hit.length / 2)] ^= 1;
    camera.put('allsky-images-backup-20260102-030405.tar.gz', hit);
    await page.reload();
    await page.locator('[id="verify-allsky-images-backup-20260102-030405.tar.gz"]').click();
    await ended(page);
    assert.match(await dialog(page).innerText(), /images\/\d{8}\//, 'the member is named');
    await closeDialogs(page);
    const line = row(page, 'allsky-images-backup-20260102-030405.tar.gz');
    await until('the table says damaged', async () => /Damaged/.test(await line.locator('.ab-status').innerText()));
    assert.match(await page.locator('#ab-verdict').innerText(), /1 backup is damaged/);
    await page.click('#ab-verify-all');
    await ended(page);
    assert.match(await dialog(page).innerText(), /Verified[\s\S]*Damaged|Damaged[\s\S]*Verified/);
    await closeDialogs(page);
  },

  'a half archive and a stranger are never shown as good backups': async ({ page, camera, config }) => {
    const bytes = readFileSync(join(camera.backups, config));
    camera.put('allsky-config-backup-20260103-030405.tar.gz', bytes.subarray(0, bytes.length / 2));
    camera.put('holiday.tar.gz', Buffer.from('not an archive'));
    await page.reload();
    assert.match(await row(page, 'allsky-config-backup-20260103-030405.tar.gz').innerText(), /Damaged/);
    assert.match(await row(page, 'holiday.tar.gz').innerText(), /Foreign/);
  },

  'a large archive of the panel is read once on request': async ({ page, camera }) => {
    const about = { backupType: 'images', created: '2026-01-04 03:04:05', version: 'v2025.xx.xx', permissions: {}, files: [], imageBackupAll: true, format: 1 };
    const tar = Buffer.concat([
      member('images/20260104/image-20260104220000.jpg', randomBytes(18 << 20)),
      member('metadata.json', JSON.stringify(about)), Buffer.alloc(1024),
    ]);
    camera.put('allsky-images-backup-20260104-030405.tar.gz', gzipSync(tar, { level: 1 }));
    await page.reload();
    const info = await openInfo(page, 'allsky-images-backup-20260104-030405.tar.gz');
    await info.locator('#ab-inspect').click();
    assert.match(await ended(page), /success|warning/);
    await dialog(page).locator('.ab-outcome a').click();
    await until('its tree is there', async () => await page.locator('dialog[open] .ab-folder-node').count() > 0);
    await closeDialogs(page);
  },
};
