// Counts what the limits would keep while they are moved, by keys or by dragging their lines.
import { count, counted, size } from './words.js';

const NAMES = ['secondary', 'primary', 'great'];
/** What the lines are called in the settings. */
const KEYS = {
  primary: 'min_avg_stars_primary', secondary: 'min_avg_stars_secondary', moon: 'min_moon_pct_secondary', great: 'great_night_min_avg_stars',
};

export function draw(place) {
  for (const form of place.querySelectorAll('form[data-calibration]')) {
    const picture = form.querySelector('.ab-histogram');
    if (!picture) continue;
    for (const line of picture.querySelectorAll('[data-limit]')) drag(form, picture, line);
    form.addEventListener('input', (event) => moved(form, event.target.name));
    form.addEventListener('submit', (event) => event.preventDefault());
  }
}

function drag(form, picture, line) {
  const input = form.elements[line.dataset.limit];
  line.addEventListener('pointerdown', (event) => { event.preventDefault(); line.setPointerCapture(event.pointerId); });
  line.addEventListener('pointermove', (event) => {
    if (!line.hasPointerCapture(event.pointerId)) return;
    const box = picture.getBoundingClientRect();
    input.value = Math.round(((event.clientX - box.left) / box.width) * picture.dataset.top);
    moved(form, input.name);
  });
}

/** A line pushes the others, so that they stay in their order. */
function moved(form, name) {
  const input = (other) => form.elements[other];
  const value = (other) => Number(input(other).value);
  const at = NAMES.indexOf(name);
  if (at >= 0) {
    for (let i = at + 1; i < NAMES.length; i += 1) input(NAMES[i]).value = Math.max(value(NAMES[i]), value(name));
    for (let i = 0; i < at; i += 1) input(NAMES[i]).value = Math.min(value(NAMES[i]), value(name));
  }
  for (const output of form.querySelectorAll('output[data-of]')) output.textContent = input(output.dataset.of).value;
  const picture = form.querySelector('.ab-histogram');
  const wide = picture.viewBox.baseVal.width;
  for (const line of picture.querySelectorAll('[data-limit]')) {
    line.setAttribute('transform', `translate(${(value(line.dataset.limit) / picture.dataset.top) * wide} 0)`);
  }
  form.querySelector('#ab-would-keep').textContent = sentence(form, value);
  const link = form.querySelector('#ab-limit-use');
  const fields = new URLSearchParams(Object.entries(KEYS).map(([name, key]) => [`key.nights.${key}`, input(name).value]));
  link.href = `${link.dataset.settings}?${fields}#ab-nights`;
}

/** The same decision and the same words as the server's. */
function sentence(form, value) {
  const facts = JSON.parse(form.dataset.calibration);
  let [kept, forever, bytes] = [facts.always, 0, facts.always_bytes];
  for (const [stars, moon, size_] of facts.rows) {
    const isKept = stars >= value('primary') || (stars >= value('secondary') && moon !== null && moon >= value('moon'));
    if (stars >= value('great')) forever += 1;
    if (isKept || stars >= value('great')) { kept += 1; bytes += size_; }
  }
  const about = bytes > 0 ? `, about ${size(bytes)}` : '';
  return `Would keep ${count(kept)} of ${counted(facts.nights, 'night')}${about}; ${count(forever)} for ever.`;
}
