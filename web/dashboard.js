// The dashboard: recent work is filtered as its fields change, without leaving the page.
import * as board from './board.js';

const root = document.querySelector('.allsky-backups');

/** Shows what the fields of the form say. */
export async function filter(form) {
  const chosen = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...chosen]) if (!value) chosen.delete(name);
  const address = form.action.split('?')[0] + (chosen.size ? `?${chosen}` : '');
  if (!root.classList.contains('ab-inside')) history.replaceState(history.state, '', address);
  await board.show(address);
}
