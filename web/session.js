// When the panel's session ends the page shows nothing more, says so, and tells the way back. Only an upload
// that is under way keeps its dialog: it waits for the next login.
const root = document.querySelector('.allsky-backups');
const LOGIN = '/index.php?page=login';

document.addEventListener('ab-session-ended', () => {
  const sending = root.querySelector('dialog[open] form[data-sending]')?.closest('dialog');
  const dialogs = [...root.querySelectorAll('dialog[open]')].filter((dialog) => dialog !== sending);
  dialogs.forEach((dialog) => { delete dialog.dataset.keep; dialog.close(); });
  const notice = document.createElement('div');
  notice.className = 'ab-error';
  notice.setAttribute('role', 'alert');
  notice.innerHTML = `<h3>Your session ended</h3>
    <p>Log in to the panel; work that has begun goes on meanwhile.</p>
    <p><a class="btn btn-primary" href="${LOGIN}">Log in to the panel</a>
    <button type="button" class="btn btn-default">I am logged in: back to where I was</button></p>`;
  notice.querySelector('button').addEventListener('click', () => location.reload());
  [...root.children].filter((child) => child !== sending).forEach((child) => child.remove());
  root.prepend(notice);
}, { once: true });
