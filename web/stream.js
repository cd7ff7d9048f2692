// News from the server. All tabs share one connection through a shared worker where the browser has
// one; else each tab that is looked at has its own.
import * as line from './line.js';
import { token, url } from './server.js';

/** Calls open, lost, job, gauges and news (of no job) as they come; `after` is the newest event in the page. */
export function attach(listeners, after = '') {
  const address = url('events');
  const take = ({ kind, data }) => {
    if (kind === 'hello') line.whole();
    if (kind === 'cut') line.cut();
    // After a restart of the program the old token would be refused.
    if (kind === 'hello') { token(data.token); listeners.open(); } else (listeners[kind] || (data?.what && listeners.news))?.(data);
  };
  if (typeof SharedWorker === 'function') {
    const worker = new SharedWorker(new URL('./stream-worker.js', import.meta.url), { name: `allsky-backups ${address}` });
    worker.port.onmessage = ({ data }) => take(data);
    worker.port.start();
    worker.port.postMessage({ address, after });
    // It could not be loaded.
    worker.onerror = () => ownLine(address, after, take);
    document.addEventListener('ab-session-ended', () => worker.port.postMessage('bye'));
    document.addEventListener('ab-session-back', () => worker.port.postMessage({ address, after: '' }));
    addEventListener('pagehide', () => worker.port.postMessage('bye'));
    addEventListener('pageshow', (event) => { if (event.persisted) worker.port.postMessage({ address, after: '' }); });
    return;
  }
  ownLine(address, after, take);
}

// A browser has few lines to one server, and ten tabs would take them all: only a tab that is looked at holds one.
function ownLine(address, after, take) {
  let source = null;
  let ended = false;
  const close = () => { source?.close(); source = null; };
  const open = (from) => {
    close();
    source = new EventSource(from ? `${address}?after=${from}` : address);
    source.onerror = () => { take({ kind: 'cut' }); if (source?.readyState === EventSource.CLOSED) take({ kind: 'lost' }); };
    for (const kind of ['hello', 'job', 'gauges', 'settings', 'plan', 'mark', 'look', 'retention', 'alert']) {
      source.addEventListener(kind, (event) => take({ kind, data: JSON.parse(event.data) }));
    }
  };
  // Whoever comes back is greeted anew, and the page draws what was missed.
  const look = () => {
    if (document.hidden) close();
    else if (!ended && (!source || source.readyState === EventSource.CLOSED)) open('');
  };
  document.addEventListener('visibilitychange', look);
  document.addEventListener('ab-session-ended', () => { ended = true; close(); });
  document.addEventListener('ab-session-back', () => { ended = false; look(); });
  if (!document.hidden) open(after);
}
