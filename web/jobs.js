// Jobs and runs in dialogs, banners and pages: the server draws stages and outcome, gauges move in between.
import * as dialogs from './dialogs.js';
import { fragment, url } from './server.js';
import { amounts, percent, size, timeLeft } from './words.js';

const root = document.querySelector('.allsky-backups');
const latest = new Map();
const pending = new Map();

/** Opens the progress of a job, in place of the dialog that ordered it. */
export function show(id, orderedBy) {
  const dialog = orderedBy?.closest('dialog.ab-dialog');
  if (dialog) return dialogs.open(url(`job/${id}`), null, dialog);
  return dialogs.open(url(`job/${id}`), orderedBy?.querySelector('button'));
}

/** Puts bars at the place that the server gave them. */
export function draw(place) {
  for (const bar of place.querySelectorAll('.progress-bar[data-percent]')) bar.style.width = `${bar.dataset.percent}%`;
  for (const gauge of latest.values()) move(gauge);
}

export function happened({ job, what }) {
  // The numbers belong to the stage that is over.
  if (what.event === 'stage' || what.event === 'state') latest.delete(job);
  for (const shown of root.querySelectorAll(`.ab-job[data-job="${job}"], .ab-job[data-run]`)) redrawSoon(shown);
}

export const refreshAll = () => lookAgain(root);

// Lines of a log are told by nobody: what grows is looked at again.
setInterval(() => {
  if (document.hidden) return;
  for (const shown of root.querySelectorAll('.ab-job')) if (shown.querySelector('[data-growing]')) redrawSoon(shown);
}, 2000);

/** What happened while the server's text was on its way was told to nobody. */
export function lookAgain(place) {
  for (const shown of place.querySelectorAll('.ab-job')) redrawSoon(shown);
}

function redrawSoon(shown) {
  const kind = shown.dataset.run ? 'run' : 'job';
  const id = shown.dataset[kind];
  if (pending.has(id)) return;
  pending.set(id, setTimeout(() => { pending.delete(id); redraw(kind, id); }, 60));
}

async function redraw(kind, id) {
  let text;
  try { text = await fragment(url(`${kind}/${id}`)); } catch { return; }
  for (const shown of root.querySelectorAll(`.ab-job[data-${kind}="${id}"]`)) {
    const focused = shown.contains(document.activeElement) ? document.activeElement : null;
    const open = new Map([...shown.querySelectorAll('details[id]')].map((one) => [one.id, one.open]));
    const wasCancel = focused?.id === 'ab-cancel';
    const before = shown.dataset.state;
    const drawn = new DOMParser().parseFromString(text, 'text/html').querySelector('.ab-job');
    if (!drawn || drawn.innerHTML === shown.dataset.drawn) continue;
    shown.innerHTML = drawn.innerHTML;
    shown.dataset.drawn = drawn.innerHTML;
    shown.dataset.state = drawn.dataset.state;
    for (const one of shown.querySelectorAll('details[id]')) if (open.has(one.id)) one.open = open.get(one.id);
    for (const text of shown.querySelectorAll('[data-growing] .ab-log-text')) text.scrollTop = text.scrollHeight;
    if (focused) (shown.querySelector(wasCancel ? '#ab-cancel' : '[data-act=close]') || shown.querySelector('[data-act=close]'))?.focus();
    if (before !== drawn.dataset.state) say(shown.querySelector('.ab-job-state')?.textContent);
    draw(shown);
  }
}

function say(text) {
  const place = document.getElementById('ab-say');
  if (place && text) place.textContent = text.trim();
}

export function gauges(all) {
  latest.clear();
  for (const gauge of all) { latest.set(gauge.job, gauge); move(gauge); }
}

function move(gauge) {
  for (const place of root.querySelectorAll(`[data-gauge="${gauge.job}"]`)) {
    const bar = place.querySelector('.progress-bar');
    const done = gauge.total_bytes ? percent(gauge.done_bytes, gauge.total_bytes) : percent(gauge.done_files, gauge.total_files);
    bar.style.width = `${done ?? 0}%`;
    if (done === null) bar.removeAttribute('aria-valuenow'); else bar.setAttribute('aria-valuenow', done);
    const part = (name, text) => { place.querySelector(`[data-part=${name}]`).textContent = text; };
    part('percent', done === null ? '' : `${done} %`);
    part('bytes', amounts(gauge));
    part('speed', gauge.speed ? `${size(gauge.speed)}/s` : '');
    part('left', gauge.left_s === null ? '' : timeLeft(gauge.left_s));
    part('now', gauge.now);
  }
}
