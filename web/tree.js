// The files in an archive: folders open one at a time, search asks the server, pictures open large.
import { alertOf } from './dialogs.js';
import { fragment } from './server.js';

export async function toggle(node) {
  const item = node.closest('li');
  const below = item.querySelector(':scope > ul');
  const open = node.getAttribute('aria-expanded') === 'true';
  node.setAttribute('aria-expanded', String(!open));
  if (below) { below.hidden = open; return; }
  await put(node.dataset.tree, (text) => item.insertAdjacentHTML('beforeend', text), item);
}

/** Replaces "Show more" by what comes next. */
export async function more(link) {
  const item = link.closest('li');
  const list = item.parentElement;
  const before = item.previousElementSibling;
  await put(link.href, (text) => {
    item.remove();
    list.insertAdjacentHTML('beforeend', text);
    (before ? before.nextElementSibling : list.firstElementChild)?.querySelector('a')?.focus();
  }, item);
}

async function put(address, place, item) {
  item.setAttribute('aria-busy', 'true');
  try {
    place(await fragment(address));
  } catch (error) {
    item.append(alertOf(error));
  }
  item.removeAttribute('aria-busy');
}

let timer = 0;
export function searchSoon(form) {
  clearTimeout(timer);
  timer = setTimeout(() => search(form), 250);
}

let asked = 0;
export async function search(form) {
  const text = form.elements.q.value.trim();
  const found = form.parentElement.querySelector('.ab-found');
  const tree = form.parentElement.querySelector('.ab-tree');
  const mine = ++asked;
  found.hidden = !text;
  tree.hidden = Boolean(text);
  if (!text) { found.replaceChildren(); return; }
  try {
    const drawn = await fragment(`${form.action}?q=${encodeURIComponent(text)}`);
    // A slow answer to an older question must not replace a newer one.
    if (mine === asked) found.innerHTML = drawn;
  } catch (error) {
    if (mine === asked) found.replaceChildren(alertOf(error));
  }
}

/** A picture above everything; Escape, Close or a press leads back. Arrow keys turn over. */
export function showPicture(link) {
  const root = link.closest('.allsky-backups');
  const links = [...(link.closest('ul')?.querySelectorAll(':scope > li > a[data-open=picture]') || [link])];
  let at = links.indexOf(link);
  const dialog = document.createElement('dialog');
  dialog.className = 'ab-lightbox';
  dialog.innerHTML = `<figure><img alt=""><figcaption></figcaption></figure>
    <div class="ab-lightbox-buttons"><button type="button" class="btn btn-default" data-turn="-1">Previous</button>
    <a class="btn btn-default" target="_blank" rel="noopener">Open in a tab</a>
    <button type="button" class="btn btn-default" data-turn="1">Next</button>
    <button type="button" class="btn btn-primary" data-turn="close">Close</button></div>`;
  const image = dialog.querySelector('img');
  const turn = (step) => {
    at = Math.min(links.length - 1, Math.max(0, at + step));
    const name = links[at].querySelector('.ab-node-name').textContent;
    image.src = links[at].href;
    image.alt = name;
    dialog.setAttribute('aria-label', name);
    dialog.querySelector('figcaption').textContent = name;
    dialog.querySelector('a').href = links[at].href;
    dialog.querySelector('[data-turn="-1"]').disabled = at === 0;
    dialog.querySelector('[data-turn="1"]').disabled = at === links.length - 1;
  };
  image.addEventListener('error', () => {
    dialog.querySelector('figcaption').textContent = `${image.alt} cannot be shown: the archive may be damaged. Verify tells more.`;
  });
  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowLeft') turn(-1);
    if (event.key === 'ArrowRight') turn(1);
  });
  dialog.addEventListener('click', (event) => {
    const wish = event.target.closest('[data-turn]')?.dataset.turn;
    if (wish === 'close' || event.target === dialog || event.target.tagName === 'FIGURE') dialog.close();
    else if (wish) turn(Number(wish));
  });
  dialog.addEventListener('close', () => { dialog.remove(); links[at].focus(); });
  root.append(dialog);
  turn(0);
  dialog.showModal();
}
