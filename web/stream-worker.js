// One connection for all tabs of this browser. Opens with the first tab, closes with the last.
const ports = new Set();
let source = null;
let hello = null;
let gauges = null;
let retry = 0;

onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data === 'bye') {
      ports.delete(port);
      if (ports.size === 0 && source) { clearTimeout(retry); source.close(); source = hello = gauges = null; }
      return;
    }
    ports.add(port);
    if (!source || source.readyState === EventSource.CLOSED) connect(data);
    else {
      // The newcomer hears at once what the others know.
      if (hello) port.postMessage(hello);
      if (gauges) port.postMessage(gauges);
    }
  };
  port.start();
};

function connect({ address, after }) {
  source?.close();
  clearTimeout(retry);
  source = new EventSource(after ? `${address}?after=${after}` : address);
  // Refused, not cut: the session ended, or the program is away. Who still wants it hears it again.
  source.onerror = () => {
    hello = null;
    ports.forEach((port) => port.postMessage({ kind: 'cut' }));
    if (source?.readyState !== EventSource.CLOSED) return;
    ports.forEach((port) => port.postMessage({ kind: 'lost' }));
    retry = setTimeout(() => { if (ports.size) connect({ address, after: '' }); }, 5000);
  };
  for (const kind of ['hello', 'job', 'gauges', 'settings', 'plan', 'mark', 'look', 'retention', 'alert']) {
    source.addEventListener(kind, (event) => {
      const message = { kind, data: JSON.parse(event.data) };
      if (kind === 'hello') hello = message;
      if (kind === 'gauges') gauges = message;
      ports.forEach((port) => port.postMessage(message));
    });
  }
}
