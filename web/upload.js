// Upload by button and by drop, with true progress. The server checks while the bytes come in and may
// refuse long before the end.
import * as board from './board.js';
import * as dialogs from './dialogs.js';
import * as jobs from './jobs.js';
import { Refusal, token, url } from './server.js';
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
  const error = form.querySelector('.ab-upload-error');
  error.hidden = true;
  busy(form, true);
  const request = new XMLHttpRequest();
  const began = performance.now();
  request.upload.onprogress = ({ loaded, total }) => show(form, loaded, total, (performance.now() - began) / 1000);
  request.onload = () => {
    busy(form, false);
    const told = parse(request.responseText);
    board.refresh();
    if (request.status < 400 && told?.job) {
      if (dialog) jobs.show(told.job, form); else location.href = url(`job/${told.job}`);
    } else fail(form, new Refusal(told?.error || { message: `The server answered ${request.status}` }));
  };
  request.onerror = () => {
    busy(form, false);
    fail(form, new Refusal({
      message: 'The connection broke off before the whole file was sent',
      advice: 'Nothing was kept. Check the network and send it again; Recent work says what happened.',
    }));
    board.refresh();
  };
  request.onabort = () => { busy(form, false); board.refresh(); };
  // Leaving the dialog stops the sending: half a file is of no use.
  dialog?.addEventListener('close', () => { if (form.dataset.sending) request.abort(); }, { once: true });
  request.open('POST', `${form.action}?answer=job&size=${file.size}`);
  request.setRequestHeader('X-CSRF-Token', token());
  request.setRequestHeader('Accept', 'application/json');
  const body = new FormData();
  body.append('file', file, file.name);
  request.send(body);
}

function parse(text) {
  try { return JSON.parse(text); } catch { return null; }
}

function busy(form, sending) {
  if (sending) form.dataset.sending = '1'; else delete form.dataset.sending;
  form.querySelector('button[type=submit]').disabled = sending;
  form.querySelector('.ab-upload-progress').hidden = !sending;
  form.querySelector('.ab-dropzone').classList.toggle('ab-off', sending);
  form.querySelector('input[type=file]').disabled = sending;
  const dialog = form.closest('dialog');
  if (!dialog) return;
  if (sending) dialog.dataset.keep = '1'; else delete dialog.dataset.keep;
}

function show(form, loaded, total, seconds) {
  const bar = form.querySelector('.progress-bar');
  const done = percent(loaded, total) ?? 0;
  bar.style.width = `${done}%`;
  bar.setAttribute('aria-valuenow', done);
  const part = (key, text) => { form.querySelector(`[data-part=${key}]`).textContent = text; };
  part('percent', `${done} %`);
  part('bytes', loaded >= total ? 'Sent. Waiting for the last checks.' : `${size(loaded)} of ${size(total)} sent`);
  const speed = seconds > 0.5 ? loaded / seconds : 0;
  part('speed', speed ? `${size(Math.round(speed))}/s` : '');
  part('left', seconds > 3 && done >= 5 && loaded < total ? timeLeft((total - loaded) / speed) : '');
}

function fail(form, error) {
  const place = form.querySelector('.ab-upload-error');
  place.replaceChildren(...dialogs.alertOf(error).childNodes);
  place.hidden = false;
  place.scrollIntoView({ block: 'nearest' });
}
