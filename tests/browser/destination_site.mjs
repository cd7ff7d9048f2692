// A camera with a configuration of its own, and drives that are mounted and belong to nobody yet.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NightCamera, Share } from './night_camera.mjs';

export class DestinationSite {
  /** `shares` of these names, each mounted and empty; `config` tells what stands in the configuration besides. */
  static async start(shares, { nights = 3, config = () => '' } = {}) {
    const site = new DestinationSite();
    site.dir = mkdtempSync(join(tmpdir(), 'allsky-backups-drives-'));
    site.config = join(site.dir, 'config.toml');
    writeFileSync(site.config, `# My camera\n${config(site)}`);
    site.shares = {};
    for (const name of shares) {
      const drive = join(site.dir, name);
      mkdirSync(drive);
      const share = new Share();
      site.shares[name] = share;
      mkdirSync(join(site.dir, `${name}-disk`));
      await share.mount({ dir: join(site.dir, `${name}-disk`), drive });
    }
    site.camera = await NightCamera.start({ nights, frames: 4, drive: false, args: ['--config', site.config] });
    return site;
  }

  get url() { return `${this.camera.url}destinations`; }

  path(name) { return join(this.dir, name); }

  text() { return readFileSync(this.config, 'utf8'); }

  async remove() {
    for (const share of Object.values(this.shares)) share.answer();
    await this.camera.remove();
    for (const share of Object.values(this.shares)) share.unmount();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
