// Upload by button and by drop, with true progress. The server checks while the bytes come in and may
// refuse long before the end. A line that breaks is waited for.
import * as board from './board.js';
import * as dialogs from './dialogs.js';
import * as jobs from './jobs.js';
import { Sending } from './pieces.js';
import { url } from './server.js';
import { percent, size, timeLeft } from './words.js';

/** Shows the name of the chosen file. */
export function draw(place) {
  const input = place.querySelector('form[data-upload] input[type=file]');
  input?.addEventListener('change', () => name(input.form, input.files[0]));
}

function name(form, file) {
  form.querySelector('[data-part=chosen]').textContent = file ? `${file.name} (${size(file.size)})` : 'Choose a file';
}

/** A file dropped anywhere on the page opens the dialog and goes. */
export function watchDrops(root) {
  // On the page of backups alone, which may come and go within the camera's panel.
  const curtain = () => root.querySelector('.ab-drop');
  const carries = (event) => curtain() && [...(event.dataTransfer?.types || [])].includes('Files');
  let depth = 0;
  const show = (on) => { if (!on) depth = 0; curtain().classList.toggle('ab-drop-on', on); };
  document.addEventListener('dragenter', (event) => { if (carries(event)) { depth += 1; show(true); } });
  document.addEventListener('dragleave', (event) => { if (carries(event)) { depth -= 1; if (depth <= 0) show(false); } });
  document.addEventListener('dragover', (event) => { if (carries(event)) event.preventDefault(); });
  document.addEventListener('drop', async (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    show(false);
    const [file] = event.dataTransfer.files;
    if (!file) return;
    const opener = document.getElementById('ab-upload');
    const open = dialogs.top();
    const dialog = open?.querySelector('form[data-upload]') ? open : await dialogs.open(url('upload'), opener);
    const form = dialog.querySelector('form[data-upload]');
    if (form.dataset.sending) return;
    name(form, file);
    start(form, file);
  });
}

export function start(form, dropped) {
  const file = dropped || form.querySelector('input[type=file]').files[0];
  if (!file || form.dataset.sending) return;
  const dialog = form.closest('dialog');
  form.querySelector('.ab-upload-error').hidden = true;
  busy(form, true);
  // Speed is of what goes through now: what came before a cut, or before this page, does not count.
  const since = { at: performance.now(), sent: null };
  const sending = new Sending(file, ({ sent, total, waiting }) => {
    if (waiting || since.sent === null) Object.assign(since, { at: performance.now(), sent });
    show(form, sent, total, waiting ? { sent: 0, seconds: 0 } : { sent: sent - since.sent, seconds: (performance.now() - since.at) / 1000 });
    wait(form, waiting);
  });
  // Cancel leaves the dialog; a page that is loaded anew does not come here, and what came stays.
  const leave = () => { if (form.dataset.sending) { busy(form, false); sending.giveUp().then(board.refresh); } };
  dialog?.addEventListener('close', leave, { once: true });
  sending.run().then((job) => {
    busy(form, false);
    if (dialog) jobs.show(job, form); else location.href = url(`job/${job}`);
  }, (error) => {
    busy(form, false);
    if (error) fail(form, error);
  }).finally(board.refresh);
}

function wait(form, waiting) {
  const place = form.querySelector('.ab-upload-wait');
  place.hidden = !waiting;
  if (!waiting || place.dataset.for === waiting) { place.dataset.for = waiting; return; }
  place.dataset.for = waiting;
  const words = {
    line: 'Waiting for the line. What is here is kept, and it goes on by itself.',
    login: `Your session ended. Log in to ${form.closest('.allsky-backups').dataset.panel || 'the panel'} in another tab, and it goes on by itself.`,
  };
  place.textContent = words[waiting] || `Waiting: ${waiting}.`;
}

function busy(form, sending) {
  if (sending) form.dataset.sending = '1'; else delete form.dataset.sending;
  form.querySelector('button[type=submit]').disabled = sending;
  form.querySelector('.ab-upload-progress').hidden = !sending;
  if (!sending) wait(form, '');
  form.querySelector('.ab-dropzone').classList.toggle('ab-off', sending);
  form.querySelector('input[type=file]').disabled = sending;
  const dialog = form.closest('dialog');
  if (!dialog) return;
  if (sending) dialog.dataset.keep = '1'; else delete dialog.dataset.keep;
}

function show(form, loaded, total, lately) {
  const bar = form.querySelector('.progress-bar');
  const done = percent(loaded, total) ?? 0;
  bar.style.width = `${done}%`;
  bar.setAttribute('aria-valuenow', done);
  const part = (key, text) => { form.querySelector(`[data-part=${key}]`).textContent = text; };
  part('percent', `${done} %`);
  part('bytes', loaded >= total ? 'Sent. Waiting for the last checks.' : `${size(loaded)} of ${size(total)} sent`);
  const speed = lately.seconds > 0.5 ? lately.sent / lately.seconds : 0;
  part('speed', speed ? `${size(Math.round(speed))}/s` : '');
  part('left', speed && lately.seconds > 3 && loaded < total ? timeLeft((total - loaded) / speed) : '');
}

function fail(form, error) {
  const place = form.querySelector('.ab-upload-error');
  place.replaceChildren(...dialogs.alertOf(error).childNodes);
  place.hidden = false;
  place.scrollIntoView({ block: 'nearest' });
}
