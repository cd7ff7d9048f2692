// An upload that is cut waits, says so, and goes on; also after the page was loaded anew.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { imagesArchive, until } from '../ground.mjs';
import { archiveOf, bookWithFiles, choose, closeDialogs, dialog, ended } from './table.mjs';

export const { open, close } = bookWithFiles();

export async function slow(page, uploadThroughput) {
  const client = await page.context().newCDPSession(page);
  await client.send('Network.enable');
  await client.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
}

const here = async (camera) => (await camera.json('api/uploads')).items;

export const stories = {
  'a line that breaks is waited for, in words, and every byte arrives': async ({ page, camera, file }) => {
    const bytes = imagesArchive(20 << 20);
    let cut = 0;
    await page.route('**/api/uploads/*', (route) => {
      if (route.request().method() === 'PATCH' && (cut += 1) === 2) return route.abort();
      return route.continue();
    });
    await choose(page, file('allsky-images-backup-20261120-213000.tar.gz', bytes));
    await dialog(page).locator('.ab-upload-wait:visible').waitFor();
    assert.match(await dialog(page).locator('.ab-upload-wait').innerText(), /Waiting for the line/);
    assert.match(await ended(page), /success|warning/);
    assert.ok(cut >= 3, `${cut} pieces`);
    const name = await archiveOf(page);
    assert.ok(readFileSync(join(camera.backups, name)).equals(bytes));
    await closeDialogs(page);
    assert.deepEqual(await here(camera), []);
    await page.unroute('**/api/uploads/*');
  },

  'a web server in front that takes little at once gets smaller pieces': async ({ page, camera, file }) => {
    const bytes = imagesArchive(5 << 20);
    const refused = [];
    await page.route('**/api/uploads/*', (route) => {
      const length = Number(route.request().headers()['content-length'] || route.request().postDataBuffer()?.length || 0);
      if (route.request().method() !== 'PATCH' || length <= 1 << 20) return route.continue();
      refused.push(length);
      return route.fulfill({ status: 413, contentType: 'text/html', body: '<h1>413 Request Entity Too Large</h1>' });
    });
    await choose(page, file('allsky-images-backup-20261122-213000.tar.gz', bytes));
    assert.match(await ended(page), /success|warning/);
    assert.ok(refused.length > 0 && refused.length < 8, String(refused));
    assert.ok(readFileSync(join(camera.backups, await archiveOf(page))).equals(bytes));
    await closeDialogs(page);
    await page.unroute('**/api/uploads/*');
  },

  'one that takes nothing at all is told in words': async ({ page, camera, file }) => {
    await page.route('**/api/uploads/*', (route) => {
      if (route.request().method() !== 'PATCH') return route.continue();
      return route.fulfill({ status: 413, contentType: 'text/html', body: '413' });
    });
    const path = file('allsky-images-backup-20261123-213000.tar.gz', imagesArchive(3 << 20));
    await choose(page, path);
    await dialog(page).locator('.ab-upload-error:visible').waitFor();
    assert.match(await dialog(page).locator('.ab-upload-error').innerText(), /takes no 256 KiB at once.*client_max_body_size/s);
    await page.unroute('**/api/uploads/*');
    await dialog(page).locator('button[type=submit]').click();
    assert.match(await ended(page), /success|warning/);
    await closeDialogs(page);
    assert.deepEqual(await here(camera), []);
  },

  'after the page was loaded anew the same file goes on where it was': async ({ page, camera, file }) => {
    const bytes = imagesArchive(6 << 20);
    const path = file('allsky-images-backup-20261121-213000.tar.gz', bytes);
    await slow(page, 500_000);
    await choose(page, path);
    await until('some of it is here', async () => (await here(camera))[0]?.received > 600_000);
    await page.reload();
    await page.click('#ab-upload');
    assert.match(await dialog(page).locator('.ab-part').innerText(), /is unfinished: .* of 6\.3 MB are here/);
    const before = (await here(camera))[0];
    await dialog(page).locator('#ab-file').setInputFiles(path);
    await dialog(page).locator('button[type=submit]').click();
    await until('it goes on', async () => (await here(camera))[0]?.received > before.received);
    assert.equal((await here(camera)).length, 1);
    await slow(page, -1);
    assert.match(await ended(page), /success|warning/);
    assert.ok(readFileSync(join(camera.backups, await archiveOf(page))).equals(bytes));
    await closeDialogs(page);
    assert.deepEqual(await here(camera), []);
  },

  'what nobody goes on with is on the page, and one button removes it': async ({ page, camera }) => {
    const token = await camera.token();
    const begun = await fetch(`${camera.url}api/uploads`, {
      method: 'POST', headers: { 'X-CSRF-Token': token, 'Upload-Length': '5000', 'Upload-Metadata': `filename ${btoa('forgotten.tar.gz')}` },
    });
    assert.equal(begun.status, 201);
    await page.reload();
    const line = page.locator('#ab-parts li');
    assert.match(await line.innerText(), /forgotten\.tar\.gz\s+0 B of 5\.0 kB are here/);
    await line.locator('button').click();
    await until('it is gone', async () => (await line.count()) === 0);
    assert.deepEqual(camera.litter(), []);
  },
};
