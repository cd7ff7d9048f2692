// The page of nights with four hundred of them: what is at risk is saved, filters and the calendar lead
// to a night, its owner decides by hand, limits are tried, plans are run, tried and paused.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NightCamera } from '../night_camera.mjs';
import { until } from '../ground.mjs';
import { closeDialogs, dialog, ended, fitsPhone, shut, windowFor } from './table.mjs';

export async function open(browser) {
  const camera = await NightCamera.start();
  const great = (await camera.nights()).filter((item) => item.class === 'FOREVER').slice(-3);
  camera.say('nights', 'save', ...great.map((item) => item.night));
  return windowFor(browser, camera);
}

export const close = shut;

const toNights = ({ page, camera }, query = '') => page.goto(`${camera.url}nights${query}`);
const shown = (page) => page.locator('.ab-night').evaluateAll((all) => all.map((one) => one.dataset.night));
const manifest = (camera, night) => readFileSync(join(camera.drive, 'nights', night, 'manifest.txt'), 'utf8');
const detail = (page) => dialog(page).locator('.ab-night-detail');

async function openNight({ page }, night) {
  await page.locator(`[id="day-${night}"]`).click();
  await detail(page).and(page.locator(`[data-night="${night}"]`)).waitFor();
}

async function chosen(page, text) {
  await until(`the page counts ${text}`, async () => text.test(await page.innerText('#ab-nights-count')));
}

export const stories = {
  'nights at risk come first, and one button brings them to the drive, verified': async (ground) => {
    const { page, camera } = ground;
    await toNights(ground);
    const soon = (await camera.nights()).filter((item) => item.at_risk && item.decision === 'save').map((item) => item.night);
    assert.ok(soon.length > 1, String(soon));
    const risk = page.locator('#ab-nights-risk');
    assert.match(await risk.innerText(), new RegExp(`${soon.length} nights at risk`));
    assert.match(await risk.innerText(), /deleted by the camera on \w{3} \d+ \w{3}/);
    await page.click(`text=Save these ${soon.length} nights`);
    assert.equal(await ended(page), 'success');
    await closeDialogs(page);
    for (const night of soon) {
      assert.match(manifest(camera, night), /^verified=1$/m);
      assert.equal((await camera.night(night)).state, 'verified');
    }
    await until('nothing is at risk any more', async () => (await risk.innerText()) === '');
  },

  'filters work as they are changed, keep their address, and turn pages': async (ground) => {
    const { page, camera } = ground;
    await toNights(ground);
    await chosen(page, /^400 nights$/);
    assert.equal((await shown(page)).length, 24);
    await page.click('#ab-older');
    await until('the next page is shown', async () => /Page 2 of 17/.test(await page.innerText('.ab-paging')));
    await page.fill('#ab-stars', '1000');
    const great = (await camera.nights()).filter((item) => item.avg_stars >= 1000).map((item) => item.night).reverse();
    await chosen(page, new RegExp(`^${great.length} of 400 nights$`));
    assert.deepEqual(await shown(page), great.slice(0, 24));
    assert.equal(new URL(page.url()).search, '?stars=1000');
    await page.reload();
    assert.deepEqual(await shown(page), great.slice(0, 24), 'an address is a choice');
    await page.click('#ab-nights-all');
    await chosen(page, /^400 nights$/);
    await page.selectOption('#ab-show', 'unrated');
    await chosen(page, /^17 of 400/);
    await page.selectOption('#ab-show', 'all');
    await page.selectOption('#ab-month', '12');
    await page.fill('#ab-text', '24 dec');
    await chosen(page, /^1 of 400/);
    assert.deepEqual(await shown(page), ['2025-12-24']);
    assert.equal(await page.locator('.ab-day-faint').count(), (await page.locator('a.ab-day').count()) - 1, 'the others are faint in the calendar');
    const saved = (await (await fetch(`${camera.url}nights?show=saved`, { headers: { Accept: 'application/json' } })).json()).items;
    assert.ok(saved.length > 0 && saved.every((item) => item.state === 'verified'), 'programs may choose, too');
  },

  'pinned nights are found again by the filter, and only they': async (ground) => {
    const { page, camera } = ground;
    const pinned = (await camera.nights()).filter((item) => item.state === 'verified').slice(0, 2).map((item) => item.night);
    assert.equal(pinned.length, 2);
    await toNights(ground, '?show=pinned');
    await chosen(page, /^0 of 400/);
    assert.match(await page.innerText('#ab-nights-gallery'), /No night matches your choice/);
    camera.say('nights', 'pin', pinned[0]);
    await toNights(ground);
    await page.selectOption('#ab-show', 'pinned');
    await chosen(page, /^1 of 400/);
    assert.deepEqual(await shown(page), [pinned[0]]);
    assert.equal(new URL(page.url()).search, '?show=pinned');
    assert.match(await page.innerText('.ab-night'), /Pinned/);
    assert.equal(await page.locator('a.ab-day.ab-day-pinned').count(), 1);
    // What is pinned in one window comes into the other's choice by itself.
    await camera.post(`nights/${pinned[1]}/pin`);
    await chosen(page, /^2 of 400/);
    for (const night of pinned) camera.say('nights', 'unpin', night);
    await toNights(ground, '?show=pinned');
    await chosen(page, /^0 of 400/);
  },

  'the calendar leads to a night, by mouse and by keys': async (ground) => {
    const { page, camera } = ground;
    await toNights(ground, '?year=2026');
    const days = page.locator('a.ab-day');
    const items = new Map((await camera.nights()).map((item) => [item.night, item]));
    for (const [kind, is] of [['ab-s5', (item) => item.avg_stars >= 1000], ['ab-s0', (item) => item.avg_stars === null]]) {
      const found = await page.locator(`a.ab-day.${kind}`).evaluateAll((all) => all.map((day) => day.dataset.day));
      assert.ok(found.length && found.every((night) => is(items.get(night))), kind);
    }
    await openNight(ground, '2026-03-10');
    assert.match(await dialog(page).innerText(), /Night of Tue 10 Mar 2026/);
    await closeDialogs(page);
    await until('focus is back on the day', () => page.evaluate(() => document.activeElement.dataset.day === '2026-03-10'));
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowLeft');
    assert.equal(await page.evaluate(() => document.activeElement.title.slice(0, 15)), 'Mon 16 Mar 2026');
    await page.keyboard.press('Home');
    assert.equal(await page.evaluate(() => document.activeElement.dataset.day), '2026-01-01');
    await page.keyboard.press('Enter');
    await detail(page).waitFor();
    await closeDialogs(page);
    assert.equal(await days.evaluateAll((all) => all.filter((day) => day.tabIndex === 0).length), 1, 'one stop of the Tab key');
    await page.click('#ab-year-2025');
    await until('the other year is shown', async () => /December 2025/.test(await page.innerText('.ab-calendar')));
  },

  'a night shows its course, its reason and its pictures, and is pinned and classed by hand': async (ground) => {
    const { page, camera } = ground;
    const night = (await camera.nights()).find((item) => item.class === 'FOREVER' && item.state === 'verified').night;
    await toNights(ground, `?year=${night.slice(0, 4)}`);
    await openNight(ground, night);
    const text = await detail(page).innerText();
    assert.match(text, /Kept for ever: a great night: [\d.]+ stars on average/);
    assert.match(text, /Verified copy[\s\S]*Drive/);
    assert.match(await dialog(page).locator('.ab-plot').getAttribute('aria-label'), /Stars over the night: from \d+ to \d+/);
    assert.ok((await dialog(page).locator('.ab-plot *').count()) < 400, 'a bounded number of points');
    for (const picture of await dialog(page).locator('.ab-still img').all()) {
      await until('the picture is there', () => picture.evaluate((image) => image.complete && image.naturalWidth > 10));
    }
    await page.click('#ab-night-pin');
    await dialog(page).locator('#ab-night-pin:has-text("Unpin")').waitFor();
    assert.match(manifest(camera, night), /^pinned=1$/m);
    await page.click('#ab-night-rolling');
    await dialog(page).locator('#ab-night-rolling[aria-pressed=true]').waitFor();
    assert.match(manifest(camera, night), /^class=ROLLING$/m);
    assert.match(await detail(page).innerText(), /Kept while there is room: chosen by its owner/);
    assert.equal((await camera.night(night)).class, 'ROLLING');
    await page.click('#ab-night-forever');
    await dialog(page).locator('#ab-night-forever[aria-pressed=true]').waitFor();
    await page.click('#ab-night-verify');
    assert.equal(await ended(page), 'success');
    await closeDialogs(page);
    await page.locator(`[id="day-${night}"].ab-day-pinned.ab-o-verified`).waitFor();
  },

  'limits are tried by dragging, by keys and without a script, and all count the same': async (ground) => {
    const { browser, page, camera } = ground;
    await toNights(ground);
    await page.click('#ab-calibration');
    const sentence = dialog(page).locator('#ab-would-keep');
    await sentence.waitFor();
    const kept = async () => /Would keep (\d+) of 400 nights, about [\d.]+ [kM]B; (\d+) for ever/.exec(await sentence.innerText()).slice(1).map(Number);
    const items = await camera.nights();
    assert.deepEqual(await kept(), [items.filter((item) => item.decision === 'save').length, items.filter((item) => item.avg_stars >= 1000).length]);
    const line = dialog(page).locator('[data-limit=great] .ab-limit-grip');
    const box = await line.boundingBox();
    const before = await kept();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 - 200, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    const value = async (name) => Number(await dialog(page).locator(`#ab-limit-${name}`).inputValue());
    assert.ok(await value('great') < 1000 && await value('primary') <= await value('great'), 'a line pushes the others');
    assert.ok((await kept())[1] > before[1]);
    await dialog(page).locator('#ab-limit-secondary').focus();
    await page.keyboard.press('ArrowLeft');
    const limits = { primary: await value('primary'), secondary: await value('secondary'), great: await value('great'), moon: await value('moon') };
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const still = await plain.newPage();
    await still.goto(`${camera.url}nights/calibration?${new URLSearchParams(limits)}`);
    assert.equal(await still.innerText('#ab-would-keep'), await sentence.innerText());
    assert.equal(await still.locator('button:has-text("Count")').count(), 1);
    await plain.close();
    await page.click('#ab-limit-use');
    await page.locator('#ab-wishes').waitFor();
    assert.equal(Number(await page.inputValue('#ab-key-nights-great_night_min_avg_stars')), limits.great);
    assert.equal(Number(await page.inputValue('#ab-key-nights-min_avg_stars_secondary')), limits.secondary);
    assert.match(await page.innerText('[data-key="nights.great_night_min_avg_stars"]'), /In the file: 1000\./);
    await page.click('.ab-settings-form button[type=submit]');
    await page.locator('.ab-diff').waitFor();
    assert.match(await page.innerText('.ab-diff'), new RegExp(`\\+ great_night_min_avg_stars = ${limits.great}`));
  },

  'a dry run and the preview say what would be done, and do nothing': async (ground) => {
    const { page, camera } = ground;
    await toNights(ground);
    const before = await camera.nights();
    await page.click('#ab-dry-run');
    const would = camera.say('run', 'nights', '--dry-run').would_save;
    await dialog(page).locator('.ab-dry-run').waitFor();
    assert.match(await dialog(page).innerText(), new RegExp(`Would save: ${would.length} nights`));
    assert.match(await dialog(page).innerText(), /Nothing was changed/);
    await closeDialogs(page);
    await page.click('#ab-preview');
    await dialog(page).locator('.ab-preview').waitFor();
    assert.match(await dialog(page).innerText(), /Stays, and why[\s\S]*kept for ever/);
    await closeDialogs(page);
    const told = await (await fetch(`${camera.url}nights/preview`, { headers: { Accept: 'application/json' } })).json();
    const terminal = camera.say('prune', '--plan', 'nights', '--dry-run');
    assert.deepEqual(told.plan.lines, terminal.plan.lines, 'the same plan as in the terminal');
    assert.deepEqual(await camera.nights(), before);
    assert.ok(existsSync(join(camera.drive, 'nights')));
  },

  'the plan is paused and resumed, on the page of nights and on that of backups': async (ground) => {
    const { page, camera } = ground;
    await toNights(ground);
    const plan = page.locator('[data-plan=nights]');
    assert.match(await plan.innerText(), /Next run\s+tomorrow 11:30/);
    await plan.locator('text=Pause').click();
    await until('it is paused', async () => /Paused[\s\S]*none: paused by its owner/.test(await plan.innerText()));
    assert.equal(camera.say('schedule').items[0].paused, true);
    await page.goto(camera.url);
    await plan.locator('text=Resume').click();
    await until('it goes on', async () => /tomorrow 11:30/.test(await plan.innerText()));
    assert.equal(camera.say('schedule').items[0].paused, false);
    await plan.locator('text=History').click();
    assert.match(await plan.innerText(), /Save nights/);
    await page.click('#ab-to-nights');
    await page.locator('.ab-calendar').first().waitFor();
  },

  'everything works without a script': async ({ browser, camera }) => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    const night = (await camera.nights()).findLast((item) => item.state === 'measured').night;
    await page.goto(`${camera.url}nights?year=${night.slice(0, 4)}`);
    await page.selectOption('#ab-show', 'skipped');
    await page.fill('#ab-stars', '300');
    await page.click('text=Filter');
    assert.match(await page.innerText('#ab-nights-count'), /of 400 nights/);
    await page.click(`[id="day-${night}"]`);
    await page.click('#ab-night-pin');
    assert.equal(new URL(page.url()).pathname, `/nights/${night}`);
    assert.match(await page.innerText('main'), /Pinned/);
    await page.click('#ab-night-save');
    await until('the page of the job says so', async () => /Success/.test(await page.innerText('main')));
    assert.match(manifest(camera, night), /^pinned=1$/m);
    await page.goto(`${camera.url}nights`);
    await page.click('#ab-plan-switch');
    assert.match(await page.innerText('[data-plan=nights]'), /Paused/);
    await page.click('#ab-plan-switch');
    await page.goto(`${camera.url}create?type=images`);
    await page.locator('label.ab-day').first().click();
    assert.equal(await page.locator('input[name=folder]:checked').count(), 1, 'a day turns the switch of its folder');
    await context.close();
  },

  'the calendar chooses the nights of an images backup': async ({ page, camera }) => {
    await page.goto(camera.url);
    await page.click('#ab-create');
    await page.click('#ab-tile-images');
    await dialog(page).locator('.ab-chooser').waitFor();
    const days = dialog(page).locator('label.ab-day.ab-s5');
    await days.nth(0).click();
    await days.nth(1).click();
    assert.equal(await dialog(page).locator('#ab-all').isChecked(), false);
    assert.equal(await dialog(page).locator('input[name=folder]:checked').count(), 2);
    assert.equal(await dialog(page).locator('label.ab-day-chosen').count(), 2);
    await until('sizes are known', async () => !/measuring/.test(await dialog(page).locator('[data-part=total]').innerText()));
    await page.click('#ab-create-start');
    assert.equal(await ended(page), 'success');
    await closeDialogs(page);
  },

  'on a phone nothing is cut off, and every control has a name': async ({ browser, camera }) => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const page = await context.newPage();
    await page.goto(`${camera.url}nights`);
    await page.locator('.ab-night').first().waitFor();
    await fitsPhone(page, 'the page');
    for (const opener of ['.ab-night h4 a', '#ab-calibration', '#ab-preview', '#ab-dry-run']) {
      await page.locator(opener).first().click();
      await dialog(page).locator('.modal-footer').waitFor();
      await fitsPhone(page, opener);
      await closeDialogs(page);
    }
    await context.close();
  },
};
