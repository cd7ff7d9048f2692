// The file tree of Advanced. A mark stands on a file or a folder; the nearest mark above a file
// decides. So a hundred thousand files are one mark, and what is sent is as long as what was pressed.
import { alertOf } from './dialogs.js';
import { fragment } from './server.js';
import { count, counted, size } from './words.js';

const trees = new WeakMap();

const treeOf = (restore) => restore.querySelector('#ab-advanced');

function state(restore) {
  if (!trees.has(restore)) {
    const { files, bytes } = treeOf(restore).dataset;
    // '' is everything; nothing is chosen at first.
    trees.set(restore, { marks: new Map(), all: false, files: Number(files), bytes: Number(bytes), asked: 0, timer: 0 });
  }
  return trees.get(restore);
}

const above = (path) => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '');

/** The mark that decides over `path`, its own included. */
function decided(tree, path) {
  for (let at = path; at; at = above(at)) {
    const mark = tree.marks.get(at);
    if (mark) return mark.on;
  }
  return tree.all;
}

const decidedAbove = (tree, path) => (above(path) ? decided(tree, above(path)) : tree.all);

/** Folders that hold a mark which says otherwise. */
function mixed(tree) {
  const folders = new Set();
  for (const [path, mark] of tree.marks) {
    if (mark.on === decidedAbove(tree, path)) continue;
    for (let at = above(path); at; at = above(at)) folders.add(at);
  }
  return folders;
}

function redraw(restore) {
  const tree = state(restore);
  const half = mixed(tree);
  for (const box of treeOf(restore).querySelectorAll('input[data-path]')) {
    const { path } = box.dataset;
    box.indeterminate = half.has(path);
    box.checked = decided(tree, path);
  }
}

export async function open(restore) {
  const place = restore.querySelector('.ab-pick-tree');
  if (!place.firstElementChild) await load(restore, treeOf(restore).dataset.tree, place, (text) => { place.innerHTML = text; });
}

export function takes(restore, path) { return decided(state(restore), path); }

export function mark(restore, box) {
  const tree = state(restore);
  const { path } = box.dataset;
  const on = box.checked;
  const below = `${path}/`;
  for (const other of tree.marks.keys()) if (other.startsWith(below)) tree.marks.delete(other);
  tree.marks.delete(path);
  if (decidedAbove(tree, path) !== on) {
    tree.marks.set(path, { on, json: box.dataset.json, files: Number(box.dataset.files), bytes: Number(box.dataset.bytes) });
  }
  redraw(restore);
}

export function markAll(restore, on) {
  const tree = state(restore);
  tree.marks.clear();
  tree.all = on;
  redraw(restore);
}

/** What the server is sent: names that are taken, and names that are left out again. */
export function chosen(restore) {
  const tree = state(restore);
  const files = [];
  const except = [];
  for (const one of tree.marks.values()) (one.on ? files : except).push(JSON.parse(one.json));
  const made = {};
  if (!tree.all) made.files = files;
  // With everything taken, single names below one that is left out come back as names of their own.
  else if (files.length) made.files = files;
  if (except.length) made.except = except;
  if (tree.all && files.length) made.everything = true;
  return made;
}

export function summary(restore) {
  const tree = state(restore);
  let [files, bytes] = tree.all ? [tree.files, tree.bytes] : [0, 0];
  for (const [path, one] of tree.marks) {
    if (one.on === decidedAbove(tree, path)) continue;
    const sign = one.on ? 1 : -1;
    files += sign * one.files;
    bytes += sign * one.bytes;
  }
  return `Selected: ${counted(files, 'file')} of ${count(tree.files)} (${size(bytes)})`;
}

export async function fold(restore, button) {
  const item = button.closest('li');
  const below = item.querySelector(':scope > ul');
  const isOpen = button.getAttribute('aria-expanded') === 'true';
  button.setAttribute('aria-expanded', String(!isOpen));
  if (below) { below.hidden = isOpen; return; }
  await load(restore, button.dataset.pickTree, item, (text) => item.insertAdjacentHTML('beforeend', text));
}

/** Replaces "Show more" by what comes next. */
export async function more(restore, button) {
  const item = button.closest('li');
  const list = item.parentElement;
  const before = item.previousElementSibling;
  await load(restore, button.dataset.pickMore, item, (text) => {
    item.remove();
    list.insertAdjacentHTML('beforeend', text);
    (before ? before.nextElementSibling : list.firstElementChild)?.querySelector('input')?.focus();
  });
}

async function load(restore, address, place, put) {
  place.setAttribute('aria-busy', 'true');
  try {
    put(await fragment(address));
    redraw(restore);
  } catch (error) {
    place.append(alertOf(error));
  }
  place.removeAttribute('aria-busy');
}

async function search(restore, text) {
  const tree = state(restore);
  const found = restore.querySelector('.ab-pick-found');
  const mine = ++tree.asked;
  found.hidden = !text;
  restore.querySelector('.ab-pick-tree').hidden = Boolean(text);
  if (!text) { found.replaceChildren(); redraw(restore); return; }
  try {
    const drawn = await fragment(`${treeOf(restore).dataset.find}?q=${encodeURIComponent(text)}`);
    // A slow answer to an older question must not replace a newer one.
    if (mine === tree.asked) { found.innerHTML = drawn; redraw(restore); }
  } catch (error) {
    if (mine === tree.asked) found.replaceChildren(alertOf(error));
  }
}

document.addEventListener('input', (event) => {
  if (event.target.id !== 'ab-pick-q') return;
  const restore = event.target.closest('.ab-restore');
  const tree = state(restore);
  clearTimeout(tree.timer);
  tree.timer = setTimeout(() => search(restore, event.target.value.trim()), 250);
});

// Enter in the search box searches, it does not go on to the preview.
document.addEventListener('keydown', (event) => {
  if (event.target.id === 'ab-pick-q' && event.key === 'Enter') event.preventDefault();
});
