// Inside a panel: the Backups tab is ours, looks like the panel, and closes with its login.
import assert from 'node:assert/strict';
import { PanelSite } from '../panel_site.mjs';
import { loginLost } from './login-lost.mjs';

const PANE = '#as-system-backups';
const TAB = `a[href="${PANE}"]`;

export async function open(browser) {
  return { browser, site: await PanelSite.start() };
}

export const close = ({ site }) => site.remove();

async function comeIn(page, site) {
  await page.goto(`${site.url}/index.php?page=login`);
  await page.fill('[name=username]', 'admin');
  await page.fill('[name=password]', 'secret');
  await page.click('button');
  await page.waitForURL('**page=system');
}

/** A logged-in browser on the System page; `said` is what its console complains of. */
async function login({ browser, site }, query = '', size = { width: 1200, height: 800 }) {
  const context = await browser.newContext({ viewport: size });
  const page = await context.newPage();
  const said = [];
  page.on('console', (line) => { if (line.type() === 'error') said.push(line.text()); });
  page.on('pageerror', (error) => said.push(error.stack));
  await comeIn(page, site);
  if (query) await page.goto(`${site.url}/index.php?page=system${query}`);
  return { context, page, said };
}

export const stories = {
  'the tab shows our page in place of the built-in one, and a backup is made there': async (ground) => {
    const { context, page, said } = await login(ground);
    await page.click(TAB);
    await page.waitForSelector(`${PANE} .allsky-backups #ab-board`);
    assert.equal(await page.locator('#as-config-backup-create').count(), 0);
    assert.equal(await page.evaluate(() => document.body.dataset.builtIn), undefined);
    await page.click('#ab-create');
    await page.click('dialog[open] #ab-create-start');
    await page.waitForSelector(`${PANE} .ab-table >> text=Verified`);
    assert.match(await page.locator(`${PANE} #ab-archives`).innerText(), /Config Backups \(1\)/);
    assert.deepEqual(said, []);
    await context.close();
  },

  'a dark panel that does not tell its colours leaves no text unreadable': async (ground) => {
    const { context, page } = await login(ground);
    await page.click(TAB);
    await page.waitForSelector(`${PANE} .allsky-backups #ab-board`);
    const faint = await page.evaluate((pane) => {
      document.querySelectorAll('link[href$="panel.css"]').forEach((link) => { if (!link.href.includes('/backups/')) link.remove(); });
      document.body.className = 'dark';
      const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
      const light = (colour) => {
        const [red, green, blue] = colour.map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      };
      const behind = (element) => {
        if (!element || element === document.body) return [39, 39, 39];
        const colour = parts(getComputedStyle(element).backgroundColor);
        return (colour[3] ?? 1) > 0.9 ? colour : behind(element.parentElement);
      };
      const isText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
      const texts = [...document.querySelectorAll(`${pane} .allsky-backups *`)].filter((element) => isText(element) && element.checkVisibility() && !element.closest('.sr-only'));
      const contrast = (element) => {
        const [one, other] = [light(parts(getComputedStyle(element).color)), light(behind(element))];
        return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      };
      return [texts.length, texts.filter((element) => contrast(element) < 4.5).map((element) => `${contrast(element).toFixed(1)} ${element.textContent.trim()}`)];
    }, PANE);
    assert.ok(faint[0] > 10, 'there is text to look at');
    assert.deepEqual(faint[1], []);
    await context.close();
  },

  'a press before the page can answer waits for it, and does not lead out of the panel': async (ground) => {
    const { context, page } = await login(ground);
    let send;
    const held = new Promise((done) => { send = done; });
    await page.route(/\/main\.js/, async (route) => { await held; await route.continue(); });
    await page.click(TAB);
    await page.waitForSelector(`${PANE} .allsky-backups #ab-board`);
    const before = page.url();
    await page.click('#ab-create', { force: true });
    assert.equal(page.url(), before);
    send();
    await page.click('#ab-create');
    await page.waitForSelector('dialog[open] #ab-create-start');
    await context.close();
  },

  'it follows the panel from light to dark at once': async (ground) => {
    const { context, page } = await login(ground, '#as-system-backups');
    await page.waitForSelector(`${PANE} .allsky-backups #ab-board`);
    const look = () => page.evaluate((pane) => {
      const at = document.querySelector(`${pane} .ab-page`);
      return { text: getComputedStyle(at).color, card: getComputedStyle(at).backgroundColor };
    }, PANE);
    const light = await look();
    await page.click('#theme');
    const dark = await look();
    assert.deepEqual(light, { text: 'rgb(46, 60, 77)', card: 'rgb(255, 255, 255)' });
    assert.deepEqual(dark, { text: 'rgb(255, 255, 255)', card: 'rgb(31, 41, 55)' });
    await context.close();
  },

  'the tab opens by its address, and nothing hangs over the edge of a phone': async (ground) => {
    const { context, page } = await login(ground, '#as-system-backups', { width: 390, height: 844 });
    await page.waitForSelector(`${PANE} .allsky-backups #ab-board`);
    const [wide, over] = await page.evaluate((pane) => {
      const edge = document.querySelector(pane).getBoundingClientRect().right + 1;
      const all = [...document.querySelectorAll(`${pane} button, ${pane} a, ${pane} .ab-verdict, ${pane} tbody td`)];
      const over = all.filter((one) => one.getClientRects().length && one.getBoundingClientRect().right > edge);
      return [document.documentElement.scrollWidth, over.map((one) => one.outerHTML.slice(0, 80))];
    }, PANE);
    assert.deepEqual(over, []);
    assert.ok(wide <= 390, String(wide));
    await context.close();
  },

  'a panel that has no Backups tab gets one': async (ground) => {
    const { context, page, said } = await login(ground, '&old=1');
    await page.click(TAB);
    await page.waitForSelector(`${PANE} .allsky-backups #ab-board`);
    assert.equal(await page.locator('.nav-tabs > li.active').innerText(), 'Backups');
    assert.deepEqual(said, []);
    await context.close();
  },

  'while the service is down the panel\'s own tab stays away, and ours says what to do': async (ground) => {
    const { site } = ground;
    await site.stopService();
    const { context, page } = await login(ground, '#as-system-backups');
    await page.waitForSelector(`${PANE} >> text=Allsky Backups does not run`);
    assert.match(await page.locator(`${PANE} pre`).innerText(), /systemctl restart allsky-backups/);
    assert.equal(await page.locator('#as-config-backup-create').count(), 0);
    site.startService();
    await page.locator(`${PANE} button:has-text("Try again")`).waitFor();
    for (let turn = 0; turn < 50 && !(await page.locator(`${PANE} #ab-board`).count()); turn += 1) {
      await page.locator(`${PANE} button:has-text("Try again")`).click({ timeout: 1000 }).catch(() => {});
      await page.waitForSelector(`${PANE} #ab-board`, { timeout: 1000 }).catch(() => {});
    }
    assert.equal(await page.locator(`${PANE} #ab-board`).count(), 1);
    await context.close();
  },

  'a name that is not ours is told, with where to write it': async (ground) => {
    const { context, page } = await login(ground);
    await page.route('**/backups/embed.js*', (route) => route.fulfill({ status: 421, body: '{}' }));
    await page.goto(`${ground.site.url}/index.php?page=system#as-system-backups`);
    await page.reload();
    await page.waitForSelector(`${PANE} >> text=not a name that this machine knows`);
    assert.match(await page.locator(`${PANE} pre`).innerText(), /config\.toml/);
    await context.close();
  },

  'a logout elsewhere closes the page within ten seconds and leads back': async (ground) => {
    const { context, page } = await login(ground, '#as-system-backups');
    await page.waitForSelector(`${PANE} .allsky-backups #ab-board`);
    const other = await context.newPage();
    await other.goto(`${ground.site.url}/index.php?page=logout`);
    await page.waitForSelector(`${PANE} >> text=Your session ended`, { timeout: 10_000 });
    assert.equal(await page.locator('#ab-board').count(), 0);
    assert.equal(await page.locator(`${PANE} a:has-text("Log in")`).getAttribute('href'), '/index.php?page=login');
    const answer = await page.goto(`${ground.site.url}/backups/archive/x`);
    assert.equal(answer.status(), 401);
    assert.equal(await page.locator('a:has-text("back to where I was")').getAttribute('href'), '/backups/archive/x');
    await context.close();
  },

  'a login that is lost during an upload is told, and after the next one it goes on': async (ground) => {
    const { site } = ground;
    const { context, page } = await login(ground, '#as-system-backups');
    await page.waitForSelector(`${PANE} .allsky-backups #ab-board`);
    const other = await context.newPage();
    await loginLost({
      page, site, panel: 'the panel', logout: () => other.goto(`${site.url}/index.php?page=logout`), login: () => comeIn(other, site),
    });
    await context.close();
  },

  'nights are shown within the panel, and the way back is the browser\'s own': async (ground) => {
    const { context, page, said } = await login(ground, '#as-system-backups');
    await page.waitForSelector(`${PANE} .allsky-backups #ab-board`);
    const address = page.url();
    await page.click('#ab-to-nights');
    await page.waitForSelector(`${PANE} .allsky-backups .ab-night`);
    assert.equal(page.url(), address);
    await page.locator('.ab-night h4 a').first().click();
    await page.waitForSelector('dialog[open] .ab-night-detail');
    await page.keyboard.press('Escape');
    await page.fill('#ab-stars', '99999');
    await page.waitForSelector(`${PANE} >> text=No night matches your choice`);
    assert.equal(page.url(), address);
    await page.goBack();
    await page.waitForSelector(`${PANE} #ab-archives`);
    await page.click('#ab-create');
    await page.waitForSelector('dialog[open] #ab-create-start');
    assert.deepEqual(said, []);
    await context.close();
  },

  'it stands alone by its own address and knows the way back': async (ground) => {
    const { context, page, said } = await login(ground);
    await page.goto(`${ground.site.url}/backups`);
    await page.waitForSelector('#ab-board');
    assert.equal(new URL(page.url()).pathname, '/backups/');
    await page.click('text=Back to the panel');
    await page.waitForSelector(TAB);
    assert.deepEqual(said, []);
    await context.close();
  },
};
