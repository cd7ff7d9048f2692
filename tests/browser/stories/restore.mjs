import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { linkSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../ground.mjs';
import { book, closeDialogs, dialog, ended, row } from './table.mjs';

const ODD = ['Größe Ñ.txt', 'a b&c="d".txt', "O'Brien <b>.txt", '100%.txt'];
const RAW = Buffer.from([0x6c, 0x61, 0x74, 0x69, 0x6e, 0xe4, 0x2e, 0x74, 0x78, 0x74]);

const home = (camera) => join(camera.dir, 'allsky');
const settingsOf = (camera) => JSON.parse(readFileSync(join(home(camera), 'config/settings.json')));

function set(camera, file, change) {
  const path = join(home(camera), file);
  const value = JSON.parse(readFileSync(path));
  change(value);
  // In place, so that both names of the settings stay one file.
  writeFileSync(path, JSON.stringify(value, null, 4));
}

/** Content, owner, mode, time and link group of everything that does not change by itself. */
export function digest(camera) {
  const lines = [];
  const groups = new Map();
  // Bytes, because a name need not be text.
  const walk = (path, name) => {
    const found = lstatSync(path);
    if (/allsky\.db|\/logs(\/|$)|__pycache__/.test(name)) return;
    if (found.isDirectory()) {
      lines.push(`${name}/ ${found.mode} ${found.uid} ${found.gid}`);
      for (const one of readdirSync(path, { encoding: 'buffer' }).sort(Buffer.compare)) {
        walk(Buffer.concat([path, Buffer.from('/'), one]), `${name}/${one.toString('latin1')}`);
      }
      return;
    }
    if (!groups.has(found.ino)) groups.set(found.ino, name);
    const sum = createHash('sha256').update(readFileSync(path)).digest('hex');
    lines.push(`${name} ${found.mode} ${found.uid} ${found.gid} ${found.mtimeMs} ${groups.get(found.ino)} ${sum}`);
  };
  for (const top of ['config', 'env.json']) walk(Buffer.from(join(home(camera), top)), top);
  return lines.join('\n');
}

export async function openRestore(page, name) {
  await closeDialogs(page);
  await page.locator(`[id="restore-${name}"]`).click();
  const place = dialog(page).locator('.ab-restore');
  await place.locator('[data-slot=checks] .ab-check').first().waitFor({ state: 'attached' });
  await settled(place);
  return place;
}

/** Nothing is being asked or about to be. */
export async function settled(place) {
  await until('the server has answered', async () => await place.getAttribute('aria-busy') === null);
}

export async function preview(page, place) {
  await place.locator('#ab-restore-preview').click();
  await place.locator('#ab-confirm').waitFor();
  await settled(place);
}

const count = async (place, word) => Number(await place.locator(`#ab-change-${word}`).getAttribute('data-count'));
const flip = (place, name) => place.getByRole('switch', { name }).click();

async function onlySections(place, ...keys) {
  for (const input of await place.locator('input[name=section]').all()) {
    await input.setChecked(keys.includes(await input.getAttribute('value')));
  }
}

async function remove(camera, name) {
  const { job } = await (await camera.post(`archive/${name}/delete`)).json();
  await camera.over(job);
}

/** Turns the camera into another one, or back. */
export function become(camera, name) {
  const config = join(home(camera), 'config');
  for (const stem of ['settings', 'cc']) {
    rmSync(join(config, `${stem}.json`));
    linkSync(join(config, `${stem}_${name}.json`), join(config, `${stem}.json`));
  }
}

export const { open, close } = book(['--frames', '30', '--nights', '2', '--width', '160', '--height', '120'], async (ground) => {
  const { camera, page } = ground;
  page.setDefaultTimeout(10_000);
  const myFiles = join(home(camera), 'config/myFiles');
  for (const name of ODD) writeFileSync(join(myFiles, name), `backup of ${name}`);
  writeFileSync(Buffer.concat([Buffer.from(`${myFiles}/`), RAW]), 'backup of latin1');
  ground.config = await camera.create({ type: 'config' });
  ground.images = await camera.create({ type: 'images' });
});

export const stories = {
  'the dialog tells what the backup is, for which camera, and what was checked': async ({ page, config }) => {
    const place = await openRestore(page, config);
    const text = await place.innerText();
    for (const part of ['Pre-Restore Checks', 'Backup Metadata', config, 'Config Backup', 'v2025.xx.xx', 'RPi HQ', 'config/settings_RPi_HQ.json', 'config/cc_RPi_HQ.json', 'Modules In Backup (3)', 'Core Files', 'User Modules', 'Allsky Databases']) {
      assert.ok(text.includes(part), part);
    }
    await place.locator('.ab-checks summary').click();
    for (const name of ['integrity', 'camera', 'modules', 'version', 'space', 'destination', 'selection', 'settings file', 'cc file']) {
      assert.equal(await place.locator(`[data-check="${name}"]`).getAttribute('data-result'), 'pass', name);
    }
    await closeDialogs(page);
  },

  'the preview shows files and settings old to new, with labels, and writes nothing': async ({ page, camera, config }) => {
    set(camera, 'config/settings.json', (s) => { s.latitude = '1N'; s.nightgain = 99; s.location = 'Somewhere'; });
    set(camera, 'env.json', (e) => { e.REMOTEWEBSITE_PASSWORD = 'todays-secret'; });
    writeFileSync(join(home(camera), 'config/uservariables.sh'), '# changed\nexport IMG_UPLOAD_FREQUENCY=9\n');
    const before = digest(camera);
    const place = await openRestore(page, config);
    await onlySections(place, 'core', 'modules', 'uservariables');
    await preview(page, place);
    assert.ok(await count(place, 'changed') >= 2);
    const latitude = place.locator('tr[data-key=latitude]');
    assert.match(await latitude.innerText(), /Latitude|latitude/);
    assert.match(await latitude.locator('.ab-old').innerText(), /1N/);
    assert.match(await latitude.locator('.ab-new').innerText(), /50\.03N/);
    assert.match(await place.locator('tr[data-key=nightgain]').innerText(), /camera/);
    const secret = await place.locator('tr[data-key=REMOTEWEBSITE_PASSWORD]').innerText();
    assert.match(secret, /hidden[\s\S]*changed[\s\S]*secret/);
    const html = await place.innerHTML();
    for (const word of ['todays-secret', 'demo-website-password']) assert.ok(!html.includes(word), word);
    assert.equal(digest(camera), before, 'nothing was written');
    assert.equal(await place.locator('#ab-confirm').isEnabled(), true);
    await closeDialogs(page);
  },

  'a confirmed restore tells what it did, and its undo is bit for bit': async ({ page, camera, config }) => {
    const before = digest(camera);
    const place = await openRestore(page, config);
    await onlySections(place, 'core', 'modules');
    await preview(page, place);
    await place.locator('#ab-confirm').click();
    assert.match(await ended(page), /success|warning/);
    assert.equal(settingsOf(camera).latitude, '50.03N');
    assert.equal(lstatSync(join(home(camera), 'config/settings.json')).ino, lstatSync(join(home(camera), 'config/settings_RPi_HQ.json')).ino);
    const result = await dialog(page).locator('.ab-result').innerText();
    for (const part of [config, 'Config Backup', 'to the camera', 'RPi HQ to RPi HQ', 'core, modules', 'written', 'backup-restore-']) {
      assert.ok(result.includes(part), `${part} in ${result}`);
    }
    await closeDialogs(page);
    const kept = page.locator('#ab-kept li');
    await until('the page lists it', async () => await kept.count() === 1);
    assert.match(await kept.innerText(), /today \d\d:\d\d[\s\S]*Restore of[\s\S]*kept · 7 days left/);
    await kept.getByRole('link', { name: /Undo/ }).click();
    assert.match(await dialog(page).innerText(), /Undo this restore\?/);
    await dialog(page).locator('button[type=submit]').click();
    assert.match(await ended(page), /success|warning/);
    assert.equal(digest(camera), before);
    assert.match(await dialog(page).locator('.ab-result').innerText(), /Undo this undo/);
    await closeDialogs(page);
  },

  'today\'s login stays unless its switch is turned off': async ({ page, camera, config }) => {
    set(camera, 'env.json', (e) => { e.WEBUI_USERNAME = 'today'; e.WEBUI_PASSWORD = 'hash-of-today'; });
    const env = () => JSON.parse(readFileSync(join(home(camera), 'env.json')));
    for (const keep of [true, false]) {
      const place = await openRestore(page, config);
      const login = place.getByRole('switch', { name: /Keep today's login/ });
      assert.equal(await login.isChecked(), true);
      await onlySections(place, 'modules');
      assert.equal(await login.isVisible(), false, 'no env.json, no question');
      await onlySections(place, 'core');
      await login.setChecked(keep);
      await preview(page, place);
      const warned = await place.locator('[data-check=login]').count();
      assert.equal(warned, keep ? 0 : 1);
      await place.locator('#ab-confirm').click();
      assert.match(await ended(page), /success|warning/);
      assert.equal(env().WEBUI_USERNAME, keep ? 'today' : 'admin');
      assert.equal(env().REMOTEWEBSITE_PASSWORD, 'demo-website-password');
      await closeDialogs(page);
    }
  },

  'programs of a backup from elsewhere come only when their switch is turned on': async ({ page, camera, config }) => {
    const program = join(home(camera), 'config/uservariables.sh');
    const theirs = readFileSync(program, 'utf8');
    // As a friend would bring it: made, taken away, and uploaded.
    const made = await camera.create({ type: 'config', sections: ['uservariables'] });
    const bytes = readFileSync(join(camera.backups, made));
    await remove(camera, made);
    const told = await (await camera.upload(made, bytes)).json();
    assert.ok(told.name, JSON.stringify(told));
    const brought = told.name;
    writeFileSync(program, '# mine\n');
    await page.reload();
    for (const [name, isOn] of [[config, true], [brought, false]]) {
      const place = await openRestore(page, name);
      assert.equal(await place.getByRole('switch', { name: /Also restore programs/ }).isChecked(), isOn, name);
      await onlySections(place, 'databases');
      assert.equal(await place.getByRole('switch', { name: /Also restore programs/ }).isVisible(), false, 'no program, no question');
    }
    for (const take of [false, true]) {
      const place = await openRestore(page, brought);
      await onlySections(place, 'uservariables');
      await place.getByRole('switch', { name: /Also restore programs/ }).setChecked(take);
      await preview(page, place);
      const card = place.locator('[data-check=programs]');
      assert.equal(await card.getAttribute('data-result'), 'warning');
      assert.match(await card.innerText(), /config\/uservariables\.sh/);
      assert.equal(await count(place, 'changed'), take ? 1 : 0);
      if (take) {
        assert.match(await place.locator('.ab-texts, .ab-diff').first().textContent(), /mine/);
        await place.locator('#ab-confirm').click();
        assert.match(await ended(page), /success|warning/);
      }
      assert.equal(readFileSync(program, 'utf8'), take ? theirs : '# mine\n');
      await closeDialogs(page);
    }
    await remove(camera, brought);
    await page.reload();
  },

  'what changed after the preview is not restored: the new preview is shown': async ({ page, camera, config }) => {
    set(camera, 'config/settings.json', (s) => { s.latitude = '2N'; });
    const place = await openRestore(page, config);
    await onlySections(place, 'core');
    await preview(page, place);
    set(camera, 'config/settings.json', (s) => { s.latitude = '3N'; });
    const before = digest(camera);
    await place.locator('#ab-confirm').click();
    await place.locator('.ab-news').waitFor();
    assert.match(await place.locator('.ab-news').innerText(), /changed since the preview/);
    assert.match(await place.locator('tr[data-key=latitude] .ab-old').innerText(), /3N/);
    assert.equal(digest(camera), before);
    await settled(place);
    await place.locator('#ab-confirm').click();
    assert.match(await ended(page), /success|warning/);
    assert.equal(settingsOf(camera).latitude, '50.03N');
    await closeDialogs(page);
  },

  'advanced: boxes of folders are whole, half or empty, and any file name is restored': async ({ page, camera, config }) => {
    const myFiles = join(home(camera), 'config/myFiles');
    for (const name of [...ODD, RAW]) rmSync(Buffer.concat([Buffer.from(`${myFiles}/`), Buffer.from(name)]));
    const place = await openRestore(page, config);
    await place.locator('#ab-mode-advanced').click();
    const box = (name) => place.locator('.ab-pick-tree .ab-pick-label', { has: page.getByText(name, { exact: true }) }).locator('input');
    const unfold = (name) => place.getByRole('button', { name: `Open ${name}`, exact: true }).click();
    await box('config').waitFor();
    assert.match(await place.locator('[data-part=chosen]').innerText(), /Selected: 0 files/);
    await unfold('config');
    await unfold('myFiles');
    await box(ODD[0]).waitFor();
    await box('myFiles').check();
    assert.equal(await box('config').evaluate((input) => input.indeterminate), true, 'a part of config');
    assert.equal(await box(ODD[1]).isChecked(), true, 'what is below is chosen');
    await box(ODD[3]).uncheck();
    assert.equal(await box('myFiles').evaluate((input) => input.indeterminate), true);
    await settled(place);
    await preview(page, place);
    assert.equal(await count(place, 'new'), ODD.length);
    await place.locator('#ab-confirm').click();
    assert.match(await ended(page), /success|warning/);
    for (const name of ODD.slice(0, 3)) assert.equal(readFileSync(join(myFiles, name), 'utf8'), `backup of ${name}`);
    assert.equal(readFileSync(Buffer.concat([Buffer.from(`${myFiles}/`), RAW]), 'utf8'), 'backup of latin1');
    assert.equal(readdirSync(myFiles).includes(ODD[3]), false, 'the one that was left out');
    await closeDialogs(page);
  },

  'advanced: search finds on the server, all and none work, nothing chosen cannot be confirmed': async ({ page, camera, config }) => {
    const place = await openRestore(page, config);
    await place.locator('#ab-mode-normal').focus();
    await page.keyboard.press('ArrowRight');
    await place.locator('.ab-pick').first().waitFor();
    await place.locator('[data-restore-act=all]').click();
    const told = () => place.locator('[data-part=chosen]').innerText();
    assert.match(await told(), /Selected: (\d+) files of \1 /);
    await place.locator('#ab-pick-q').fill('overlay1');
    const found = place.locator('.ab-pick-found .ab-pick-label');
    await until('it is found', async () => await found.count() === 1);
    assert.equal(await found.locator('input').isChecked(), true);
    await found.locator('input').uncheck();
    const [, chosen, all] = /Selected: (\d+) files of (\d+) /.exec(await told());
    assert.equal(Number(chosen), Number(all) - 1);
    await place.locator('[data-restore-act=none]').click();
    await preview(page, place);
    assert.equal(await place.locator('[data-check=selection]').getAttribute('data-result'), 'fail');
    assert.equal(await place.locator('#ab-confirm').isDisabled(), true);
    // The server does not rely on the button.
    const digestOf = await place.getAttribute('data-digest');
    const nothing = { files: [], login: 'keep', programs: 'take', digest: digestOf };
    for (const [path, body] of [[`archive/${config}/restore`, nothing], ['api/restore', { name: config, ...nothing }]]) {
      const answer = await camera.post(path, JSON.stringify(body), { 'Content-Type': 'application/json' });
      assert.ok([409, 422].includes(answer.status), `${path}: ${answer.status}`);
    }
    assert.match(await place.locator('#ab-why').innerText(), /Not possible: Selection\..*Choose at least one/s);
    await closeDialogs(page);
  },

  'missing modules are told by a check, and forbid nothing': async ({ page, camera, config }) => {
    const scripts = join(home(camera), 'scripts/modules/allsky_loadimage.py');
    const content = readFileSync(scripts);
    rmSync(scripts);
    const place = await openRestore(page, config);
    await onlySections(place, 'core');
    await preview(page, place);
    const card = place.locator('[data-check=modules]');
    assert.equal(await card.getAttribute('data-result'), 'warning');
    assert.match(await card.innerText(), /allsky_loadimage\.py/);
    assert.equal(await place.locator('#ab-confirm').isDisabled(), false);
    writeFileSync(scripts, content, { mode: 0o755 });
    await closeDialogs(page);
  },

  'the backup of another camera is merged key by key, as the owner chooses': async ({ page, camera, config }) => {
    become(camera, 'ZWO_ASI294MC');
    set(camera, 'config/settings.json', (s) => { s.latitude = '9N'; s.nightgain = 111; s.location = 'Here'; });
    const before = digest(camera);
    const place = await openRestore(page, config);
    await onlySections(place, 'core');
    await preview(page, place);
    assert.equal(await place.locator('[data-check=camera]').getAttribute('data-result'), 'fail');
    assert.equal(await place.locator('#ab-confirm').isDisabled(), true);
    await flip(place, /Take what is not camera-specific/);
    await until('the merge is shown', async () => await place.locator('.ab-merge-table').count() === 1);
    await settled(place);
    assert.equal(await place.locator('[data-check=camera]').getAttribute('data-result'), 'warning');
    const line = (key) => place.locator(`.ab-merge-table tr[data-key=${key}]`);
    assert.equal(await line('latitude').getAttribute('data-side'), 'backup');
    assert.equal(await line('nightgain').getAttribute('data-side'), 'camera');
    assert.match(await line('nightgain').innerText(), /111[\s\S]*8[\s\S]*camera[\s\S]*belongs to this camera/);
    assert.equal(await line('cameramodel').locator('input').isDisabled(), true);
    await line('location').locator('input').uncheck();
    await until('the choice is heard', async () => await line('location').getAttribute('data-side') === 'camera');
    await line('nightgain').locator('input').check();
    await until('the choice is heard', async () => await line('nightgain').getAttribute('data-side') === 'backup');
    await settled(place);
    assert.match(await line('nightgain').innerText(), /you chose it/);
    await place.locator('#ab-confirm').click();
    assert.match(await ended(page), /success|warning/);
    const now = settingsOf(camera);
    assert.deepEqual([now.latitude, now.nightgain, now.location, now.cameramodel], ['50.03N', 8, 'Here', 'ASI294MC']);
    assert.match(await dialog(page).locator('.ab-result').innerText(), /merged with the settings of this camera[\s\S]*RPi HQ to ZWO ASI294MC/);
    await dialog(page).getByRole('link', { name: 'Undo' }).click();
    await dialog(page).locator('.ab-undo button[type=submit]').click();
    assert.match(await ended(page), /success|warning/);
    assert.equal(digest(camera), before);
    become(camera, 'RPi_HQ');
    await closeDialogs(page);
  },

  'nights come back by their switch, with their keograms, and single nights alone': async ({ page, camera, images }) => {
    const nights = readdirSync(camera.images).filter((name) => /^\d{8}$/.test(name)).sort();
    const held = nights.map((night) => readdirSync(join(camera.images, night)).length);
    for (const night of nights) rmSync(join(camera.images, night), { recursive: true });
    const place = await openRestore(page, images);
    await until('keograms are drawn', () => place.locator('.ab-folder img').first().evaluate((image) => image.complete && image.naturalWidth > 0));
    const all = place.getByRole('switch', { name: /Restore all folders/ });
    assert.equal(await all.isChecked(), true);
    await place.locator(`[id="ab-restore-${nights[0]}"]`).check();
    assert.equal(await all.isChecked(), false);
    await preview(page, place);
    assert.ok(await count(place, 'new') >= held[0]);
    await place.locator('#ab-confirm').click();
    assert.match(await ended(page), /success|warning/);
    assert.equal(readdirSync(join(camera.images, nights[0])).length, held[0]);
    assert.equal(readdirSync(camera.images).includes(nights[1]), false, 'the other night was not chosen');
    await closeDialogs(page);
  },

  'nights go to another folder as well, and the camera is left alone': async ({ page, camera, images }) => {
    const place = await openRestore(page, images);
    const to = join(camera.dir, 'elsewhere');
    await place.locator('#ab-restore-to').fill(to);
    await preview(page, place);
    await place.locator('#ab-confirm').click();
    assert.match(await ended(page), /success|warning/);
    assert.ok(readdirSync(join(to, 'images')).length >= 2);
    assert.match(await dialog(page).locator('.ab-result').innerText(), /to the folder .*elsewhere[\s\S]*not needed/);
    await closeDialogs(page);
  },

  'damaged backups cannot be restored, and the button says why': async ({ page, camera, config }) => {
    const bytes = readFileSync(join(camera.backups, config));
    const name = 'allsky-config-backup-20260103-030405.tar.gz';
    camera.put(name, bytes.subarray(0, bytes.length / 2));
    await page.reload();
    const button = row(page, name).locator(`[id="restore-${name}"]`);
    assert.equal(await button.isDisabled(), true);
    assert.match(await button.getAttribute('title'), /Cannot be restored: \S+/);
    rmSync(join(camera.backups, name));
    await page.reload();
  },

  'programs ask in JSON: preview, restore, restores, undo': async ({ camera, config }) => {
    set(camera, 'config/settings.json', (s) => { s.latitude = '4N'; });
    const before = digest(camera);
    const post = (path, body) => camera.post(path, JSON.stringify(body), { 'Content-Type': 'application/json' });
    const seen = await (await post('api/restore/preview', { name: config, sections: ['core'] })).json();
    for (const key of ['files', 'settings', 'checks', 'digest']) assert.ok(seen[key], key);
    assert.equal(seen.settings.find((line) => line.key === 'latitude').old, '4N');
    const stale = await post('api/restore', { name: config, sections: ['modules'], digest: seen.digest });
    assert.equal(stale.status, 409);
    const { job } = await (await post('api/restore', { name: config, sections: ['core'], digest: seen.digest })).json();
    const done = await camera.over(job);
    assert.equal(done.result.name, config);
    assert.equal(settingsOf(camera).latitude, '50.03N');
    const { restores } = await camera.json('api/restores');
    assert.equal(restores[0].restore_id, done.result.restore_id);
    const undone = await (await post('api/undo', { restore_id: restores[0].restore_id })).json();
    await camera.over(undone.job);
    assert.equal(digest(camera), before);
    const barred = await fetch(`${camera.url}api/restore`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name: config }) });
    assert.equal(barred.status, 403, 'not without the token');
    assert.equal((await post('api/restore/preview', { name: config, lsit: 1 })).status, 400);
  },

  'without a script a restore is pages: choose, preview, confirm': async ({ browser, camera, config }) => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(camera.url);
    await page.locator(`[id="restore-${config}"]`).click();
    for (const input of await page.locator('input[name=section]').all()) await input.setChecked(await input.getAttribute('value') === 'core');
    await page.click('#ab-restore-preview');
    assert.match(await page.innerText('main'), /Nothing has been written/);
    await page.click('#ab-confirm');
    await until('the page of the job says so', async () => /Success/.test(await page.innerText('main')));
    assert.equal(settingsOf(camera).latitude, '50.03N');
    await context.close();
  },
};
