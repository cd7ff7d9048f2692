// The changing part of the page is drawn by the server; only sections that differ are replaced, and
// neither focus nor opened details are lost.
import { fragment, url } from './server.js';
import * as jobs from './jobs.js';

let running = null;
let again = false;
let timer = 0;
let pressed = false;
let waiting = false;

for (const section of document.getElementById('ab-board')?.children || []) section.dataset.drawn = section.innerHTML;

// A button that is drawn anew between press and release would lose its click.
addEventListener('pointerdown', () => { pressed = true; }, true);
for (const end of ['pointerup', 'pointercancel']) {
  addEventListener(end, () => setTimeout(() => {
    pressed = false;
    if (waiting) { waiting = false; refresh(); }
  }), true);
}

/** Fetches the board; calls that come meanwhile cause one more fetch. */
export function refresh() {
  if (running) { again = true; return running; }
  running = once().finally(() => {
    running = null;
    if (again) { again = false; refresh(); }
  });
  return running;
}

/** Soon, once for many events. */
export function refreshSoon() {
  clearTimeout(timer);
  timer = setTimeout(refresh, 120);
}

async function once() {
  const board = document.getElementById('ab-board');
  if (!board) return;
  let text;
  try { text = await fragment(url('board')); } catch { return; }
  const drawn = new DOMParser().parseFromString(text, 'text/html').getElementById('ab-board');
  if (!drawn) return;
  if (pressed) { waiting = true; return; }
  board.dataset.event = drawn.dataset.event;
  for (const section of drawn.children) {
    const here = document.getElementById(section.id);
    if (here && here.dataset.drawn !== section.innerHTML) replace(here, section);
  }
  jobs.draw(board);
}

function replace(here, section) {
  const focused = here.contains(document.activeElement) ? document.activeElement.id : '';
  const opened = [...here.querySelectorAll('details[open][id]')].map((details) => details.id);
  const text = section.innerHTML;
  here.innerHTML = text;
  here.dataset.drawn = text;
  for (const id of opened) document.getElementById(id)?.setAttribute('open', '');
  if (focused) document.getElementById(focused)?.focus();
}
