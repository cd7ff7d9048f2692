import assert from 'node:assert/strict';
import { listen, passage, until } from '../ground.mjs';
import { book } from './table.mjs';

export const { open, close } = book(['--nights', '1', '--frames', '5']);

const ids = (heard) => heard.events.filter((event) => event.id !== null && event.kind === 'job').map((event) => event.id);
const over = (heard, job) => heard.events.some(({ kind, data }) => kind === 'job' && data.job === job && data.what.event === 'state' && !['queued', 'running'].includes(data.what.state));

async function verifyAll(camera) {
  return (await (await camera.post('api/verify')).json()).job;
}

async function tabsOf(context, url, count) {
  const tabs = [];
  while (tabs.length < count) {
    const tab = await context.newPage();
    await tab.goto(url);
    tabs.push(tab);
  }
  return tabs;
}

/** All of them show this archive. */
const all = (tabs, name) => Promise.all(tabs.map((tab) => tab.locator(`tr[data-archive="${name}"]`).waitFor({ timeout: 20_000 })));

export const stories = {
  'a browser that comes back with the last id hears the rest, once and in order': async ({ camera }) => {
    const whole = listen(camera);
    await until('it is connected', () => whole.events.some(({ kind }) => kind === 'hello'));
    await camera.create({ type: 'config' });
    const job = await verifyAll(camera);
    await until('the job is over', () => over(whole, job));
    const all = ids(whole);
    assert.deepEqual(all, [...new Set(all)].sort((a, b) => a - b));
    for (const cut of [all[0], all[Math.floor(all.length / 2)], all.at(-1)]) {
      const rest = listen(camera, { 'Last-Event-ID': String(cut) });
      await until('the rest is here', () => ids(rest).length >= all.length - 1 - all.indexOf(cut));
      assert.deepEqual(ids(rest), all.slice(all.indexOf(cut) + 1));
      rest.close();
    }
    const asked = listen(camera, {}, `?after=${all[0]}`);
    await until('the rest is here', () => ids(asked).length === all.length - 1);
    asked.close();
    whole.close();
  },

  'a listener that drops the line again and again misses nothing': async ({ camera }) => {
    const whole = listen(camera);
    await until('it is connected', () => whole.events.some(({ kind }) => kind === 'hello'));
    let last = whole.events[0].data.newest;
    const heard = [];
    const jobs = [];
    for (let round = 0; round < 8; round += 1) {
      const piece = listen(camera, { 'Last-Event-ID': String(last) });
      jobs.push(await verifyAll(camera));
      await until('something was told', () => ids(piece).length > 0);
      piece.close();
      heard.push(...ids(piece));
      last = heard.at(-1);
    }
    await Promise.all(jobs.map((job) => camera.over(job)));
    await until('all are over', () => jobs.every((job) => over(whole, job)));
    const rest = listen(camera, { 'Last-Event-ID': String(last) });
    const all = ids(whole);
    await until('the rest is here', () => heard.length + ids(rest).length >= all.length);
    assert.deepEqual([...heard, ...ids(rest)], all);
    rest.close();
    whole.close();
  },

  'ten tabs share one line and all show the same': async ({ browser, camera }) => {
    const between = await passage(camera);
    const context = await browser.newContext();
    const tabs = await tabsOf(context, between.url, 10);
    const name = await camera.create({ type: 'config', sections: [] });
    await all(tabs, name);
    assert.equal(between.streams(), 1);
    // The first tab closes; the others go on hearing.
    await tabs.shift().close();
    await all(tabs, await camera.create({ type: 'config', sections: [] }));
    assert.equal(between.streams(), 1);
    // The last one takes the line with it.
    await Promise.all(tabs.map((tab) => tab.close()));
    await until('nobody listens', () => between.streams() === 0);
    await context.close();
    between.close();
  },

  'a browser that cannot share a line holds one for the tab that is looked at': async ({ browser, camera }) => {
    const between = await passage(camera);
    const context = await browser.newContext();
    // Which tab is in front is told by the story: without a screen all of them are.
    await context.addInitScript(() => {
      delete globalThis.SharedWorker;
      Object.defineProperty(document, 'hidden', { get: () => globalThis.isBehind === true });
    });
    const look = (tab, isBehind) => tab.evaluate((value) => { globalThis.isBehind = value; document.dispatchEvent(new Event('visibilitychange')); }, isBehind);
    const tabs = [];
    for (let count = 0; count < 10; count += 1) {
      if (tabs.length) await look(tabs.at(-1), true);
      tabs.push(...await tabsOf(context, between.url, 1));
    }
    await until('one tab listens', () => between.streams() === 1);
    const name = await camera.create({ type: 'config', sections: [] });
    await all([tabs.at(-1)], name);
    // The page that comes to the front shows what was missed, and hears the rest.
    await look(tabs.at(-1), true);
    await look(tabs[0], false);
    await all([tabs[0]], name);
    await all([tabs[0]], await camera.create({ type: 'config', sections: [] }));
    await until('one tab listens', () => between.streams() === 1);
    await context.close();
    between.close();
  },

  'streams end cleanly and at once when the program is told to stop': async ({ camera, page }) => {
    const heard = listen(camera);
    await until('it is connected', () => heard.events.length > 0);
    const took = await camera.stop();
    assert.ok(took < 4000, `${took} ms`);
    assert.equal(heard.ended, 'cleanly');
    await camera.serve(camera.port);
    // An open page finds it again and shows what is new.
    const name = await camera.create({ type: 'config', sections: [] });
    await page.locator(`tr[data-archive="${name}"]`).waitFor({ timeout: 15_000 });
  },
};
