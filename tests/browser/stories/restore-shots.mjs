// Draws screenshots/restore-*.png: every step of a restore, light and dark, on a desk and on a phone.
import { rmSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOOKS, draw as picture, shoot } from '../drawing.mjs';
import { Camera, until } from '../ground.mjs';
import { become, openRestore, preview, settled } from './restore.mjs';
import { dialog, ended } from './table.mjs';

const draw = ({ browser, camera }, name, act) => picture(browser, camera.url, `restore-${name}`, act);

function set(camera, file, change) {
  const path = join(camera.dir, 'allsky', file);
  const value = JSON.parse(readFileSync(path));
  change(value);
  writeFileSync(path, JSON.stringify(value, null, 4));
}

const spoil = (camera) => {
  set(camera, 'config/settings.json', (s) => Object.assign(s, { latitude: '47.60N', nightgain: 12, location: 'Old garden', quality: 80, remotewebsiteurl: 'https://old.example' }));
  set(camera, 'env.json', (e) => { e.REMOTEWEBSITE_PASSWORD = 'something else'; });
  writeFileSync(join(camera.dir, 'allsky/config/uservariables.sh'), '# My own settings\nexport IMG_UPLOAD_FREQUENCY=1\nexport EXTRA=1\n');
};

const bring = (selector) => (page) => page.locator(selector).first().evaluate((element) => element.scrollIntoView({ block: 'start' }));

export async function open(browser) {
  const camera = await Camera.start(['--nights', '5', '--frames', '24', '--width', '640', '--height', '480']);
  const ground = { browser, camera };
  ground.config = await camera.create({ type: 'config' });
  ground.images = await camera.create({ type: 'images' });
  return ground;
}

export const close = ({ camera }) => camera.remove();

export const stories = {
  'choose, both ways': async (ground) => {
    await draw(ground, 'choose', async (page) => {
      const place = await openRestore(page, ground.config);
      await place.locator('.ab-checks summary').click();
    });
    await draw(ground, 'advanced', async (page) => {
      const place = await openRestore(page, ground.config);
      await place.locator('#ab-mode-advanced').click();
      await place.getByRole('button', { name: 'Open config', exact: true }).click();
      await place.getByRole('button', { name: 'Open overlay', exact: true }).click();
      await place.locator('.ab-pick-label', { has: page.getByText('fonts', { exact: true }) }).locator('input').check();
      await settled(place);
      await bring('.ab-tabs')(page);
    });
  },

  'what would change': async (ground) => {
    spoil(ground.camera);
    const seen = async (page) => {
      const place = await openRestore(page, ground.config);
      await preview(page, place);
      return place;
    };
    await draw(ground, 'preview', seen);
    await draw(ground, 'settings', async (page) => {
      const place = await seen(page);
      await place.locator('.ab-text summary').first().click();
      await bring('.ab-settings')(page);
    });
  },

  'a backup of somebody else, with programs': async (ground) => {
    const { camera } = ground;
    const made = await camera.create({ type: 'config' });
    const bytes = readFileSync(join(camera.backups, made));
    await camera.over((await (await camera.post(`archive/${made}/delete`)).json()).job);
    const { name } = await (await camera.upload(made, bytes)).json();
    writeFileSync(join(camera.dir, 'allsky/config/uservariables.sh'), '# Mine\n');
    await draw(ground, 'programs', async (page) => {
      const place = await openRestore(page, name);
      await place.locator('[data-part=programs]').evaluate((one) => one.scrollIntoView({ block: 'center' }));
    });
    await draw(ground, 'programs-preview', async (page) => preview(page, await openRestore(page, name)));
  },

  'a restore that fails': async (ground) => {
    const { camera } = ground;
    const name = await camera.create({ type: 'config' });
    const path = join(camera.backups, name);
    const whole = readFileSync(path);
    const spoilt = Buffer.from(whole);
    spoilt.fill(0, whole.length >> 1, (whole.length >> 1) + 64);
    await draw(ground, 'failed', async (page) => {
      spoil(camera);
      writeFileSync(path, whole);
      await page.reload();
      await preview(page, await openRestore(page, name));
      writeFileSync(path, spoilt);
      await page.locator('#ab-confirm').click();
      await dialog(page).locator('.alert-danger').first().waitFor();
    });
    writeFileSync(path, whole);
  },

  'another camera': async (ground) => {
    become(ground.camera, 'ZWO_ASI294MC');
    set(ground.camera, 'config/settings.json', (s) => Object.assign(s, { latitude: '9N', nightgain: 111, location: 'Here' }));
    await draw(ground, 'blocked', async (page) => preview(page, await openRestore(page, ground.config)));
    await draw(ground, 'merge', async (page) => {
      const place = await openRestore(page, ground.config);
      await place.getByRole('switch', { name: /Take what is not/ }).click();
      await preview(page, place);
      await bring('.ab-merge-table')(page);
    });
    become(ground.camera, 'RPi_HQ');
  },

  'nights': async (ground) => {
    const [night] = readdirSync(ground.camera.images).filter((name) => /^\d{8}$/.test(name));
    rmSync(join(ground.camera.images, night), { recursive: true });
    await draw(ground, 'nights', async (page) => {
      const place = await openRestore(page, ground.images);
      await place.locator(`[id="ab-restore-${night}"]`).check();
      await settled(place);
      await bring('.ab-tabs')(page);
    });
  },

  'result, and the way back': async (ground) => {
    for (const look of Object.keys(LOOKS)) {
      spoil(ground.camera);
      const context = await ground.browser.newContext(LOOKS[look]);
      const page = await context.newPage();
      await page.goto(ground.camera.url);
      const shot = (name) => shoot(page, `restore-${name}`, look);
      await preview(page, await openRestore(page, ground.config));
      await page.locator('#ab-confirm').click();
      await ended(page);
      await dialog(page).locator('.ab-result').waitFor();
      await shot('result');
      await page.keyboard.press('Escape');
      await until('it is listed', async () => await page.locator('#ab-kept li').count() > 0);
      await bring('#ab-kept')(page);
      await shot('kept');
      await page.locator('#ab-kept a').first().click();
      await dialog(page).locator('.ab-undo').waitFor();
      await shot('undo');
      await context.close();
    }
  },
};
