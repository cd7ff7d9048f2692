// Draws screenshots/destinations*.png: places that are ready, away and not set up with what can be added, and the page
// before a drive was chosen.
import { mkdirSync } from 'node:fs';
import { SHOTS, draw as picture } from '../drawing.mjs';
import { DestinationSite } from '../destination_site.mjs';
import { until } from '../ground.mjs';

const [USED, NEW, FREE] = ['nights', 'archive disk', 'stick'];

/** Every place was looked at. */
const seen = (page) => until('all places are seen', async () => await page.locator('.ab-place[data-state]').count() === await page.locator('.ab-place').count());

export async function open(browser) {
  mkdirSync(SHOTS, { recursive: true });
  return browser;
}

export async function close() {}

/** Draws a site of its own, so that no picture shows drives of another. */
async function drawn(browser, site, name, act) {
  try {
    await picture(browser, site.url, name, act, { fullPage: true });
  } finally {
    await site.remove();
  }
}

const destination = (name, path) => `[[destination]]\nname = "${name}"\npath = "${path}"\n`;

export const stories = {
  'places that are ready, away and not set up': async (browser) => {
    const config = (site) => destination('usb', site.path(USED)) + destination('archive-disk', site.path(NEW)) + destination('nas', '/mnt/nas');
    const site = await DestinationSite.start([USED, NEW, FREE], { nights: 60, config });
    const { camera } = site;
    camera.say('dest', 'init', 'usb');
    const items = await camera.nights();
    camera.say('nights', 'save', ...items.filter((item) => item.decision === 'save').map((item) => item.night).slice(-30));
    const { name } = camera.say('create', 'config');
    camera.say('copy', name, '--to', 'usb');
    await drawn(browser, site, 'destinations', seen);
  },
  'before a drive was chosen': async (browser) => {
    const site = await DestinationSite.start([FREE]);
    site.camera.say('create', 'config');
    await drawn(browser, site, 'destinations-first', async (page) => {
      await seen(page);
      for (const details of ['#ab-other-path', '#ab-left-out']) await page.click(`${details} > summary`);
    });
  },
};
