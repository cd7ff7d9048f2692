// Buttons that copy a text which stands beside them. Where the browser keeps the clipboard to itself, there are none.
const root = document.querySelector('.allsky-backups');

/** Shows the buttons below `place`. */
export function draw(place) {
  if (!navigator.clipboard) return;
  for (const button of place.querySelectorAll('button[data-copy]')) button.hidden = false;
}

/** Copies, and says so on the button. */
export async function press(button) {
  const text = document.getElementById(button.dataset.copy)?.textContent;
  if (!text) return;
  await navigator.clipboard.writeText(text);
  const before = button.textContent;
  button.textContent = 'Copied';
  setTimeout(() => { button.textContent = before; }, 2000);
}

draw(root);
