// A camera with so many hosts, their snapshots on a drive, and a plan that takes them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NightCamera } from './night_camera.mjs';

const NAMES = ['roof', 'garden', 'dome', 'north', 'south', 'shed', 'tower', 'attic', 'porch', 'field'];

export class DashboardSite {
  /** The last of several hosts is never reached, the one before it has no folder. */
  static async start(hosts) {
    const site = new DashboardSite();
    site.dir = mkdtempSync(join(tmpdir(), 'allsky-backups-dashboard-'));
    site.hosts = Array.from({ length: hosts }, (_, n) => (n < 10 ? NAMES[n] : `${NAMES[n % 10]}-${Math.floor(n / 10) + 1}`));
    mkdirSync(join(site.dir, 'usb'));
    const config = join(site.dir, 'config.toml');
    writeFileSync(config, site.#config());
    site.camera = await NightCamera.start({ nights: 3, frames: 4, drive: false, args: ['--config', config] });
    if (hosts) site.#take();
    return site;
  }

  #config() {
    const away = this.hosts.length > 1 ? this.hosts.at(-1) : '';
    const host = (name, n) => `[[host]]\nname = "${name}"\n${name === away ? 'address = "pi@127.0.0.1"\nport = 9\n' : `path = ${JSON.stringify(join(this.dir, name))}\n`}`
      + `${n === 3 ? 'stale_after = "1d"\n' : ''}`;
    const plan = this.hosts.length ? `[[plan]]\nname = "hosts"\nsources = [${this.hosts.map((name) => `"host:${name}"`).join(', ')}]\nschedule = { daily = "13:00" }\n` : '';
    this.hosts.slice(0, this.hosts.length > 1 ? -2 : 1).forEach((name, n) => {
      mkdirSync(join(this.dir, name));
      writeFileSync(join(this.dir, name, 'settings.json'), JSON.stringify({ name, stars: 'x'.repeat(2000 * (n + 1)) }));
    });
    const drive = this.hosts.length ? `[[destination]]\nname = "usb"\npath = ${JSON.stringify(join(this.dir, 'usb'))}\nrequire_mount = false\n` : '';
    return `[nights]\nschedule = ""\n${drive}${this.hosts.map(host).join('')}${plan}`;
  }

  #take() {
    const { camera, hosts } = this;
    camera.say('dest', 'init', 'usb');
    for (const day of [12, 15, 18]) camera.sayAt(`2026-11-${day}T12:15:00Z`, 'plans', 'run', 'weekly-config');
    const there = hosts.slice(0, hosts.length > 1 ? -2 : 1);
    for (const day of [17, 18, 19]) for (const name of there.slice(0, 2)) camera.sayAt(`2026-11-${day}T11:10:00Z`, 'snapshots', 'take', name);
    for (const name of there) camera.sayAt('2026-11-20T11:10:00Z', 'snapshots', 'take', name);
    camera.say('snapshots', 'archive', hosts[0]);
    camera.say('snapshots', 'golden', hosts[0]);
  }

  get url() { return `${this.camera.url}dashboard`; }

  async remove() {
    await this.camera.remove();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
