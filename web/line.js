// Says when the line to the program is cut: what is shown may be old then. A line that is back at once is
// nobody's business.
const root = document.querySelector('.allsky-backups');
const PATIENCE = 2500;
let timer = 0;

export function cut() {
  if (!timer && !notice()) timer = setTimeout(show, PATIENCE);
}

export function whole() {
  clearTimeout(timer);
  timer = 0;
  notice()?.remove();
}

const notice = () => root.querySelector('.ab-line');

function show() {
  timer = 0;
  const place = document.createElement('div');
  place.className = 'ab-line';
  place.setAttribute('role', 'status');
  place.textContent = 'Allsky Backups does not answer. What you see may be old; work that has begun goes on. Waiting for it…';
  root.append(place);
  // Above open dialogs, where the browser can do that.
  if (place.showPopover) { place.popover = 'manual'; place.showPopover(); }
}
