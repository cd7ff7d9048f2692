// Pages as dialogs. The server draws the inside; Escape and Close leave, focus goes back to where it
// came from.
import { fragment } from './server.js';

const root = document.querySelector('.allsky-backups');
const drawn = [];

/** `draw(place)` is called whenever a dialog got new content. */
export function whenDrawn(draw) { drawn.push(draw); }

/** The same for a part of the page. */
export function drawAll(place) { for (const draw of drawn) draw(place); }

export function top() {
  const open = root.querySelectorAll('dialog.ab-dialog[open]');
  return open[open.length - 1] || null;
}

export async function open(address, opener, replacing) {
  const dialog = replacing || make(opener);
  try {
    fill(dialog, address, await fragment(address));
  } catch (error) {
    fill(dialog, address, complaint(error));
  }
  // Closed while the answer was on its way.
  if (!dialog.isConnected) return dialog;
  if (!dialog.open) dialog.showModal();
  focusInside(dialog);
  return dialog;
}

function make(opener) {
  const dialog = document.createElement('dialog');
  dialog.className = 'ab-dialog';
  dialog.innerHTML = '<div class="modal-content"></div>';
  root.append(dialog);
  const back = opener?.id;
  dialog.addEventListener('close', () => {
    dialog.remove();
    // The button may have been drawn anew meanwhile; one inside a dialog that closed is gone.
    const target = (back && document.getElementById(back)) || (opener?.isConnected ? opener : null) || document.getElementById('ab-create');
    target?.focus();
  });
  // A press on the dark surroundings, begun and ended there.
  let outside = false;
  dialog.addEventListener('mousedown', (event) => { outside = event.target === dialog; });
  dialog.addEventListener('click', (event) => { if (outside && event.target === dialog && !dialog.dataset.keep) dialog.close(); });
  dialog.addEventListener('cancel', (event) => { if (dialog.dataset.keep) event.preventDefault(); });
  return dialog;
}

/** Puts the server's text into the dialog and names it by its heading. */
export function fill(dialog, address, text) {
  const content = dialog.querySelector('.modal-content');
  content.innerHTML = text;
  dialog.dataset.address = address;
  dialog.dataset.kind = content.firstElementChild?.className.split(' ')[0] || '';
  const heading = content.querySelector('.modal-title');
  if (heading) { heading.id ||= `ab-title-${Math.random().toString(36).slice(2)}`; dialog.setAttribute('aria-labelledby', heading.id); }
  drawAll(content);
}

function focusInside(dialog) {
  const target = dialog.querySelector('[autofocus]') || dialog.querySelector('.modal-title');
  if (target && !target.matches('a, button, input')) target.tabIndex = -1;
  target?.focus();
}

/** Loads another page into the dialog around `link`; false when there is none. */
export function swap(link) {
  const dialog = link.closest('dialog.ab-dialog');
  if (dialog) open(link.href, null, dialog).then(() => document.getElementById(link.id)?.focus());
  return Boolean(dialog);
}

export function closeAround(element) {
  const dialog = element.closest('dialog.ab-dialog');
  if (dialog) dialog.close();
  return Boolean(dialog);
}

/** Draws an open dialog anew, focus where it was. */
export async function again(dialog) {
  const focused = document.activeElement?.id;
  fill(dialog, dialog.dataset.address, await fragment(dialog.dataset.address));
  (focused && dialog.querySelector(`[id="${focused}"]:not(:disabled)`) || dialog.querySelector('[data-act=close]'))?.focus();
}

/** Shows why something was not done, in the dialog around `element` or in one of its own. */
export function complain(error, element) {
  const body = element?.closest('dialog.ab-dialog')?.querySelector('.modal-body');
  if (!body) {
    const dialog = make(element?.querySelector('button') || element);
    fill(dialog, '', complaint(error));
    dialog.showModal();
    return;
  }
  body.querySelector('.ab-complaint')?.remove();
  const alert = alertOf(error);
  body.prepend(alert);
  alert.scrollIntoView({ block: 'nearest' });
}

export function alertOf(error) {
  const alert = document.createElement('div');
  alert.className = 'alert alert-danger ab-complaint';
  alert.setAttribute('role', 'alert');
  const what = document.createElement('strong');
  what.textContent = `${error.message}.`;
  alert.append(what, ` ${error.advice || ''}`);
  return alert;
}

function complaint(error) {
  return `<div class="modal-header"><h4 class="modal-title">That did not work</h4></div>
    <div class="modal-body">${alertOf(error).outerHTML}</div>
    <div class="modal-footer"><button type="button" class="btn btn-default" data-act="close">Close</button></div>`;
}
