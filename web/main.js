// Makes the page live: dialogs instead of pages, forms that stay, news as it happens.
import { attach } from './stream.js';
import * as board from './board.js';
import * as dialogs from './dialogs.js';
import * as jobs from './jobs.js';
import * as upload from './upload.js';
import * as copy from './copy.js';
import * as create from './create.js';
import * as tree from './tree.js';
import * as restore from './restore.js';
import * as nights from './nights.js';
import * as calibration from './calibration.js';
import * as rooms from './rooms.js';
import * as dashboard from './dashboard.js';
import './session.js';
import { sendForm } from './server.js';

const root = document.querySelector('.allsky-backups');

document.addEventListener('click', (event) => {
  const link = event.target.closest('a, button');
  if (!link || !root.contains(link) || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (link.dataset.act === 'close' && dialogs.closeAround(link)) event.preventDefault();
  else if (link.dataset.swap === 'dialog' && dialogs.swap(link)) event.preventDefault();
  else if (link.dataset.dialog && root.querySelector('#ab-board')) { event.preventDefault(); dialogs.open(link.href, link); }
  else if (link.dataset.room !== undefined) { if (rooms.follow(link)) event.preventDefault(); }
  else if (link.dataset.filterPage || link.dataset.filterYear || link.dataset.filterAll !== undefined) { event.preventDefault(); nights.turn(link); }
  else if (link.dataset.copy) { event.preventDefault(); copy.press(link); }
  else if (link.dataset.tree !== undefined) { event.preventDefault(); tree.toggle(link); }
  else if (link.dataset.more !== undefined) { event.preventDefault(); tree.more(link); }
  else if (link.dataset.open === 'picture') { event.preventDefault(); tree.showPicture(link); }
});

document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!root.contains(form)) return;
  if (form.dataset.search !== undefined) { event.preventDefault(); tree.search(form); return; }
  if (form.dataset.upload !== undefined) { event.preventDefault(); upload.start(form); return; }
  if (form.dataset.filter === 'dashboard') { event.preventDefault(); dashboard.filter(form); return; }
  if (form.dataset.filter !== undefined) { event.preventDefault(); nights.filter(); return; }
  if (!['job', 'mark'].includes(form.dataset.send) || !root.querySelector('#ab-board')) return;
  event.preventDefault();
  const buttons = form.querySelectorAll('button');
  buttons.forEach((button) => { button.disabled = true; });
  try {
    const told = await sendForm(form);
    await board.refresh();
    if (form.dataset.send === 'mark') { const dialog = form.closest('dialog.ab-dialog'); if (dialog) await dialogs.again(dialog); return; }
    // A cancelled job stays in view until it says that it is over.
    if (told.cancelled === undefined) jobs.show(told.job, form);
  } catch (error) {
    dialogs.complain(error, form);
  } finally {
    buttons.forEach((button) => { button.disabled = false; });
  }
});

document.addEventListener('input', (event) => {
  const form = event.target.closest('form');
  if (form?.dataset.search !== undefined) tree.searchSoon(form);
  if (form?.dataset.create !== undefined) create.chosen(form, event.target);
  if (form?.dataset.filter === 'dashboard') dashboard.filter(form); else if (form?.dataset.filter !== undefined) nights.filterSoon();
});

document.addEventListener('keydown', nights.key);

dialogs.whenDrawn((place) => {
  copy.draw(place);
  jobs.draw(place);
  jobs.lookAgain(place);
  create.draw(place);
  upload.draw(place);
  restore.draw(place);
  nights.draw(place);
  calibration.draw(place);
});
jobs.draw(root);
create.draw(root);
restore.draw(root);
nights.draw(root);
calibration.draw(root);
upload.watchDrops(root);

if (root.querySelector('#ab-board')) {
  attach({
    // A new line, or a new listener on it: whatever was missed is in the page that the server draws now.
    open: () => { board.refresh(); jobs.refreshAll(); },
    lost: () => board.refresh(),
    job: (event) => { board.refreshSoon(); jobs.happened(event); },
    gauges: (gauges) => jobs.gauges(gauges),
    news: ({ what }) => { if (what.what === 'sizes') create.measured(); if (what.event !== 'look' || root.querySelector('#ab-board')?.dataset.address) board.refreshSoon(); },
  }, root.querySelector('#ab-board').dataset.event);
} else if (root.querySelector('.ab-job')) {
  attach({
    open: () => jobs.refreshAll(),
    lost: () => jobs.refreshAll(),
    job: (event) => jobs.happened(event),
    gauges: (gauges) => jobs.gauges(gauges),
  });
} else if (root.querySelector('form[data-create]')) {
  attach({ open: () => {}, job: () => {}, gauges: () => {}, news: ({ what }) => { if (what.what === 'sizes') create.measured(); } });
}
