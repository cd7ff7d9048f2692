// Adds up what is chosen in the Create dialog, and says before the start when it will not fit.
import { json } from './server.js';
import { size } from './words.js';

const root = document.querySelector('.allsky-backups');

export function draw(place) {
  for (const form of place.querySelectorAll('form[data-create]')) add(form);
}

/** "All" and single folders exclude each other, as owners of the panel know it. */
export function chosen(form, input) {
  const all = form.querySelector('#ab-all');
  const folders = [...form.querySelectorAll('input[name=folder]')];
  if (input === all && all.checked) for (const folder of folders) folder.checked = false;
  if (input.name === 'folder' && input.checked) all.checked = false;
  add(form);
}

/** New sizes have been measured: fill them in where the dialog is open. */
export async function measured() {
  if (!root.querySelector('form[data-create]')) return;
  let told;
  try { told = await json('api/estimate'); } catch { return; }
  for (const form of root.querySelectorAll('form[data-create]')) {
    for (const sized of form.dataset.create === 'config' ? told.estimate.sections : told.estimate.folders) {
      const place = form.querySelector(`[data-size="${CSS.escape(sized.key)}"]`);
      if (!place || sized.raw_bytes === null || sized.packed_bytes === null) continue;
      place.dataset.raw = sized.raw_bytes;
      place.dataset.packed = sized.packed_bytes;
      place.querySelector('[data-part=raw]').textContent = size(sized.raw_bytes);
      place.querySelector('[data-part=packed]').textContent = `about ${size(sized.packed_bytes)} compressed`;
    }
    if (told.free_bytes !== null) form.dataset.free = told.free_bytes;
    form.dataset.measuring = told.measuring;
    add(form);
  }
}

function selected(form) {
  const rows = [...form.querySelectorAll('.ab-switch-row')].filter((row) => row.querySelector('.ab-sizes'));
  if (form.querySelector('#ab-all')?.checked) return rows;
  return rows.filter((row) => row.querySelector('input').checked);
}

function add(form) {
  const chosenRows = selected(form);
  const places = chosenRows.map((row) => row.querySelector('.ab-sizes').dataset);
  const unknown = places.filter((place) => place.raw === undefined).length;
  const sum = (key) => places.reduce((total, place) => total + Number(place[key] || 0), 0);
  const [raw, packed, free] = [sum('raw'), sum('packed'), Number(form.dataset.free)];
  const start = form.querySelector('#ab-create-start');
  const total = form.querySelector('[data-part=total]');
  const fit = form.querySelector('[data-part=fit]');
  const known = form.dataset.free !== undefined;
  total.textContent = `Total Selected: ${size(raw)} (estimated compressed: ${size(packed)})`;
  if (unknown) total.textContent += ', still measuring';
  const tooLarge = known && packed + Number(form.dataset.spare) > free;
  const nothing = chosenRows.length === 0;
  if (nothing) fit.textContent = 'Choose at least one folder.';
  else if (tooLarge) fit.textContent = `This will not fit: about ${size(packed)} and ${size(Number(form.dataset.spare))} to spare are needed, ${size(free)} are free. Choose less, or make room.`;
  else if (known) fit.textContent = `Space left after it: about ${size(free - packed)}`;
  fit.classList.toggle('ab-too-large', tooLarge);
  start.disabled = tooLarge || nothing;
  for (const row of form.querySelectorAll('.ab-folder')) {
    row.classList.toggle('ab-chosen', chosenRows.includes(row));
  }
  const folders = new Set(form.querySelector('#ab-all')?.checked ? [] : chosenRows.map((row) => row.htmlFor));
  for (const day of form.querySelectorAll('label.ab-day')) day.classList.toggle('ab-day-chosen', folders.has(day.htmlFor));
}
