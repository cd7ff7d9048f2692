// When the panel's session ends the page shows nothing more, says so, and tells the way back. Only an upload
// that is under way keeps its dialog: it waits for the next login, and the page says when it is there.
const root = document.querySelector('.allsky-backups');
const { login = '/index.php?page=login', panel = 'the panel' } = root.dataset;
const notice = document.createElement('div');
notice.className = 'ab-error';
notice.setAttribute('role', 'alert');

document.addEventListener('ab-session-ended', () => {
  if (notice.dataset.ended) return;
  notice.dataset.ended = '1';
  const sending = root.querySelector('dialog[open] form[data-sending]')?.closest('dialog');
  const dialogs = [...root.querySelectorAll('dialog[open]')].filter((dialog) => dialog !== sending);
  dialogs.forEach((dialog) => { delete dialog.dataset.keep; dialog.close(); });
  say(`<h3>Your session ended</h3>
    <p>Log in to ${panel}; work that has begun goes on meanwhile.</p>
    <p><a class="btn btn-primary" href="${login}">Log in to ${panel}</a>
    <button type="button" class="btn btn-default">I am logged in: back to where I was</button></p>`);
  [...root.children].filter((child) => child !== sending && child !== notice).forEach((child) => child.remove());
});

document.addEventListener('ab-session-back', () => {
  if (!notice.dataset.ended) return;
  delete notice.dataset.ended;
  say(`<h3>You are logged in again</h3>
    <p>The upload goes on.</p>
    <p><button type="button" class="btn btn-default">Back to where I was</button></p>`);
});

function say(words) {
  notice.innerHTML = words;
  notice.querySelector('button').addEventListener('click', () => location.reload());
  root.prepend(notice);
}
