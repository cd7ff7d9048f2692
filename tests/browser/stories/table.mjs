// What stories look for on the page.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Camera, until } from '../ground.mjs';

/** A camera of its own and a desk-sized window for a book of stories. */
export function book(options = [], prepare = async () => {}) {
  return {
    async open(browser) {
      const camera = await Camera.start(options);
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true });
      const page = await context.newPage();
      const errors = [];
      page.on('pageerror', (error) => errors.push(error.message));
      const ground = { browser, camera, context, page, errors };
      await prepare(ground);
      await page.goto(camera.url);
      return ground;
    },
    async close({ camera, context, errors }) {
      await context.close();
      await camera.remove();
      assert.deepEqual(errors, [], 'no script may fail');
    },
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
