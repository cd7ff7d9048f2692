// The changing part of the page is drawn by the server; only sections that differ are replaced, and
// neither focus nor opened details are lost.
import { fragment, url } from './server.js';
import * as dialogs from './dialogs.js';
import * as tab from './tab.js';

let running = null;
let again = false;
let timer = 0;
let pressed = false;
let waiting = false;

/** Remembers what the server drew, to see what differs. */
export function begin() {
  for (const section of document.getElementById('ab-board')?.children || []) section.dataset.drawn = section.innerHTML;
}

begin();

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

/** The same board from another address. */
export function show(address) {
  const board = document.getElementById('ab-board');
  board.dataset.address = address;
  return refresh();
}

async function once() {
  const board = document.getElementById('ab-board');
  if (!board) return;
  const address = board.dataset.address;
  let text;
  try { text = await fragment(address || url('board')); } catch { return; }
  // Left, or led elsewhere, while the answer was on its way.
  if (!board.isConnected || board.dataset.address !== address) return;
  const drawn = new DOMParser().parseFromString(text, 'text/html').getElementById('ab-board');
  if (!drawn) return;
  if (pressed) { waiting = true; return; }
  for (const name of ['event', 'tab', 'icon']) if (drawn.dataset[name]) board.dataset[name] = drawn.dataset[name];
  tab.show(board);
  const sections = [...drawn.children];
  for (const here of [...board.children]) if (!sections.some((section) => section.id === here.id)) here.remove();
  // From the last, so that one that is new has its neighbour already.
  let next = null;
  for (const section of sections.reverse()) {
    const here = document.getElementById(section.id);
    if (!here) {
      section.dataset.drawn = section.innerHTML;
      board.insertBefore(section, next);
    } else if (here.dataset.drawn !== section.innerHTML) replace(here, section);
    next = here || section;
  }
  dialogs.drawAll(board);
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
