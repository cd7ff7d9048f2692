// Without any script: the browser's own forms and links. What else works so stands with its own page.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { member, panelArchive, raw, until } from '../ground.mjs';
import { bookWithFiles } from './table.mjs';

const ground = bookWithFiles();

export async function open(browser) {
  const stage = await ground.open(browser);
  stage.plain = await browser.newContext({ javaScriptEnabled: false });
  return stage;
}

export async function close(stage) {
  await stage.plain.close();
  await ground.close(stage);
}

const kept = async (camera) => (await camera.json('api/archives')).items.map((item) => item.name).sort();

async function send({ plain, camera }, path) {
  const page = await plain.newPage();
  await page.goto(camera.url);
  await page.click('#ab-upload');
  await page.setInputFiles('#ab-file', path);
  await page.click('button[type=submit]');
  return page;
}

/** A form as a browser sends it, with these parts; answers with the status. */
function post(camera, parts) {
  const body = Buffer.concat([...parts.map(([head, bytes]) => Buffer.concat([
    Buffer.from(`--bound\r\nContent-Disposition: form-data; ${head}\r\n\r\n`), Buffer.from(bytes), Buffer.from('\r\n'),
  ])), Buffer.from('--bound--\r\n')]);
  return new Promise((done, fail) => {
    const asking = raw(camera, { method: 'POST', path: 'upload', headers: { 'Content-Type': 'multipart/form-data; boundary=bound', 'Content-Length': body.length } });
    asking.on('error', fail);
    asking.on('response', (answer) => { answer.resume(); answer.on('end', () => done({ status: answer.statusCode, to: answer.headers.location })); });
    asking.end(body);
  });
}

export const stories = {
  'an upload is a form: the good archive is taken and its job is shown': async (stage) => {
    const name = 'allsky-config-backup-20261118-213000.tar.gz';
    const page = await send(stage, stage.file(name, panelArchive()));
    await until('the page of the job says so', async () => /Success/.test(await page.innerText('main')));
    assert.equal(await page.locator('.ab-outcome a').innerText(), name);
    assert.deepEqual(await kept(stage.camera), [name]);
    assert.deepEqual(stage.camera.litter(), []);
    await page.close();
  },

  'a hostile one is refused with the sentence that names the member, and nothing stays': async (stage) => {
    const before = await kept(stage.camera);
    const page = await send(stage, stage.file('link.tar.gz', panelArchive([member('config/link', 'x', { type: '2', link: '/etc/passwd' })])));
    await until('the page says why', async () => /config\/link/.test(await page.innerText('main')));
    assert.deepEqual(await kept(stage.camera), before);
    await until('the folder is clean', () => stage.camera.litter().length === 0);
    await page.close();
  },

  'the form is let in by its first field alone': async ({ camera }) => {
    const token = await camera.token();
    const file = ['name="file"; filename="allsky-config-backup-20261117-213000.tar.gz"', panelArchive()];
    const csrf = ['name="csrf"', token];
    const before = await kept(camera);
    for (const [title, parts] of [
      ['no token', [file]],
      ['the token behind the file', [file, csrf]],
      ['a wrong token', [['name="csrf"', token.replace(/./g, '0')], file]],
      ['the token as a file', [['name="csrf"; filename="csrf"', token], file]],
      ['a token without end', [['name="csrf"', randomBytes(8192).toString('hex')], file]],
    ]) assert.equal((await post(camera, parts)).status, 403, title);
    assert.deepEqual(await kept(camera), before);
    const good = await post(camera, [csrf, file]);
    assert.equal(good.status, 303);
    assert.match(good.to, /^\/job\/[0-9a-f-]{36}$/);
    await camera.over(good.to.split('/').pop());
    assert.equal((await kept(camera)).length, before.length + 1);
  },
};
