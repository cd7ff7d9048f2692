// One connection for all tabs of this browser. Opens with the first tab, closes with the last.
const ports = new Set();
let source = null;
let hello = null;
let gauges = null;

onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data === 'bye') {
      ports.delete(port);
      if (ports.size === 0 && source) { source.close(); source = hello = gauges = null; }
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
  source = new EventSource(after ? `${address}?after=${after}` : address);
  for (const kind of ['hello', 'job', 'gauges', 'sizes']) {
    source.addEventListener(kind, (event) => {
      const message = { kind, data: JSON.parse(event.data) };
      if (kind === 'hello') hello = message;
      if (kind === 'gauges') gauges = message;
      ports.forEach((port) => port.postMessage(message));
    });
  }
}
