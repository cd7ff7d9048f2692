// Restore: checks follow the choice, Preview Changes shows what would happen, Confirm does it. The
// server decides everything; this only carries the choice there and puts its answer where it belongs.
import * as board from './board.js';
import * as dialogs from './dialogs.js';
import * as jobs from './jobs.js';
import * as picks from './restore-tree.js';
import { ask, sendForm, token } from './server.js';

const root = document.querySelector('.allsky-backups');
const looks = new WeakMap();

const around = (element) => element.closest('.ab-restore');
const part = (restore, name) => restore.querySelector(`[data-part=${name}]`);
const slot = (restore, name) => restore.querySelector(`[data-slot=${name}]`);
const step = (restore) => (restore.querySelector('[data-step=preview]').hidden ? 'choose' : 'preview');
const mode = (restore) => restore.querySelector('[data-mode][aria-selected=true]')?.dataset.mode;

export function draw(place) {
  for (const form of place.querySelectorAll('form[data-restore]')) {
    const restore = around(form);
    if (looks.has(restore)) continue;
    looks.set(restore, { timer: 0, picks: {}, busy: false, wanted: null, again: null });
    if (!restore.querySelector('#ab-advanced')) continue;
    told(restore);
    look(restore, 'checks');
  }
}

/** The choice as it stands, as the server takes it. */
function wish(restore) {
  const form = restore.querySelector('form[data-restore]');
  const chosen = (name) => [...form.querySelectorAll(`input[name=${name}]:checked`)].map((input) => input.value);
  const made = {};
  if (mode(restore) === 'advanced') Object.assign(made, picks.chosen(restore));
  else if (form.elements['by-section']) made.sections = chosen('section');
  else if (!form.elements.all.checked) made.folders = chosen('folder');
  const keep = form.elements['keep-login'];
  if (keep) made.login = keep.checked ? 'keep' : 'take';
  if (form.elements.access?.checked) made.access = 'take';
  const programs = form.elements.programs;
  if (programs) made.programs = programs.checked ? 'take' : 'leave';
  if (form.elements.incomplete?.checked) made.not_whole = 'take';
  if (form.elements.merge?.checked) {
    made.way = 'merge';
    made.picks = looks.get(restore).picks;
  }
  const each = {};
  for (const way of form.querySelectorAll('select[name=database]')) {
    // As the terminal takes it: PATH=WAY; empty where the way is left to the program.
    const cut = way.value.lastIndexOf('=');
    if (cut > 0) each[way.value.slice(0, cut)] = way.value.slice(cut + 1);
  }
  if (Object.keys(each).length > 0) made.databases = { each };
  const to = form.elements.to?.value.trim();
  if (to) made.to = to;
  return made;
}

const holdsPrograms = (form) => [...form.querySelectorAll('.ab-switch-row:has(input[name=section]:checked) [data-programs]')]
  .some((place) => Number(place.dataset.programs) > 0);

/** What can be said without asking: how much is chosen, and which switches have a meaning. */
function told(restore) {
  const form = restore.querySelector('form[data-restore]');
  const advanced = mode(restore) === 'advanced';
  const core = form.querySelector('#ab-restore-core');
  const login = part(restore, 'login');
  if (login) login.hidden = advanced ? !picks.takes(restore, 'env.json') : !core?.checked;
  const access = part(restore, 'access');
  if (access) access.hidden = !advanced && !core?.checked;
  const programs = part(restore, 'programs');
  if (programs) programs.hidden = Boolean(form.elements['by-section']) && !advanced && !holdsPrograms(form);
  const options = form.querySelector('.ab-restore-options');
  if (options) options.hidden = [...options.children].every((one) => one.tagName === 'LEGEND' || one.hidden);
  const line = part(restore, 'chosen');
  if (step(restore) === 'preview') line.textContent = '';
  else if (advanced) line.textContent = picks.summary(restore);
  else {
    const all = form.elements.all?.checked;
    const switches = [...form.querySelectorAll('input[name=section], input[name=folder]')];
    const on = all ? switches.length : switches.filter((input) => input.checked).length;
    line.textContent = `${on} of ${switches.length} chosen`;
    for (const row of form.querySelectorAll('.ab-folder')) row.classList.toggle('ab-chosen', all || row.querySelector('input').checked);
  }
}

function lookSoon(restore) {
  const state = looks.get(restore);
  clearTimeout(state.timer);
  state.timer = setTimeout(() => look(restore, step(restore) === 'preview' ? 'preview' : 'checks'), 300);
}

/** Asks what would happen. One question at a time; the newest wins. */
async function look(restore, forWhat, news) {
  const state = looks.get(restore);
  clearTimeout(state.timer);
  // A preview that was asked for is shown, whatever was turned since.
  const wanted = state.wanted === 'preview' ? 'preview' : forWhat;
  state.wanted = wanted;
  if (state.busy) { state.again = [wanted, news]; return; }
  state.busy = true;
  busy(restore, wanted);
  try {
    const answer = await ask(`${restore.dataset.address}/preview`, {
      method: 'POST',
      headers: { Accept: 'application/json, text/html', 'X-Fragment': '1', 'Content-Type': 'application/json', 'X-CSRF-Token': token() },
      body: JSON.stringify(wish(restore)),
    });
    const drawn = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (!state.again) put(restore, drawn, wanted, news);
  } catch (error) {
    if (!state.again) refuse(restore, error);
  }
  state.busy = false;
  state.wanted = null;
  restore.removeAttribute('aria-busy');
  if (state.again) { const [what, words] = state.again; state.again = null; look(restore, what, words); }
}

function busy(restore, forWhat) {
  restore.setAttribute('aria-busy', 'true');
  restore.querySelector('#ab-restore-preview').disabled = forWhat === 'preview';
  const confirm = restore.querySelector('#ab-confirm');
  if (confirm) confirm.disabled = true;
  const checks = slot(restore, 'checks');
  if (!checks.firstElementChild) {
    checks.innerHTML = '<p class="text-muted ab-checking" role="status">Reading the backup and looking at the camera…</p>';
  }
}

function put(restore, drawn, forWhat, news) {
  const focused = restore.contains(document.activeElement) ? document.activeElement.id : '';
  const opened = [...restore.querySelectorAll('[data-slot] details[id]')].filter((one) => one.open).map((one) => one.id);
  for (const name of ['checks', 'changes', 'confirm']) {
    const from = drawn.querySelector(`[data-slot=${name}]`);
    if (from) slot(restore, name).innerHTML = from.innerHTML;
  }
  for (const id of opened) restore.querySelector(`#${CSS.escape(id)}`)?.setAttribute('open', '');
  slot(restore, 'words').replaceChildren(...(news ? [notice(news)] : []));
  restore.dataset.digest = drawn.querySelector('[data-digest]')?.dataset.digest || '';
  restore.querySelector('#ab-restore-preview').disabled = false;
  if (forWhat === 'preview') turn(restore, 'preview');
  else told(restore);
  if (focused) restore.querySelector(`#${CSS.escape(focused)}`)?.focus({ preventScroll: true });
}

function notice(text) {
  const alert = document.createElement('div');
  alert.className = 'alert alert-warning ab-news';
  alert.setAttribute('role', 'alert');
  alert.textContent = text;
  return alert;
}

function refuse(restore, error) {
  slot(restore, 'words').replaceChildren(dialogs.alertOf(error));
  slot(restore, 'checks').querySelector('.ab-checking')?.remove();
  restore.querySelector('#ab-restore-preview').disabled = false;
  slot(restore, 'words').scrollIntoView({ block: 'nearest' });
}

/** Shows one of the two steps. */
function turn(restore, to) {
  const shows = step(restore);
  const preview = to === 'preview';
  restore.querySelector('[data-step=choose]').hidden = preview;
  restore.querySelector('[data-step=preview]').hidden = !preview;
  slot(restore, 'confirm').hidden = !preview;
  restore.querySelector('[data-restore-act=back]').hidden = !preview;
  restore.querySelector('#ab-restore-preview').hidden = preview;
  for (const item of restore.querySelectorAll('.ab-steps li')) {
    if (item.dataset.at === to) item.setAttribute('aria-current', 'step'); else item.removeAttribute('aria-current');
  }
  told(restore);
  if (shows === to) return;
  restore.querySelector('.modal-body').scrollTop = 0;
  const heading = restore.querySelector('.modal-title');
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

async function confirm(form) {
  const restore = around(form);
  const button = restore.querySelector('#ab-confirm');
  button.disabled = true;
  try {
    const { job } = await sendForm(form);
    await board.refresh();
    jobs.show(job, form);
  } catch (error) {
    if (error.code === 'protected' && /changed since/.test(error.message)) {
      look(restore, 'preview', `${error.message}. ${error.advice}`);
    } else {
      refuse(restore, error);
      // A damaged backup does not become whole by another press.
      button.disabled = error.code === 'damaged';
    }
  }
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!root.contains(form)) return;
  if (form.dataset.restore !== undefined) { event.preventDefault(); look(around(form), 'preview'); }
  else if (form.dataset.restoreConfirm !== undefined && looks.has(around(form)) && root.querySelector('#ab-board')) { event.preventDefault(); confirm(form); }
});

document.addEventListener('change', (event) => {
  const input = event.target;
  const restore = around(input);
  if (!restore || !looks.has(restore)) return;
  if (input.dataset.pickKey !== undefined) {
    looks.get(restore).picks[input.dataset.pickKey] = input.checked ? 'backup' : 'camera';
  } else if (input.dataset.path !== undefined) {
    picks.mark(restore, input);
  } else if (input.name === 'all' && input.checked) {
    for (const folder of restore.querySelectorAll('input[name=folder]')) folder.checked = false;
  } else if (input.name === 'folder' && input.checked) {
    restore.querySelector('input[name=all]').checked = false;
  } else if (!input.name) return;
  told(restore);
  lookSoon(restore);
});

function choose(restore, tab) {
  for (const other of restore.querySelectorAll('[data-mode]')) {
    const on = other === tab;
    other.setAttribute('aria-selected', String(on));
    other.tabIndex = on ? 0 : -1;
    restore.querySelector(`#${other.getAttribute('aria-controls')}`).hidden = !on;
  }
  if (tab.dataset.mode === 'advanced') picks.open(restore);
  told(restore);
  lookSoon(restore);
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  const restore = button && around(button);
  if (!restore || !looks.has(restore)) return;
  if (button.dataset.mode) choose(restore, button);
  else if (button.dataset.restoreAct === 'back') turn(restore, 'choose');
  else if (button.dataset.restoreAct === 'all' || button.dataset.restoreAct === 'none') {
    picks.markAll(restore, button.dataset.restoreAct === 'all');
    told(restore);
    lookSoon(restore);
  } else if (button.dataset.pickTree !== undefined) picks.fold(restore, button);
  else if (button.dataset.pickMore !== undefined) picks.more(restore, button);
});

document.addEventListener('keydown', (event) => {
  const tab = event.target.closest?.('[data-mode]');
  if (!tab || !['ArrowLeft', 'ArrowRight'].includes(event.key)) return;
  const other = [...around(tab).querySelectorAll('[data-mode]')].find((one) => one !== tab);
  choose(around(tab), other);
  other.focus();
});
