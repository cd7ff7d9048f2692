// The page of nights: filters that need no button, and a calendar that arrow keys walk through.
import * as board from './board.js';

const root = document.querySelector('.allsky-backups');
let timer = 0;

const fields = () => root.querySelector('form[data-filter=nights]');

/** Shows what the fields say, without leaving the page. */
export function filter(page = '', year = null) {
  const form = fields();
  if (year !== null) form.elements.year.value = year;
  const chosen = new URLSearchParams(new FormData(form));
  if (chosen.get('show') === 'all') chosen.delete('show');
  for (const [name, value] of [...chosen]) if (!value.trim()) chosen.delete(name);
  if (page > 1) chosen.set('page', page);
  const query = chosen.size ? `?${chosen}` : '';
  return go(form.action.split('?')[0] + query);
}

export function filterSoon() {
  clearTimeout(timer);
  timer = setTimeout(filter, 300);
}

/** A link to another page or year of nights, or to all of them; false when it is none. */
export async function turn(link) {
  const { filterPage, filterYear } = link.dataset;
  if (filterPage) {
    await filter(Number(filterPage));
    root.querySelector('#ab-nights-gallery').scrollIntoView({ block: 'start' });
  } else if (filterYear) await filter('', filterYear);
  else { fields().reset(); for (const field of fields().elements) if (field.name) field.value = field.name === 'show' ? 'all' : ''; await filter(); }
}

async function go(address) {
  clearTimeout(timer);
  if (!root.classList.contains('ab-inside')) history.replaceState(history.state, '', address);
  await board.show(address);
}

/** One day of a calendar is a stop of the Tab key; arrows lead to the others. */
export function draw(place) {
  for (const calendar of place.querySelectorAll('[data-calendar]')) {
    const days = [...calendar.querySelectorAll('a[data-day]')];
    if (days.some((day) => day.hasAttribute('tabindex'))) continue;
    for (const day of days) { day.tabIndex = day === days[days.length - 1] ? 0 : -1; day.ariaLabel = day.title; }
  }
}

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

export function key(event) {
  const here = event.target.closest('[data-calendar] a[data-day]');
  if (!here) return;
  const days = [...here.closest('[data-calendar]').querySelectorAll('a[data-day]')];
  const to = event.key === 'Home' ? days[0] : event.key === 'End' ? days[days.length - 1] : near(days, here, STEPS[event.key]);
  if (!to) return;
  event.preventDefault();
  for (const day of days) day.tabIndex = day === to ? 0 : -1;
  to.focus();
}

/** The night so many days away, or the next one beyond. */
function near(days, here, step) {
  if (!step) return null;
  const at = (day) => Date.parse(day.dataset.day) / 86_400_000;
  const wanted = at(here) + step;
  const beyond = days.filter((day) => (step > 0 ? at(day) >= wanted : at(day) <= wanted));
  return step > 0 ? beyond[0] : beyond[beyond.length - 1];
}
