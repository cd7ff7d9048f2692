// What stories look for on the page.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Camera, until } from '../ground.mjs';

/** A desk-sized window for a camera, whose scripts may not fail. */
export async function windowFor(browser, camera) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true });
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  return { browser, camera, context, page, errors };
}

export async function shut({ camera, context, errors }) {
  await context.close();
  await camera.remove();
  assert.deepEqual(errors, [], 'no script may fail');
}

/** A camera of its own and a window for a book of stories. */
export function book(options = [], prepare = async () => {}) {
  return {
    async open(browser) {
      const ground = await windowFor(browser, await Camera.start(options));
      await prepare(ground);
      await ground.page.goto(ground.camera.url);
      return ground;
    },
    close: shut,
  };
}

/** The same with a folder for files of one's own. */
export function bookWithFiles() {
  const ground = book();
  return {
    async open(browser) {
      const stage = await ground.open(browser);
      stage.files = mkdtempSync(join(tmpdir(), 'allsky-backups-files-'));
      stage.file = (name, bytes) => {
        writeFileSync(join(stage.files, name), bytes);
        return join(stage.files, name);
      };
      return stage;
    },
    async close(stage) {
      rmSync(stage.files, { recursive: true, force: true });
      await ground.close(stage);
    },
  };
}

/** A folder of pictures that takes some seconds to pack, whatever the machine; answers with its name. */
export async function longNight(camera, mib = 512) {
  const name = '20260101';
  mkdirSync(join(camera.images, name), { recursive: true });
  const file = createWriteStream(join(camera.images, name, `allsky-${name}.mp4`));
  const piece = randomBytes(8 << 20);
  for (let at = 0; at < mib / 8; at += 1) {
    piece.writeUInt32LE(at, 0);
    if (!file.write(piece)) await new Promise((go) => { file.once('drain', go); });
  }
  await new Promise((done) => { file.end(done); });
  return name;
}

/** Orders the images backup of one folder in the page and waits for its progress. */
export async function backUp(page, folder) {
  await page.click('#ab-create');
  await page.click('#ab-tile-images');
  await dialog(page).locator(`#ab-folder-${folder}`).check();
  await page.click('#ab-create-start');
  await dialog(page).locator('.ab-job').waitFor();
}

/** On a phone: nothing is cut off, fingers find every button, and every control has a name. */
export async function fitsPhone(page, where) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 390, `${where} is ${wide} wide`);
  const odd = await page.evaluate(() => {
    const all = (what) => [...document.querySelectorAll(what)].filter((one) => one.checkVisibility());
    const least = (one) => Math.min(one.getBoundingClientRect().height, one.getBoundingClientRect().width);
    const small = all('.btn, .ab-switch-row, .ab-node, .ab-tile').filter((one) => one.getBoundingClientRect().height < 43.5);
    const tiny = all('a.ab-day').filter((one) => least(one) < 20);
    const nameless = all('button, a, input:not([type=hidden]), select')
      .filter((one) => !one.ariaLabel && !one.textContent.trim() && !one.labels?.length && !one.querySelector('img[alt]'));
    return [...small, ...tiny, ...nameless].map((one) => one.outerHTML.slice(0, 90));
  });
  assert.deepEqual(odd, [], where);
}

/** Chooses a file in the Upload dialog and sends it. */
export async function choose(page, path) {
  await page.click('#ab-upload');
  await dialog(page).locator('#ab-file').setInputFiles(path);
  await dialog(page).locator('button[type=submit]').click();
}

export const dialog = (page) => page.locator('dialog.ab-dialog[open]').last();

export async function closeDialogs(page) {
  while (await page.locator('dialog[open]').count()) {
    await page.keyboard.press('Escape');
    await until('the dialog is closed', async () => true);
  }
}

export const row = (page, name) => page.locator(`tr[data-archive="${name}"]`);

/** Waits until the progress dialog says how the job ended, and returns the word's state. */
export async function ended(page) {
  const job = dialog(page).locator('.ab-job');
  await until('the job in the dialog is over', async () => {
    const state = await job.getAttribute('data-state').catch(() => null);
    return state && !['queued', 'running'].includes(state);
  }, 60_000);
  return job.getAttribute('data-state');
}

export const archiveOf = (page) => dialog(page).locator('.ab-outcome a').first().innerText();
