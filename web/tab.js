// The tab of the browser says what runs and what is wrong, also while another tab is looked at.
const root = document.querySelector('.allsky-backups');

/** As the server drew it; a page of the camera's panel keeps its own title. */
export function show(board) {
  if (!board?.dataset.tab || root.classList.contains('ab-inside')) return;
  document.title = board.dataset.tab;
  const icon = document.querySelector('link[rel=icon]');
  if (icon && icon.getAttribute('href') !== board.dataset.icon) icon.setAttribute('href', board.dataset.icon);
}
