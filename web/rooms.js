// Inside the camera's panel there is one place for all our pages: a link to another of them is drawn
// there. Alone, links are links.
import * as board from './board.js';
import * as dialogs from './dialogs.js';
import { fragment, url } from './server.js';

const root = document.querySelector('.allsky-backups');
const isInside = root.classList.contains('ab-inside');

/** True when the link is followed here. */
export function follow(link) {
  if (!isInside) return false;
  go(link.href, link).then((gone) => { if (gone) history.pushState({ room: link.href }, ''); });
  return true;
}

if (isInside) addEventListener('popstate', (event) => { go(event.state?.room || url('')); });

async function go(address, link) {
  const isHome = new URL(address, location.href).pathname === url('');
  try {
    const drawn = new DOMParser().parseFromString(await fragment(isHome ? url('fragment') : address), 'text/html');
    root.replaceChildren(...(drawn.querySelector('.allsky-backups') || drawn.body).childNodes);
  } catch (error) {
    dialogs.complain(error, link);
    return false;
  }
  board.begin();
  dialogs.drawAll(root);
  const heading = root.querySelector('.panel-title');
  if (heading) { heading.tabIndex = -1; heading.focus(); }
  return true;
}
