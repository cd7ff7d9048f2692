// Beside indi-allsky: its login leads in, its words are used, and its logout closes the page.
import assert from 'node:assert/strict';
import { IndiSite } from '../indi_site.mjs';
import { loginLost } from './login-lost.mjs';
import { dialog } from './table.mjs';

export async function open(browser) {
  return { browser, site: await IndiSite.start() };
}

export const close = ({ site }) => site.remove();

async function comeIn(page, site) {
  await page.goto(`${site.url}/indi-allsky/login`);
  await page.fill('[name=USERNAME]', 'admin');
  await page.fill('[name=PASSWORD]', 'secret');
  await page.click('button');
  await page.waitForURL('**/indi-allsky/');
}

/** An administrator on our page; `said` is what its console complains of. */
async function login({ browser, site }, path = '') {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  const page = await context.newPage();
  const said = [];
  page.on('console', (line) => { if (line.type() === 'error') said.push(line.text()); });
  page.on('pageerror', (error) => said.push(error.stack));
  await comeIn(page, site);
  await page.goto(`${site.url}/backups/${path}`);
  return { context, page, said };
}

export const stories = {
  'a visitor who is not logged in is shown the way to indi-allsky\'s own login, and back': async ({ browser, site }) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const answer = await page.goto(`${site.url}/backups/nights`);
    assert.equal(answer.status(), 401);
    assert.equal(await page.locator('a:has-text("Log in to indi-allsky")').getAttribute('href'), '/indi-allsky/login');
    const other = await context.newPage();
    await comeIn(other, site);
    await page.click('a:has-text("back to where I was")');
    await page.waitForSelector('.ab-night');
    assert.equal(await page.locator('a:has-text("Back to indi-allsky")').getAttribute('href'), '/indi-allsky/');
    await context.close();
  },

  'a backup is made, looked into, and its restore is previewed': async (ground) => {
    const { context, page, said } = await login(ground);
    await page.click('#ab-create');
    await dialog(page).locator('#ab-create-start').waitFor();
    assert.match(await dialog(page).innerText(), /Settings and Keys[\s\S]*Database/);
    await dialog(page).locator('input[type=checkbox]').first().check();
    await page.click('#ab-create-start');
    await page.waitForSelector('.ab-table >> text=Verified');
    await page.keyboard.press('Escape');
    await page.goto(await page.locator('.ab-table a[href*="/restore"]').first().evaluate((link) => link.href));
    await page.locator('#ab-restore-preview').waitFor();
    assert.match(await page.innerText('main'), /Settings and Keys[\s\S]*Database/);
    await page.click('#ab-restore-preview');
    await page.locator('#ab-confirm').waitFor();
    assert.deepEqual(said, []);
    await context.close();
  },

  'nothing on its pages is called by the name of the other camera software': async (ground) => {
    const { context, page } = await login(ground);
    const links = await page.locator('.ab-table a').evaluateAll((all) => all.map((link) => new URL(link.href).pathname));
    const archive = links.filter((path) => path.includes('/archive/'));
    const all = new Set(['/backups/', '/backups/create', '/backups/create?type=images', '/backups/upload', '/backups/nights',
      '/backups/nights/calibration', '/backups/nights/dry-run', '/backups/mail', '/backups/archive/nothing', ...archive]);
    assert.ok(archive.some((path) => path.endsWith('/restore')), 'there is a backup to look at');
    for (const path of all) {
      await page.goto(`${ground.site.url}${path}`);
      const text = (await page.innerText('main')).replaceAll(/indi-allsky|Allsky Backups|allsky-backups|allskybackups|allsky-(config|images)-backup\S*|\S*\/\S*/g, '');
      const odd = /[^.\n]*\bAllsky\b[^.\n]*|[^.\n]*the panel[^.\n]*/i.exec(text);
      assert.equal(odd?.[0], undefined, path);
    }
    await context.close();
  },

  'a logout elsewhere closes the page within ten seconds and leads back': async (ground) => {
    const { context, page } = await login(ground);
    await page.waitForSelector('#ab-board');
    const other = await context.newPage();
    await other.goto(`${ground.site.url}/indi-allsky/logout`);
    await page.waitForSelector('text=Your session ended', { timeout: 20_000 });
    assert.equal(await page.locator('#ab-board').count(), 0);
    assert.equal(await page.locator('.ab-error a').innerText(), 'Log in to indi-allsky');
    assert.equal(await page.locator('.ab-error a').getAttribute('href'), '/indi-allsky/login');
    await context.close();
  },

  'a login that is lost during an upload is told, and after the next one it goes on': async (ground) => {
    const { site } = ground;
    const { context, page } = await login(ground);
    const other = await context.newPage();
    await loginLost({
      page, site, panel: 'indi-allsky', logout: () => other.goto(`${site.url}/indi-allsky/logout`), login: () => comeIn(other, site),
    });
    await context.close();
  },
};
