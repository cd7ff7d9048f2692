// What the stories stand on: a demo camera that is served by the real program, archives good and bad,
// and a browser.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { createServer as createHttpServer, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: FLAGS });

export const BINARY = resolve(process.env.ALLSKY_BACKUPS_BIN || join(import.meta.dirname, '../../target/debug/allsky-backups'));

/** Polls until `ask` gives something true; fails with `what` after 20 s. */
export async function until(what, ask, limit = 20_000) {
  const end = Date.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((go) => { setTimeout(go, 40); });
  }
}

export const freePort = () => new Promise((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => done(port)); });
});

/** Starts the program for `camera`, which from then on knows its process, its log and its address. */
export async function listening(camera, args, options) {
  camera.process = spawn(BINARY, args, options);
  let said = '';
  let log = '';
  camera.process.stdout.on('data', (text) => { said += text; });
  camera.process.stderr.on('data', (text) => { log += text; });
  camera.ended = new Promise((done) => { camera.process.on('exit', done); });
  let gone = false;
  camera.ended.then(() => { gone = true; });
  const found = await until('the camera is served', () => {
    if (gone) throw new Error(`the program ended: ${log || said}`);
    return /listening on (http:\/\/\S+)/.exec(said);
  }, 120_000);
  camera.log = () => log;
  camera.url = `${found[1]}/`;
  camera.port = Number(new URL(camera.url).port);
}

/** A served demo camera in a folder of its own. */
export class Camera {
  static async start(options = []) {
    const camera = new Camera();
    camera.dir = mkdtempSync(join(tmpdir(), 'allsky-backups-browser-'));
    camera.options = options;
    await camera.serve();
    return camera;
  }

  async serve(port = 0) {
    const args = ['demo', '--empty', '--dir', this.dir, '--port', String(port), ...this.options];
    await listening(this, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  get backups() { return join(this.dir, 'allskybackups'); }
  get images() { return join(this.dir, 'allsky/images'); }

  /** Asks it to end and says how many ms that took. */
  async stop(signal = 'SIGTERM') {
    const began = Date.now();
    this.process.kill(signal);
    await this.ended;
    return Date.now() - began;
  }

  async remove() {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async json(path) { return (await fetch(`${this.url}${path}`)).json(); }

  async token() {
    const page = await (await fetch(this.url)).text();
    return /csrf-token" content="([0-9a-f]+)"/.exec(page)[1];
  }

  async post(path, body, headers = {}) {
    return fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { 'X-CSRF-Token': await this.token(), Accept: 'application/json', ...headers },
      body,
    });
  }

  async over(id) {
    return until('the job is over', async () => {
      const { job } = await this.json(`api/jobs/${id}`);
      return ['queued', 'running'].includes(job.state) ? null : job;
    }, 60_000);
  }

  /** Creates an archive and waits for it; returns its name. */
  async create(wish) {
    const answer = await this.post('api/create', JSON.stringify(wish), { 'Content-Type': 'application/json' });
    const job = await this.over((await answer.json()).job);
    if (!job.result?.name) throw new Error(`no archive: ${JSON.stringify(job.failure)}`);
    return job.result.name;
  }

  async upload(name, bytes, query = '') {
    const form = new FormData();
    form.append('file', new Blob([bytes]), name);
    return this.post(`api/upload${query}`, form);
  }

  /** Everything in the backups folder that is neither archive nor what belongs to one. */
  litter() {
    if (!existsSync(this.backups)) return [];
    return readdirSync(this.backups).filter((name) => name.startsWith('.'));
  }

  put(name, bytes) { writeFileSync(join(this.backups, name), bytes); }
}

/** Any HTTP request, byte by byte: for wrong hosts, half bodies and streams. */
export function raw(camera, { method = 'GET', path = '', headers = {} } = {}) {
  return request({ host: '127.0.0.1', port: camera.port, path: `/${path}`, method, headers });
}

/** Passes everything on to the camera and knows how many streams of events are open. */
export async function passage(camera) {
  const streams = new Set();
  const server = createHttpServer((asked, answer) => {
    const onward = request({ host: '127.0.0.1', port: camera.port, path: asked.url, method: asked.method, headers: asked.headers }, (told) => {
      answer.writeHead(told.statusCode, told.headers);
      told.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    if (asked.url.startsWith('/events')) streams.add(onward);
    answer.on('close', () => { streams.delete(onward); onward.destroy(); });
    asked.pipe(onward);
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    streams: () => streams.size,
    close: () => { server.close(); server.closeAllConnections(); },
  };
}

/** Events of the stream as they come. */
export function listen(camera, headers = {}, query = '') {
  const events = [];
  const asking = raw(camera, { path: `events${query}`, headers });
  const heard = { events, close: () => asking.destroy(), ended: false };
  asking.on('response', (answer) => {
    heard.status = answer.statusCode;
    let text = '';
    answer.on('data', (piece) => {
      text += piece;
      for (let cut = text.indexOf('\n\n'); cut >= 0; cut = text.indexOf('\n\n')) {
        const fields = Object.fromEntries(text.slice(0, cut).split('\n').filter((line) => !line.startsWith(':')).map((line) => line.split(/: (.*)/s)));
        if (fields.event) events.push({ id: fields.id ? Number(fields.id) : null, kind: fields.event, data: JSON.parse(fields.data) });
        text = text.slice(cut + 2);
      }
    });
    answer.on('end', () => { heard.ended = 'cleanly'; });
    answer.on('error', () => { heard.ended ||= 'broken'; });
  });
  asking.on('error', () => { heard.ended ||= 'broken'; });
  asking.end();
  return heard;
}

/** A tar member, header and content. */
export function member(name, content, { type = '0', link = '' } = {}) {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write('0001750\0', 108);
  header.write('0001750\0', 116);
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('15104500000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** An archive as the camera's own panel writes it: metadata last. */
export function panelArchive(extra = []) {
  const files = ['env.json', 'config/settings_RPi_HQ.json', 'config/cc_RPi_HQ.json'];
  const about = {
    backupType: 'config', created: '2026-11-18 21:30:00', version: 'v2025.xx.xx', cameratype: 'RPi', cameramodel: 'HQ',
    settingsfile: files[1], ccfile: files[2], permissions: {}, files, includedOptionalTargets: [],
    includedSections: [{ key: 'core', description: 'Core Files', shortdescription: 'Core Files', required: true }],
    requiredModules: [], backupModules: [], backupHasModules: false, format: 1,
  };
  const members = [
    ...files.map((name) => member(name, '{"made": "by the panel"}\n')),
    ...extra,
    member('metadata.json', JSON.stringify(about, null, 1)),
  ];
  return gzipSync(Buffer.concat([...members, Buffer.alloc(1024)]));
}

/** An images archive of one picture of so many bytes. */
export function imagesArchive(bytes) {
  const about = '{"backupType":"images","created":"2026-11-20 21:30:00","version":"v2025.xx.xx","permissions":[],"files":[]}';
  const picture = member('images/20261120/image-20261120213000.jpg', randomBytes(bytes));
  return gzipSync(Buffer.concat([picture, member('metadata.json', about), Buffer.alloc(1024)]), { level: 0 });
}
