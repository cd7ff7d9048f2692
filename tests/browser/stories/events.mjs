import assert from 'node:assert/strict';
import { listen, until } from '../ground.mjs';
import { book } from './table.mjs';

export const { open, close } = book(['--nights', '1', '--frames', '5']);

const ids = (heard) => heard.events.filter((event) => event.id !== null).map((event) => event.id);
const over = (heard, job) => heard.events.some(({ kind, data }) => kind === 'job' && data.job === job && data.what.event === 'state' && !['queued', 'running'].includes(data.what.state));

async function verifyAll(camera) {
  return (await (await camera.post('api/verify')).json()).job;
}

export const stories = {
  'whoever comes back with the last id hears the rest, once and in order': async ({ camera }) => {
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

  'ten tabs share one line and all show the same': async ({ context, camera }) => {
    const tabs = [];
    for (let count = 0; count < 10; count += 1) {
      const tab = await context.newPage();
      await tab.goto(camera.url);
      tabs.push(tab);
    }
    const name = await camera.create({ type: 'config', sections: [] });
    await Promise.all(tabs.map((tab) => tab.locator(`tr[data-archive="${name}"]`).waitFor({ timeout: 10_000 })));
    // The first tab closes; the others go on hearing.
    await tabs.shift().close();
    const second = await camera.create({ type: 'config', sections: [] });
    await Promise.all(tabs.map((tab) => tab.locator(`tr[data-archive="${second}"]`).waitFor({ timeout: 10_000 })));
    await Promise.all(tabs.map((tab) => tab.close()));
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
