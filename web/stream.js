// News from the server. All tabs share one connection through a shared worker where the browser has
// one; else each tab has its own.
import * as line from './line.js';
import { token, url } from './server.js';

/** Calls open, lost, job, gauges and sizes as they come; `after` is the newest event in the page. */
export function attach(listeners, after = '') {
  const address = url('events');
  const take = ({ kind, data }) => {
    if (kind === 'hello') line.whole();
    if (kind === 'cut') line.cut();
    // After a restart of the program the old token would be refused.
    if (kind === 'hello') { token(data.token); listeners.open(); } else listeners[kind]?.(data);
  };
  if (typeof SharedWorker === 'function') {
    const worker = new SharedWorker(new URL('./stream-worker.js', import.meta.url), { name: `allsky-backups ${address}` });
    worker.port.onmessage = ({ data }) => take(data);
    worker.port.start();
    worker.port.postMessage({ address, after });
    document.addEventListener('ab-session-ended', () => worker.port.postMessage('bye'));
    document.addEventListener('ab-session-back', () => worker.port.postMessage({ address, after: '' }));
    addEventListener('pagehide', () => worker.port.postMessage('bye'));
    addEventListener('pageshow', (event) => { if (event.persisted) worker.port.postMessage({ address, after: '' }); });
    return;
  }
  let source;
  const connect = (from) => {
    source?.close();
    source = new EventSource(from ? `${address}?after=${from}` : address);
    source.onerror = () => { take({ kind: 'cut' }); if (source.readyState === EventSource.CLOSED) take({ kind: 'lost' }); };
    for (const kind of ['hello', 'job', 'gauges', 'sizes']) {
      source.addEventListener(kind, (event) => take({ kind, data: JSON.parse(event.data) }));
    }
  };
  connect(after);
  document.addEventListener('ab-session-ended', () => source.close());
  document.addEventListener('ab-session-back', () => connect(''));
}
