// Draws screenshots/snapshots*.png: the hosts, a folder with what changed in it, a dry run, and a page without hosts.
import { mkdirSync } from 'node:fs';
import { SHOTS, draw as picture } from '../drawing.mjs';
import { Camera } from '../ground.mjs';
import * as book from './snapshots.mjs';

export async function open(browser) {
  mkdirSync(SHOTS, { recursive: true });
  const { site, page } = await book.open(browser);
  site.camera.say('snapshots', 'take', 'pi');
  site.camera.say('snapshots', 'archive', 'pi');
  site.camera.say('snapshots', 'golden', 'pi');
  await page.close();
  const bare = await Camera.start(['--nights', '1', '--frames', '2']);
  return { site, bare, draw: (name, address, act, options) => picture(browser, address, name, act, options) };
}

export async function close({ site, bare }) {
  await site.remove();
  await bare.remove();
}

export const stories = {
  'all hosts': async ({ site, draw }) => {
    await draw('snapshots', `${site.camera.url}snapshots`, null, { fullPage: true });
  },
  'a folder and what changed in it': async ({ site, draw }) => {
    const newest = site.camera.say('snapshots', 'list').items[0].snapshots.at(-1).name;
    await draw('snapshots-folder', `${site.camera.url}snapshots/pi/${newest}?path=notes`, null, { fullPage: true });
  },
  'a folder goes back': async ({ site, draw }) => {
    const first = site.camera.say('snapshots', 'list').items[0].snapshots[0].name;
    await draw('snapshots-restore', `${site.camera.url}snapshots/pi/${first}/restore?path=notes`, null, { fullPage: true });
  },
  'what a search finds': async ({ site, draw }) => {
    const newest = site.camera.say('snapshots', 'list').items[0].snapshots.at(-1).name;
    await draw('snapshots-found', `${site.camera.url}snapshots/pi/${newest}/search?q=t`, null, { fullPage: true });
  },
  'the machines that snapshots are taken of': async ({ site, draw }) => {
    await draw('hosts', `${site.camera.url}hosts`, null, { fullPage: true });
  },
  'a dry run': async ({ site, draw }) => {
    await draw('snapshots-dry-run', `${site.camera.url}snapshots`, async (page) => {
      await page.click('text=What would go');
      await page.locator('dialog[open] .ab-dry-run').waitFor();
    });
  },
  'a plan with a drive to copy to': async ({ site, draw }) => {
    await draw('plans-copies', `${site.camera.url}plans/weekly-config/edit`, null, { fullPage: true });
  },
  'no host yet': async ({ bare, draw }) => {
    await draw('snapshots-none', `${bare.url}snapshots`, null, { fullPage: true });
  },
};
