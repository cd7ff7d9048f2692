import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { member, panelArchive, raw, until } from '../ground.mjs';
import { archiveOf, bookWithFiles, choose, closeDialogs, dialog, ended, row } from './table.mjs';

export const { open, close } = bookWithFiles();

/** Drops a file on the page as a hand would. */
async function drop(page, name, bytes) {
  const carried = await page.evaluateHandle(([name, text]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], name));
    return transfer;
  }, [name, bytes.toString('base64')]);
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: carried });
  assert.equal(await page.locator('.ab-drop').isVisible(), true, 'the page shows where to drop');
  await page.dispatchEvent('body', 'drop', { dataTransfer: carried });
  assert.equal(await page.locator('.ab-drop').isVisible(), false);
}

async function refusal(page) {
  const place = dialog(page).locator('.alert-danger:visible');
  await place.first().waitFor();
  return place.first().innerText();
}

const kept = async (camera) => (await camera.json('api/archives')).items.map((item) => item.name).sort();

export const stories = {
  'a good archive goes in by the button, and its hash and counts are shown': async ({ page, camera, file }) => {
    await choose(page, file('allsky-config-backup-20261118-213000.tar.gz', panelArchive()));
    assert.match(await ended(page), /success|warning/);
    assert.match(await dialog(page).innerText(), /SHA-256\s+[0-9a-f]{64}/);
    assert.match(await dialog(page).innerText(), /Files\s+\d/);
    const name = await archiveOf(page);
    await closeDialogs(page);
    assert.match(await row(page, name).innerText(), /Verified/);
    assert.deepEqual(camera.litter(), []);
  },

  'a good archive goes in by drop anywhere on the page': async ({ page, camera }) => {
    const before = await kept(camera);
    await drop(page, 'allsky-config-backup-20261119-213000.tar.gz', panelArchive());
    assert.match(await ended(page), /success|warning/);
    await closeDialogs(page);
    assert.equal((await kept(camera)).length, before.length + 1);
  },

  'hostile archives are refused with a sentence that names the member, and nothing stays': async ({ page, camera, file }) => {
    const before = await kept(camera);
    for (const [title, extra, said] of [
      ['climbs', member('../outside.txt', 'x'), /\.\.\/outside\.txt/],
      ['a link that carries a file', member('config/link', 'x', { type: '2', link: '/etc/passwd' }), /config\/link/],
      ['device', member('config/device', '', { type: '3' }), /config\/device/],
    ]) {
      await choose(page, file(`${title}.tar.gz`, panelArchive([extra])));
      assert.match(await refusal(page), said, title);
      await closeDialogs(page);
    }
    await choose(page, file('text.tar.gz', Buffer.from('this is no archive')));
    assert.ok((await refusal(page)).length > 20);
    await closeDialogs(page);
    assert.deepEqual(await kept(camera), before);
    await until('the folder is clean', () => camera.litter().length === 0);
  },

  'a hostile drop is refused in the same way': async ({ page, camera }) => {
    const before = await kept(camera);
    await drop(page, 'bad.tar.gz', panelArchive([member('/etc/absolute', 'x')]));
    assert.match(await refusal(page), /absolute/);
    await closeDialogs(page);
    assert.deepEqual(await kept(camera), before);
  },

  'a refusal is told at once, while gigabytes would still have to come': async ({ page, camera, file }) => {
    const bad = gzipSync(Buffer.concat([member('../outside.txt', 'x'), member('images/a.jpg', randomBytes(64 << 20))]), { level: 0 });
    const path = file('long.tar.gz', bad);
    await choose(page, path);
    assert.match(await refusal(page), /outside/);
    await closeDialogs(page);
    // An upload by hand: the answer is here before a tenth has been sent.
    const boundary = 'bound';
    const asking = raw(camera, {
      method: 'POST', path: 'api/upload',
      headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}`, 'Content-Length': 4 * 2 ** 30, 'X-CSRF-Token': await camera.token() },
    });
    const answer = new Promise((done, fail) => { asking.on('response', done); asking.on('error', fail); });
    asking.write(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="x.tar.gz"\r\n\r\n`);
    asking.write(bad.subarray(0, 1 << 20));
    const told = await answer;
    assert.equal(told.statusCode, 422);
    let text = '';
    for await (const piece of told) text += piece;
    assert.match(JSON.parse(text).error.message, /outside/);
    asking.destroy();
  },

  'a broken connection leaves nothing, and history says why': async ({ page, camera }) => {
    const before = await kept(camera);
    const whole = readFileSync(join(camera.backups, before[0]));
    const asking = raw(camera, {
      method: 'POST', path: 'api/upload?size=5000000',
      headers: { 'Content-Type': 'multipart/form-data; boundary=b', 'Content-Length': 5_000_000, 'X-CSRF-Token': await camera.token() },
    });
    asking.on('error', () => {});
    asking.write('--b\r\nContent-Disposition: form-data; name="file"; filename="broken.tar.gz"\r\n\r\n');
    asking.write(whole.subarray(0, whole.length / 2));
    await until('the job has begun', async () => (await camera.json('api/status')).active.some((job) => job.order.order === 'upload'));
    asking.destroy();
    const job = await until('the job is over', async () => {
      const found = (await camera.json('api/jobs')).items.find((one) => one.order.file_name === 'broken.tar.gz');
      return found && !['queued', 'running'].includes(found.state) && found;
    });
    assert.equal(job.state, 'failed');
    assert.deepEqual(await kept(camera), before);
    await until('the folder is clean', () => camera.litter().length === 0);
    await until('the page tells', async () => /Upload broken\.tar\.gz/.test(await page.locator('#ab-recent').innerText()));
  },

  'closing the dialog stops the sending and leaves nothing': async ({ page, camera, file }) => {
    const before = await kept(camera);
    const client = await page.context().newCDPSession(page);
    await client.send('Network.enable');
    await client.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 400_000 });
    const tar = gzipSync(Buffer.concat([member('images/20260101/image-1.jpg', randomBytes(6 << 20))]), { level: 0 });
    await choose(page, file('slow.tar.gz', tar));
    await until('progress is shown', async () => /of 6\.3 MB sent/.test(await dialog(page).locator('[data-part=bytes]').innerText()));
    await dialog(page).locator('[data-act=close]').click();
    await client.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    await until('the job is over', async () => !(await camera.json('api/status')).active.length);
    assert.deepEqual(await kept(camera), before);
    await until('the folder is clean', () => camera.litter().length === 0);
  },

  'programs get the same answer in one request': async ({ camera }) => {
    const good = await camera.upload('allsky-config-backup-20261120-213000.tar.gz', panelArchive());
    assert.equal(good.status, 200);
    const told = await good.json();
    assert.equal(told.name, 'allsky-config-backup-20261120-213000.tar.gz');
    assert.match(told.sha256, /^[0-9a-f]{64}$/);
    const bad = await camera.upload('bad.tar.gz', panelArchive([member('a/../../b', 'x')]));
    assert.equal(bad.status, 422);
    const { error } = await bad.json();
    assert.ok(error.message && error.advice && error.code === 'invalid' && error.details.kind === 'refused', JSON.stringify(error));
  },
};
