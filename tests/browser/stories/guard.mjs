import assert from 'node:assert/strict';
import { raw } from '../ground.mjs';
import { book } from './table.mjs';

export const { open, close } = book(['--nights', '1', '--frames', '3']);

/** Status and body of a request that no browser would send. */
function ask(camera, head, body) {
  return new Promise((done, fail) => {
    const asking = raw(camera, head);
    asking.on('error', fail);
    asking.on('response', async (answer) => {
      let text = '';
      for await (const piece of answer) text += piece;
      done({ status: answer.statusCode, text, headers: answer.headers });
    });
    asking.end(body);
  });
}

const jobs = async (camera) => (await camera.json('api/jobs')).items.length;

export const stories = {
  'nothing changes without token, from elsewhere, or by another name': async ({ camera }) => {
    const token = await camera.token();
    const post = { method: 'POST', path: 'api/verify' };
    const own = { 'X-CSRF-Token': token };
    for (const [title, headers, status] of [
      ['no token', {}, 403],
      ['a wrong token', { 'X-CSRF-Token': token.replace(/./g, '0') }, 403],
      ['a shorter token', { 'X-CSRF-Token': token.slice(0, 10) }, 403],
      ['another site', { ...own, 'Sec-Fetch-Site': 'cross-site' }, 403],
      ['a neighbour site', { ...own, 'Sec-Fetch-Site': 'same-site' }, 403],
      ['another origin', { ...own, Origin: 'http://evil.example' }, 403],
      ['an origin without name', { ...own, Origin: 'null' }, 403],
      ['another port of this machine', { ...own, Origin: 'http://127.0.0.1:1' }, 403],
      ['another name for this machine', { ...own, Host: `evil.example:${camera.port}` }, 421],
    ]) {
      const answer = await ask(camera, { ...post, headers });
      assert.equal(answer.status, status, title);
      const { error } = JSON.parse(answer.text);
      assert.ok(error.code && error.message && error.advice, title);
    }
    const read = await ask(camera, { path: 'api/status', headers: { Host: 'evil.example' } });
    assert.equal(read.status, 421, 'nothing is shown by another name either');
    assert.equal(await jobs(camera), 0);
    const good = await ask(camera, { ...post, headers: { ...own, Origin: camera.url.slice(0, -1), 'Sec-Fetch-Site': 'same-origin' } });
    assert.equal(good.status, 202);
    assert.equal(await jobs(camera), 1);
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      assert.equal((await ask(camera, { method, path: 'api/verify', headers: own })).status, 405, method);
    }
  },

  'plain forms carry the token in a field': async ({ camera }) => {
    const token = await camera.token();
    const form = { method: 'POST', path: 'verify-all', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } };
    assert.equal((await ask(camera, form, 'csrf=wrong')).status, 403);
    assert.equal((await ask(camera, form, `xcsrf=${token}`)).status, 403);
    const good = await ask(camera, form, `csrf=${token}`);
    assert.equal(good.status, 303);
    assert.match(good.headers.location, /^\/job\/[0-9a-f-]{36}$/);
  },

  'every answer carries the headers that protect it': async ({ camera }) => {
    for (const path of ['', 'create', 'api/status', 'nowhere', 'board']) {
      const { headers } = await ask(camera, { path });
      assert.match(headers['content-security-policy'], /default-src 'self'.*frame-ancestors 'self'/, path);
      assert.equal(headers['x-content-type-options'], 'nosniff', path);
      assert.equal(headers['cache-control'], 'no-store', path);
    }
    const page = await (await fetch(camera.url)).text();
    const asset = /href="(\/assets\/[0-9a-f]+\/panel\.css)"/.exec(page)[1];
    const kept = await fetch(new URL(asset, camera.url));
    assert.match(kept.headers.get('cache-control'), /immutable/);
    const stale = await fetch(new URL(asset.replace(/assets\/[0-9a-f]+/, 'assets/old'), camera.url));
    assert.equal(stale.headers.get('cache-control'), 'no-store');
  },

  'errors are a page for people and JSON for programs': async ({ camera, page }) => {
    await page.goto(`${camera.url}no/such/page`);
    assert.match(await page.innerText('main'), /Nothing here[\s\S]*Back to the backups/);
    for (const [path, status] of [
      ['api/nowhere', 404],
      ['api/archives/allsky-config-backup-20200101-000000.tar.gz', 404],
      ['api/archives/..%2F..%2Fetc%2Fpasswd', 404],
      ['api/jobs/not-a-job', 404],
    ]) {
      const answer = await fetch(`${camera.url}${path}`);
      assert.equal(answer.status, status, path);
      const { error } = await answer.json();
      assert.ok(error.code && error.message && error.advice, path);
    }
    const bad = await camera.post('api/create', '{"type":"everything"}', { 'Content-Type': 'application/json' });
    assert.equal(bad.status, 400);
    assert.equal((await bad.json()).error.code, 'bad_request');
    await page.goto(camera.url);
  },
};
