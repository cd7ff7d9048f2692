// Draws screenshots/nights-*.png: the page with four hundred nights and with none, one night, limits, what
// goes when, a dry run, and the chooser of an images backup.
import { mkdirSync, renameSync } from 'node:fs';
import { SHOTS, draw as picture } from '../drawing.mjs';
import { NightCamera, Share } from '../night_camera.mjs';
import { until } from '../ground.mjs';
import { dialog } from './table.mjs';

const draw = ({ browser }, camera, name, path, act, options) => picture(browser, `${camera.url}${path}`, name, act, options);

const open_ = (selector, inside) => async (page) => {
  await page.locator(selector).first().click();
  await dialog(page).locator(inside).waitFor();
  for (const picture of await dialog(page).locator('.ab-still img').all()) {
    await until('the picture is there', () => picture.evaluate((image) => image.complete));
  }
};

/** A page loaded again looks at the drive again. */
const shows = (words) => (page) => until(`the drive is ${words}`, async () => {
  await page.reload();
  return words.test(await page.innerText('#ab-drive'));
}, 120_000);

export async function open(browser) {
  mkdirSync(SHOTS, { recursive: true });
  const camera = await NightCamera.start();
  const items = await camera.nights();
  const worth = items.filter((item) => item.decision === 'save' && !item.at_risk).map((item) => item.night);
  camera.say('nights', 'save', ...worth.slice(-40));
  camera.say('nights', 'pin', worth[worth.length - 6]);
  return { browser, camera, saved: worth.pop(), night: items.filter((item) => item.class === 'FOREVER').pop().night };
}

export const close = ({ camera }) => camera.remove();

export const stories = {
  'four hundred nights': async (ground) => {
    await draw(ground, ground.camera, 'nights', 'nights', null, { fullPage: true });
  },
  'one night': async (ground) => {
    await draw(ground, ground.camera, 'nights-one', 'nights', open_(`[id="day-${ground.night}"]`, '.ab-night-detail'));
  },
  limits: async (ground) => {
    await draw(ground, ground.camera, 'nights-limits', 'nights', open_('#ab-calibration', '.ab-calibration'));
  },
  'what goes when': async (ground) => {
    await draw(ground, ground.camera, 'nights-preview', 'nights', open_('#ab-preview', '.ab-preview'));
  },
  'a dry run': async (ground) => {
    await draw(ground, ground.camera, 'nights-dry-run', 'nights', open_('#ab-dry-run', '.ab-dry-run'));
  },
  'the chooser of an images backup': async (ground) => {
    await draw(ground, ground.camera, 'nights-chooser', '', async (page) => {
      await page.click('#ab-create');
      await page.click('#ab-tile-images');
      await dialog(page).locator('label.ab-day.ab-s5').first().click();
      await dialog(page).locator('label.ab-day.ab-s5').nth(1).click();
    });
  },
  'what its owner decides': async (ground) => {
    await draw(ground, ground.camera, 'nights-one-below', 'nights', async (page) => {
      await open_(`[id="day-${ground.night}"]`, '.ab-night-detail')(page);
      await dialog(page).locator('.modal-body').evaluate((body) => { body.scrollTop = body.scrollHeight; });
    });
  },
  'a night goes back': async (ground) => {
    await draw(ground, ground.camera, 'nights-restore', `nights/${ground.saved}/restore`, null, { looks: ['light-desk', 'dark-phone'] });
  },
  'no night is like that': async (ground) => {
    await draw(ground, ground.camera, 'nights-nothing', 'nights?stars=9000', (page) => page.locator('#ab-nights-filter').evaluate((place) => place.scrollIntoView()), { looks: ['light-desk', 'dark-phone'] });
  },
  'the drive is away, and the plan waits for it': async (ground) => {
    const { camera } = ground;
    renameSync(camera.drive, `${camera.drive}-away`);
    try { camera.say('run', 'nights'); } catch { /* there is no drive */ }
    await draw(ground, camera, 'nights-drive-away', 'nights', shows(/Not ready/));
    renameSync(`${camera.drive}-away`, camera.drive);
  },
  'the drive hangs': async ({ browser }) => {
    const why = await Share.lacks();
    if (why) { console.log(`skipped nights-drive-hung: ${why}`); return; }
    const camera = await NightCamera.start({ nights: 30, drive: new Share() });
    try {
      camera.share.hang();
      await draw({ browser }, camera, 'nights-drive-hung', 'nights', shows(/does not answer/));
    } finally {
      camera.share.answer();
      await camera.remove();
    }
  },
  'no night and no drive': async ({ browser }) => {
    const camera = await NightCamera.start({ nights: 0, drive: false });
    try { await draw({ browser }, camera, 'nights-none', 'nights'); } finally { await camera.remove(); }
  },
};
