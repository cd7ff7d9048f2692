// Sends a file in pieces. What is cut goes on when the line or the login is back, also after the page was
// loaded anew: the server keeps what came, and the file is known again by name, size and first bytes.
import { Refusal, token, url } from './server.js';

// So long that a fast line is not slowed down, so short that a slow one loses little.
const PIECE = 16 * 1024 * 1024;
// A web server in front may take less at once. No smaller pieces than this are tried.
const LEAST = 256 * 1024;
const WAITS = [1, 2, 4, 8, 15, 30];
const VERSION = { 'Tus-Resumable': '1.0.0' };
// Passing troubles: the line, the login, a restart, somebody else's turn.
const PASSING = new Set([0, 401, 403, 408, 409, 423, 502, 503, 504]);

const WORDS = { 401: 'login', 403: 'line' };

export class Sending {
  /** `tell` hears { sent, total, waiting }; `waiting` is '', 'line', 'login' or a sentence of the server. */
  constructor(file, tell) {
    this.file = file;
    this.tell = (sent, waiting = '') => tell({ sent, total: file.size, waiting });
    this.at = 0;
    this.length = PIECE;
    this.given = false;
  }

  /** Resolves to the job that has all bytes; rejects with a Refusal, or with null when it was given up. */
  async run() {
    await this.patiently(() => this.begin());
    while (this.at < this.file.size || !this.job) {
      await this.patiently(() => this.piece(), () => this.where());
    }
    return this.job;
  }

  /** Stops, and has the server forget what came. */
  async giveUp() {
    this.given = true;
    // What is being announced is heard to the end, so that it can be forgotten.
    if (this.id) this.request?.abort();
    this.wake?.();
    if (this.id) await this.ask('DELETE', `/${this.id}`).catch(() => {});
  }

  async begin() {
    const { told: { items } } = await this.ask('GET', '');
    for (const item of items) {
      if (item.file_name !== this.file.name || item.bytes !== this.file.size) continue;
      const head = new Uint8Array(await this.file.slice(0, item.head_bytes).arrayBuffer());
      if (crc32(head) !== item.head_crc32) continue;
      this.id = item.id;
      this.at = item.received;
      this.tell(this.at);
      return;
    }
    const name = btoa(String.fromCharCode(...new TextEncoder().encode(this.file.name)));
    const begun = await this.ask('POST', '', { 'Upload-Length': this.file.size, 'Upload-Metadata': `filename ${name}` });
    this.id = begun.told.id;
    if (this.given) await this.giveUp();
  }

  async piece() {
    const end = Math.min(this.at + this.length, this.file.size);
    const headers = { 'Upload-Offset': this.at, 'Content-Type': 'application/offset+octet-stream' };
    const { answer } = await this.ask('PATCH', `/${this.id}`, headers, this.file.slice(this.at, end));
    this.at = Number(answer.getResponseHeader('Upload-Offset'));
    this.job = answer.getResponseHeader('Upload-Job');
    this.tell(this.at);
  }

  async where() {
    const { answer } = await this.ask('HEAD', `/${this.id}`);
    this.at = Number(answer.getResponseHeader('Upload-Offset'));
    this.tell(this.at);
  }

  /** `step` until it succeeds or is refused; before it is tried again, `first`. */
  async patiently(step, first = async () => {}) {
    let before = 0;
    for (let turn = 0; ; turn += 1) {
      try {
        if (turn) await first();
        return await step();
      } catch (error) {
        if (this.given) throw null;
        if (this.shrinks(error)) { before = 0; continue; }
        // A new token is tried once.
        if (!isPassing(error) || (error.status === 403 && before === 403)) throw error;
        before = error.status;
        this.tell(this.at, WORDS[error.status] || (error.told ? error.message : 'line'));
        await this.pause(WAITS[Math.min(turn, WAITS.length - 1)]);
        if (this.given) throw null;
        if (error.status === 401 || error.status === 403) await renewToken();
      }
    }
  }

  /** Whether the next piece is smaller, because a web server in front took this one for too large. Some only cut the line. */
  shrinks(error) {
    if (error.method !== 'PATCH' || error.told || ![0, 413].includes(error.status)) return false;
    if (error.status === 413 && this.length <= LEAST) {
      error.message = `The web server in front of this page takes no ${LEAST / 1024} KiB at once`;
      error.advice = 'Let it take more (nginx: client_max_body_size 0; in its location for /backups/).';
      return false;
    }
    this.length = Math.max(LEAST, this.length / 2);
    return error.status === 413;
  }

  pause(seconds) {
    return new Promise((done) => {
      const timer = setTimeout(done, seconds * 1000);
      this.wake = () => { clearTimeout(timer); done(); };
      addEventListener('online', this.wake, { once: true });
    });
  }

  ask(method, path, headers = {}, body = null) {
    return new Promise((done, fail) => {
      const answer = new XMLHttpRequest();
      if (method !== 'DELETE') this.request = answer;
      answer.upload.onprogress = ({ loaded }) => { if (body) this.tell(this.at + loaded); };
      answer.onload = () => {
        const told = parse(answer.responseText);
        if (answer.status < 400) { done({ answer, told }); return; }
        fail(trouble(method, answer.status, told?.error));
      };
      answer.onerror = () => fail(trouble(method, 0));
      answer.onabort = answer.onerror;
      answer.open(method, url(`api/uploads${path}`));
      for (const [name, value] of Object.entries({ ...VERSION, ...headers })) answer.setRequestHeader(name, value);
      answer.setRequestHeader('X-CSRF-Token', token());
      answer.setRequestHeader('Accept', 'application/json');
      answer.send(body);
    });
  }
}

function trouble(method, status, error) {
  const refusal = new Refusal(error || { message: `The server answered ${status}` });
  return Object.assign(refusal, { method, status, told: Boolean(error) });
}

/** Whether it is worth waiting. Before anything was sent, what the server says is said at once. */
function isPassing({ method, status, told, code }) {
  if (method === 'POST' && told && status !== 401 && status !== 403) return false;
  return PASSING.has(status) && code !== 'cancelled';
}

/** After a new login, or a restart of the program, the old token is worth nothing. Whoever waited for the login hears of it. */
async function renewToken() {
  try {
    const answer = await fetch(url('upload'), { headers: { 'X-Fragment': '1' } });
    const form = new DOMParser().parseFromString(answer.ok ? await answer.text() : '', 'text/html');
    token(form.querySelector('input[name=csrf]')?.value);
    if (answer.ok) document.dispatchEvent(new Event('ab-session-back'));
  } catch { /* Not logged in yet: asked again. */ }
}

function parse(text) {
  try { return JSON.parse(text); } catch { return null; }
}

export function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
