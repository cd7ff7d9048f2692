// Talking to the server: fragments, JSON, and forms with the token of the running program.
const root = document.querySelector('.allsky-backups');

export const url = (path) => root.dataset.base + path;

/** The visitor's token. Inside the panel it lies with us, because the panel's own is the panel's. */
export function token(fresh) {
  if (root.dataset.token !== undefined) {
    if (fresh) root.dataset.token = fresh;
    return root.dataset.token;
  }
  const meta = document.querySelector('meta[name=csrf-token]');
  if (fresh) meta.content = fresh;
  return meta.content;
}

/** What the server said when it refused: one sentence, and what to do. */
export class Refusal extends Error {
  constructor({ message, advice, code }) {
    super(message);
    this.advice = advice || '';
    this.code = code || 'failed';
  }
}

const lost = () => new Refusal({
  message: 'Allsky Backups does not answer',
  advice: 'Check that it runs and that the network is there. Work that has begun goes on meanwhile.',
});

export async function ask(address, options = {}) {
  let answer;
  try {
    answer = await fetch(address, { credentials: 'same-origin', ...options });
  } catch {
    throw lost();
  }
  if (answer.ok) return answer;
  if (answer.status === 401) document.dispatchEvent(new Event('ab-session-ended'));
  throw await refusal(answer);
}

async function refusal(answer) {
  try {
    return new Refusal((await answer.json()).error);
  } catch {
    return new Refusal({ message: `The server answered ${answer.status}`, advice: 'Reload the page and try again.' });
  }
}

/** The inside of a page, as text. */
export async function fragment(address) {
  // Accept comes first so that a refusal is JSON and can be shown where it belongs.
  const answer = await ask(address, { headers: { 'X-Fragment': '1', Accept: 'application/json, text/html' } });
  return answer.text();
}

export async function json(path) {
  return (await ask(url(path), { headers: { Accept: 'application/json' } })).json();
}

/** Sends a form as it is and returns what the server made of it. */
export async function sendForm(form) {
  const answer = await ask(form.action, {
    method: 'POST',
    headers: { Accept: 'application/json', 'X-CSRF-Token': token() },
    body: new URLSearchParams(new FormData(form)),
  });
  return answer.json();
}
