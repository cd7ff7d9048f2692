// Puts the page into the panel: System > Backups shows ours in place of the built-in one. No file of
// the panel is changed. The place is made, and this is loaded, by entry.js of the panel's web server.
const PANE = 'as-system-backups';
const base = new URL('.', import.meta.url).pathname;

const pane = document.getElementById(PANE);
if (pane) {
  // The panel's own script looks for its parts when the tab is first shown, finds none, and rests.
  pane.replaceChildren(note('Loading the backups …'));
  document.documentElement.classList.add('ab-js');
  if (isShown()) load();
  else {
    const watcher = new MutationObserver(() => { if (isShown()) { watcher.disconnect(); load(); } });
    watcher.observe(pane, { attributeFilter: ['class'] });
  }
}

function isShown() {
  return pane.classList.contains('active') || !pane.classList.contains('tab-pane');
}

async function load() {
  let answer;
  try {
    answer = await fetch(`${base}fragment`, { credentials: 'same-origin', headers: { 'X-Fragment': '1' } });
  } catch { /* said below */ }
  if (!answer?.ok) { refused(answer); return; }
  const drawn = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('.allsky-backups');
  if (!drawn) { refused(answer); return; }
  await Promise.all(drawn.dataset.style.split(' ').map(style));
  // Not to be pressed before it can answer: a link would lead out of the panel.
  drawn.inert = true;
  pane.replaceChildren(document.adoptNode(drawn));
  try { await import(drawn.dataset.script); } finally { drawn.inert = false; }
}

/** Waits for the style, so that nothing is seen without it. */
function style(address) {
  return new Promise((done) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = address;
    link.onload = link.onerror = done;
    document.head.append(link);
  });
}

function refused(answer) {
  if (answer?.status === 401) {
    pane.replaceChildren(note('Your session ended.', 'Log in to the panel', '/index.php?page=login'));
    return;
  }
  pane.replaceChildren(note('Allsky Backups does not answer. Check that its service runs.', 'Try again', location.href));
  pane.querySelector('a').addEventListener('click', (event) => { event.preventDefault(); load(); });
}

function note(text, action, address) {
  const place = document.createElement('p');
  place.setAttribute('role', 'status');
  place.textContent = `${text} `;
  if (action) {
    const link = document.createElement('a');
    link.className = 'btn btn-default';
    link.href = address;
    link.textContent = action;
    place.append(link);
  }
  return place;
}
