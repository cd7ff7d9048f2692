// A camera with a long history of nights, and a drive for the good ones: a folder that its owner chose.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BINARY, Camera, listening, until } from './ground.mjs';

const FIXTURE = resolve(import.meta.dirname, '../fixtures/nights/many_nights.py');
/** Half an hour after noon: the newest night, that of the 19th, is over. */
export const NOW = '2026-11-20T12:30:00Z';
const ENVIRONMENT = { ...process.env, TZ: 'UTC' };

export class NightCamera extends Camera {
  /** `nights` of them up to the night before NOW; `args` more for the program, such as a drive. */
  static async start({ nights = 400, frames = 24, drive = true, args = [] } = {}) {
    const camera = new NightCamera();
    camera.dir = mkdtempSync(join(tmpdir(), 'allsky-backups-nights-'));
    camera.drive = join(camera.dir, 'drive');
    camera.options = ['--site', join(camera.dir, 'allsky'), '--backups', camera.backups, '--state', join(camera.dir, 'state'), ...args];
    if (drive) camera.options.push('--dest', camera.drive);
    camera.build(nights, frames);
    if (drive) { mkdirSync(camera.drive); if (drive instanceof Share) await drive.mount(camera); camera.say('dest', 'init', '--plain-folder'); }
    await camera.serve();
    return camera;
  }

  build(nights, frames) {
    const run = (program, args) => {
      const done = spawnSync(program, args, { env: ENVIRONMENT });
      if (done.status) throw new Error(`${program} ${args.join(' ')}: ${done.stderr || done.error}`);
    };
    run(BINARY, ['demo', '--build-only', '--dir', this.dir, '--nights', '3', '--frames', '6']);
    run('python3', [FIXTURE, join(this.dir, 'allsky'), '--nights', String(nights), '--frames', String(frames)]);
  }

  /** A line in the terminal beside the service; gives back what it said as JSON. */
  say(...line) { return this.sayAt(NOW, ...line); }

  sayAt(now, ...line) {
    const done = spawnSync(BINARY, [...line, ...this.options, '--now', now, '--json'], { env: ENVIRONMENT });
    const text = String(done.stdout);
    if (done.status) throw new Error(`${line.join(' ')}: ${done.stderr}${text}`);
    return JSON.parse(text);
  }

  async serve() {
    const args = ['serve', '--bind', '127.0.0.1:0', ...this.options, '--now', NOW];
    await listening(this, args, { env: ENVIRONMENT });
  }

  async nights() {
    return (await (await fetch(`${this.url}nights`, { headers: { Accept: 'application/json' } })).json()).items;
  }

  async night(date) {
    return (await fetch(`${this.url}nights/${date}`, { headers: { Accept: 'application/json' } })).json();
  }

  async remove() {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.stop();
    this.share?.unmount();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** The kernel writes blanks as `\\040`. */
const isMounted = (path) => readFileSync('/proc/mounts', 'utf8').includes(` ${path.replaceAll(' ', '\\040')} `);

/** A share as the drive. Its server is ours, and can be stopped: then every process that looks at the drive hangs. */
export class Share {
  /** Why there can be none here; empty when there can. */
  static async lacks() {
    const dir = mkdtempSync(join(tmpdir(), 'allsky-backups-share-'));
    const share = new Share();
    try {
      mkdirSync(join(dir, 'drive'));
      await share.mount({ dir, drive: join(dir, 'drive') });
      return '';
    } catch {
      return 'needs bindfs, and to be allowed to mount it';
    } finally {
      share.unmount();
      rmSync(dir, { recursive: true, force: true });
    }
  }

  async mount(camera) {
    const disk = join(camera.dir, 'disk');
    mkdirSync(disk);
    this.path = camera.drive;
    camera.share = this;
    this.server = spawn('bindfs', ['-f', '--no-allow-other', disk, camera.drive], { stdio: 'ignore' });
    let ended = false;
    for (const end of ['error', 'exit']) this.server.on(end, () => { ended = true; });
    await until('the share is mounted', () => {
      if (ended) throw new Error('the share could not be mounted');
      return isMounted(camera.drive);
    });
  }

  hang() { this.server.kill('SIGSTOP'); }

  answer() { this.server.kill('SIGCONT'); }

  unmount() {
    this.server?.kill('SIGKILL');
    if (this.path && isMounted(this.path)) spawnSync('umount', ['-l', this.path]);
  }
}
