// Draws screenshots/*.png: every page and dialog, light and dark, on a desk and on a phone.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOOKS, SHOTS, draw as picture } from '../drawing.mjs';
import { Camera, imagesArchive as images, member, panelArchive, until } from '../ground.mjs';
import { backUp, dialog, longNight } from './table.mjs';

const NIGHT = '20260101';

const draw = (browser, camera, name, act, options) => picture(browser, camera.url, name, act, options);

const openDialog = (selector) => async (page) => {
  await page.locator(selector).first().click();
  await dialog(page).locator('.modal-footer').waitFor();
};

/** Starts the long images backup in the page, closes nothing. */
async function beginLong(page) {
  await backUp(page, NIGHT);
  const job = dialog(page).locator('.ab-job');
  await until('it is well under way', async () => Number(await job.locator('[role=progressbar]').getAttribute('aria-valuenow')
    .catch(() => 0)) >= 15 && /MB\/s/.test(await job.innerText()), 60_000);
}

async function cancelAll(camera) {
  for (const { id } of (await camera.json('api/status')).active) {
    await camera.post(`api/jobs/${id}/cancel`);
    await camera.over(id);
  }
}

export const open = async (browser) => {
  mkdirSync(SHOTS, { recursive: true });
  return { browser, camera: await Camera.start(['--nights', '7', '--frames', '30']) };
};

export const close = async ({ camera }) => camera.remove();

export const stories = {
  'an empty folder': async ({ browser, camera }) => {
    await draw(browser, camera, 'page-empty');
  },

  'the page with backups of every state': async ({ browser, camera }) => {
    const nights = (await camera.json('api/folders')).items.filter((folder) => folder.night).map((folder) => folder.name);
    const config = await camera.create({ type: 'config' });
    await camera.create({ type: 'images', folders: nights.slice(1, 4) });
    await camera.upload('allsky-config-backup-20261118-213000.tar.gz', panelArchive());
    await camera.upload('evil.tar.gz', panelArchive([member('../../home/pi/.ssh/authorized_keys', 'x')]));
    const bytes = readFileSync(join(camera.backups, config));
    camera.put('allsky-config-backup-20261102-081500.tar.gz', bytes.subarray(0, bytes.length - 3000));
    camera.put('holiday-pictures.tar.gz', Buffer.from('not an archive at all'));
    await draw(browser, camera, 'page', null, { fullPage: true });
  },

  'create a config backup': async ({ browser, camera }) => {
    await draw(browser, camera, 'create-config', openDialog('#ab-create'));
  },

  'create an images backup of some nights': async ({ browser, camera }) => {
    await draw(browser, camera, 'create-images', async (page) => {
      await openDialog('#ab-create')(page);
      await page.click('#ab-tile-images');
      await dialog(page).locator('.ab-folder').nth(1).locator('input').check();
      await dialog(page).locator('.ab-folder').nth(3).locator('input').check();
      await until('all sizes are known', async () => !/measuring/.test(await dialog(page).locator('[data-part=total]').innerText()));
    });
  },

  'info with files': async ({ browser, camera }) => {
    const name = (await camera.json('api/archives')).items.find((item) => item.type === 'images').name;
    await draw(browser, camera, 'info', openDialog(`[id="info-${name}"]`));
    await draw(browser, camera, 'info-files', async (page) => {
      await openDialog(`[id="info-${name}"]`)(page);
      await dialog(page).locator('.ab-folder-node', { hasText: 'images' }).first().click();
      await dialog(page).locator('.ab-folder-node', { hasText: /^2026/ }).first().click();
      await dialog(page).locator('.ab-tree a[data-open=picture]').first().waitFor();
      await dialog(page).locator('#ab-files').evaluate((heading) => heading.scrollIntoView());
    }, { looks: ['light-desk', 'dark-phone'] });
    await draw(browser, camera, 'picture', async (page) => {
      await openDialog(`[id="info-${name}"]`)(page);
      await dialog(page).locator('#ab-q').fill('image-2026');
      await dialog(page).locator('.ab-found a[data-open=picture]').nth(3).click();
      await until('the picture is drawn', () => page.locator('.ab-lightbox img').evaluate((image) => image.complete && image.naturalWidth > 0));
    }, { looks: ['light-desk', 'dark-phone'] });
    await draw(browser, camera, 'search', async (page) => {
      await openDialog(`[id="info-${name}"]`)(page);
      await dialog(page).locator('#ab-q').fill('keogram');
      await dialog(page).locator('.ab-found .ab-node').first().waitFor();
      await dialog(page).locator('#ab-files').evaluate((heading) => heading.scrollIntoView());
    }, { looks: ['light-desk', 'dark-desk'] });
  },

  'info of what is no good backup': async ({ browser, camera }) => {
    await draw(browser, camera, 'info-damaged', openDialog('[id="info-allsky-config-backup-20261102-081500.tar.gz"]'));
    await draw(browser, camera, 'info-foreign', openDialog('[id="info-holiday-pictures.tar.gz"]'), { looks: ['light-desk', 'dark-phone'] });
  },

  'work that failed, and how it is told': async ({ browser, camera }) => {
    await draw(browser, camera, 'progress-failed', async (page) => {
      await page.locator('.ab-recent-title', { hasText: 'evil' }).first().click();
      await dialog(page).locator('.alert-danger').waitFor();
    }, { looks: ['light-desk', 'dark-phone'] });
  },

  'delete': async ({ browser, camera }) => {
    const name = (await camera.json('api/archives')).items.find((item) => item.type === 'images').name;
    await draw(browser, camera, 'delete', openDialog(`[id="delete-${name}"]`));
  },

  'upload, and a refusal': async ({ browser, camera }) => {
    await draw(browser, camera, 'upload', openDialog('#ab-upload'));
    await draw(browser, camera, 'upload-refused', async (page) => {
      await openDialog('#ab-upload')(page);
      const buffer = panelArchive([member('config/shortcut', 'x', { type: '2', link: '/etc' })]);
      await dialog(page).locator('#ab-file').setInputFiles({ name: 'from-a-stranger.tar.gz', mimeType: 'application/gzip', buffer });
      await dialog(page).locator('button[type=submit]').click();
      await dialog(page).locator('.alert-danger:visible').first().waitFor();
    });
    const long = { name: 'allsky-images-backup-20261120-213000.tar.gz', mimeType: 'application/gzip', buffer: images(12 << 20) };
    const send = async (page) => {
      const client = await page.context().newCDPSession(page);
      await client.send('Network.enable');
      await client.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 600_000 });
      await openDialog('#ab-upload')(page);
      await dialog(page).locator('#ab-file').setInputFiles(long);
      await dialog(page).locator('button[type=submit]').click();
      await until('some of it is here', async () => (await camera.json('api/uploads')).items[0]?.received > 2_000_000);
    };
    const forget = async () => {
      for (const { id } of (await camera.json('api/uploads')).items) await camera.post(`upload/${id}/remove`);
    };
    for (const look of Object.keys(LOOKS)) {
      await draw(browser, camera, 'upload-sending', send, { looks: [look] });
      await draw(browser, camera, 'page-unfinished', async (page) => {
        // It counts as unfinished when nobody has sent anything for a while.
        await until('it is listed', async () => { await page.reload(); return await page.locator('#ab-parts li').count() > 0; });
        await page.locator('#ab-parts').evaluate((place) => place.scrollIntoView({ block: 'center' }));
      }, { looks: [look] });
      await draw(browser, camera, 'upload-goes-on', openDialog('#ab-upload'), { looks: [look] });
      await forget();
    }
    await draw(browser, camera, 'upload-waiting', async (page) => {
      await page.route('**/api/uploads/*', (route) => (route.request().method() === 'PATCH' ? route.abort() : route.continue()));
      await openDialog('#ab-upload')(page);
      await dialog(page).locator('#ab-file').setInputFiles(long);
      await dialog(page).locator('button[type=submit]').click();
      await dialog(page).locator('.ab-upload-wait:visible').waitFor();
    }, { looks: ['light-desk', 'dark-phone'] });
    await forget();
    await draw(browser, camera, 'upload-drop', async (page) => {
      const carried = await page.evaluateHandle(() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(['x'], 'x.tar.gz'));
        return transfer;
      });
      await page.dispatchEvent('body', 'dragenter', { dataTransfer: carried });
    }, { looks: ['light-desk'] });
  },

  'progress, busy page, and how it ended': async ({ browser, camera }) => {
    await longNight(camera, 800);
    for (const look of Object.keys(LOOKS)) {
      await draw(browser, camera, 'progress', beginLong, { looks: [look] });
      await cancelAll(camera);
    }
    for (const look of Object.keys(LOOKS)) {
      await draw(browser, camera, 'page-busy', async (page) => {
        await beginLong(page);
        await page.keyboard.press('Escape');
        await page.locator('.ab-banner [data-part=speed]', { hasText: '/s' }).waitFor();
      }, { looks: [look] });
      await cancelAll(camera);
    }
    await draw(browser, camera, 'progress-ended', async (page) => {
      await page.locator('.ab-recent-title', { hasText: 'Create Config Backup' }).first().click();
      await dialog(page).locator('.ab-outcome').waitFor();
    });
    await draw(browser, camera, 'progress-cancelled', async (page) => {
      await page.locator('.ab-recent-title', { hasText: 'Create Images Backup' }).first().click();
      await dialog(page).locator('.ab-job').waitFor();
    }, { looks: ['light-desk', 'dark-phone'] });
    await draw(browser, camera, 'verify-all', async (page) => {
      await page.click('#ab-verify-all');
      await until('it is over', async () => !['queued', 'running'].includes(await dialog(page).locator('.ab-job').getAttribute('data-state').catch(() => 'queued')));
    }, { looks: ['light-desk', 'dark-phone'] });
  },

  'errors': async ({ browser, camera }) => {
    await draw(browser, camera, 'error-404', (page) => page.goto(`${camera.url}archive/allsky-config-backup-20200101-000000.tar.gz`));
    await draw(browser, camera, 'no-script', null, { looks: ['light-desk'], script: false });
    for (const name of ['upload', 'create']) {
      await draw(browser, camera, `no-script-${name}`, (page) => page.click(`#ab-${name}`), { looks: ['light-desk', 'light-phone'], script: false });
    }
    mkdirSync(camera.backups, { recursive: true });
    renameSync(camera.backups, `${camera.backups}-away`);
    writeFileSync(camera.backups, '');
    await draw(browser, camera, 'page-error', null, { looks: ['light-desk', 'dark-phone'] });
    rmSync(camera.backups);
    renameSync(`${camera.backups}-away`, camera.backups);
  },

  'the program is away': async ({ browser, camera }) => {
    const { port } = camera;
    await draw(browser, camera, 'page-away', async (page) => {
      await camera.stop();
      await page.locator('.ab-line').waitFor();
    }, { looks: ['light-desk'] });
    await camera.serve(port);
    await draw(browser, camera, 'page-away', async (page) => {
      await camera.stop();
      await page.locator('.ab-line').waitFor();
    }, { looks: ['dark-phone'] });
    await camera.serve(port);
  },
};
