// A login that ends while a file is being sent: the page says so, and goes on after the next login.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imagesArchive, until } from '../ground.mjs';
import { archiveOf, choose, dialog, ended } from './table.mjs';
import { slow } from './upload-resumes.mjs';

/** `logout` and `login` happen in another tab of the same browser; `panel` is what the page calls its surroundings. */
export async function loginLost({ page, site, panel, logout, login }) {
  const name = 'allsky-images-backup-20261120-213000.tar.gz';
  const bytes = imagesArchive(40 << 20);
  const files = mkdtempSync(join(tmpdir(), 'allsky-backups-files-'));
  try {
    writeFileSync(join(files, name), bytes);
    // Several pieces, and slow enough that the login ends between two of them.
    await slow(page, 6_000_000);
    await choose(page, join(files, name));
    const sent = dialog(page).locator('[data-part=bytes]');
    await until('some of it is sent', async () => /[1-9]\d*\.\d MB of .* sent/.test(await sent.innerText()));
    await logout();
    await dialog(page).locator('.ab-upload-wait:visible').waitFor({ timeout: 60_000 });
    assert.match(await dialog(page).locator('.ab-upload-wait').innerText(), new RegExp(`Your session ended\\. Log in to ${panel} in another tab`));
    assert.match(await page.locator('.ab-error').innerText(), new RegExp(`Log in to ${panel}`));
    assert.equal(await page.locator('#ab-board').count(), 0, 'nothing else is shown meanwhile');
    await slow(page, -1);
    await login();
    await page.locator('.ab-error >> text=You are logged in again').waitFor({ timeout: 60_000 });
    assert.match(await ended(page), /success|warning/);
    const kept = join(site.dir, 'allskybackups');
    assert.ok(readFileSync(join(kept, await archiveOf(page))).equals(bytes));
    assert.deepEqual(readdirSync(kept).filter((file) => file.startsWith('.')), []);
  } finally {
    rmSync(files, { recursive: true, force: true });
  }
}
