// Draws screenshots/indi-*.png: the pages that look otherwise beside an indi-allsky.
import { mkdirSync } from 'node:fs';
import { SHOTS, draw as picture } from '../drawing.mjs';
import { Camera } from '../ground.mjs';
import { dialog } from './table.mjs';

const SOME = { looks: ['light-desk', 'dark-phone'] };

export async function open(browser) {
  mkdirSync(SHOTS, { recursive: true });
  const camera = await Camera.start(['--nights', '7', '--frames', '30', '--system', 'indi-allsky']);
  const name = await camera.create({ type: 'config' });
  return { camera, name, draw: (title, path, act, options = SOME) => picture(browser, `${camera.url}${path}`, title, act, options) };
}

export const close = ({ camera }) => camera.remove();

const opened = (selector) => async (page) => {
  await page.locator(selector).first().click();
  await dialog(page).locator('.modal-footer').waitFor();
};

export const stories = {
  'its backups': async ({ draw }) => { await draw('indi-page', ''); },
  'a backup of its settings': async ({ draw }) => { await draw('indi-create-config', '', opened('#ab-create')); },
  'a backup of its pictures': async ({ draw }) => {
    await draw('indi-create-images', '', async (page) => {
      await opened('#ab-create')(page);
      await page.click('#ab-tile-images');
      await dialog(page).locator('legend, .ab-day').first().waitFor();
    });
  },
  'what a backup holds': async ({ draw, name }) => { await draw('indi-info', `archive/${name}`); },
  'a restore': async ({ draw, name }) => { await draw('indi-restore', `archive/${name}/restore`, (page) => page.locator('#ab-restore-preview').waitFor()); },
  'what a restore would change': async ({ draw, name }) => {
    await draw('indi-restore-preview', `archive/${name}/restore`, async (page) => {
      await page.click('#ab-restore-preview');
      await page.locator('#ab-confirm').waitFor();
    });
  },
  'its nights': async ({ draw }) => { await draw('indi-nights', 'nights', (page) => page.locator('.ab-night').first().waitFor()); },
};
