// Draws screenshots/settings-*.png: the form, the file as text, what would change, mistakes beside their fields,
// and what is said when it was saved.
import { writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SHOTS, draw as picture } from '../drawing.mjs';
import { Camera } from '../ground.mjs';

const MINE = '# My camera\n[nights]\nmin_avg_stars_primary = 700  # the good ones\nschedule = "11:30"\n\n[[destination]]\nname = "drive"\npath = "/mnt/nights"\n';

export async function open(browser) {
  mkdirSync(SHOTS, { recursive: true });
  const camera = await Camera.start(['--nights', '1', '--frames', '2']);
  const file = join(camera.dir, 'config.toml');
  writeFileSync(file, MINE);
  const draw = (name, path, act, options) => picture(browser, `${camera.url}${path}`, name, act, options);
  return { camera, file, draw };
}

export const close = ({ camera }) => camera.remove();

const showChanges = (page) => page.click('.ab-settings-form button[type=submit]');

export const stories = {
  'the form': async ({ draw }) => {
    // The bar stays at the lower edge of a window; a picture of the whole page has none.
    const whole = (page) => page.locator('.ab-save-bar').evaluate((bar) => { bar.style.position = 'static'; });
    await draw('settings', 'settings', whole, { fullPage: true });
  },
  'as one sees it': async ({ draw }) => {
    await draw('settings-top', 'settings', null, { looks: ['light-desk', 'dark-phone'] });
  },
  'the file as text': async ({ draw }) => {
    await draw('settings-text', 'settings?as=text', null, { fullPage: true });
  },
  'what would change': async ({ draw }) => {
    await draw('settings-changes', 'settings', async (page) => {
      await page.fill('#ab-key-nights-min_avg_stars_primary', '640');
      await page.check('#ab-key-nights-keogram');
      await showChanges(page);
      await page.locator('.ab-diff').waitFor();
    });
  },
  mistakes: async ({ draw }) => {
    await draw('settings-mistakes', 'settings', async (page) => {
      await page.fill('#ab-key-nights-min_avg_stars_primary', 'many');
      await page.fill('#ab-key-nights-schedule', 'noon');
      await showChanges(page);
      await page.locator('.ab-mistakes').waitFor();
    });
  },
  'limits that were tried': async ({ draw }) => {
    await draw('settings-limits', 'settings?key.nights.min_avg_stars_primary=640&key.nights.great_night_min_avg_stars=1200', (page) => (
      page.locator('#ab-wishes').waitFor()), { looks: ['light-desk', 'dark-phone'] });
  },
  saved: async ({ draw, file }) => {
    await draw('settings-saved', 'settings', async (page) => {
      writeFileSync(file, MINE);
      await page.reload();
      await page.fill('#ab-key-nights-min_images', '20');
      await showChanges(page);
      await page.click('.ab-settings-save button[type=submit]');
      await page.locator('.alert-success').waitFor();
    });
  },
};
