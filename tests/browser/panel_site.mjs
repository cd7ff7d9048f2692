// A real lighttpd and a real php-fpm with a small panel of our own, and a demo camera mounted in it by
// the files that the installer puts in place.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BINARY, freePort, until } from './ground.mjs';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const SBIN = '/usr/sbin';
const php = () => readdirSync(SBIN).filter((name) => /^php-fpm[\d.]*$/.test(name)).sort().pop();

/** Why there can be no such site here; empty when there can. */
export const lacks = () => (php() && existsSync(`${SBIN}/lighttpd`) ? '' : 'needs lighttpd and php-fpm');

export class PanelSite {
  static async start() {
    const site = new PanelSite();
    site.dir = mkdtempSync(join(tmpdir(), 'ab-mounted-'));
    site.running = [];
    site.port = await freePort();
    site.url = `http://127.0.0.1:${site.port}`;
    const { dir, port } = site;
    const built = spawnSync(BINARY, ['demo', '--build-only', '--dir', dir, '--nights', '1', '--frames', '3']);
    if (built.status) throw new Error(String(built.stderr));
    for (const folder of ['run', 'sessions', 'lib']) mkdirSync(join(dir, folder));
    for (const file of ['session.php', 'append.php', 'entry.js']) copyFileSync(join(REPOSITORY, 'integration/allsky', file), join(dir, 'lib', file));
    const user = process.getuid() === 0 ? 'user = root\ngroup = root' : '';
    const values = { DIR: dir, SPOOL: join(dir, 'run'), REPOSITORY, PORT: port, USER: user };
    const fill = (file) => readFileSync(join(REPOSITORY, 'tests/fixtures/panel-server', `${file}.in`), 'utf8').replace(/@([A-Z]+)@/g, (_, key) => values[key]);
    for (const file of ['php-fpm.conf', 'lighttpd.conf']) writeFileSync(join(dir, file), fill(file));
    const dropIn = readFileSync(join(REPOSITORY, 'integration/allsky/60-allsky-backups.conf.in'), 'utf8');
    writeFileSync(join(dir, '60-allsky-backups.conf'), dropIn.replaceAll('@LIB@', join(dir, 'lib')).replaceAll('@SOCKET@', join(dir, 'run/http.sock')).replaceAll('@HOME@', join(dir, 'allsky')));
    writeFileSync(join(dir, 'config.toml'), `[site]\nhome = "${dir}/allsky"\n[backups]\ndir = "${dir}/allskybackups"\n[state]\ndir = "${dir}/state"
[server]\nbind = "unix:${dir}/run/http.sock"\nbase_path = "/backups"\n[panel]\nbridge = "${site.url}/backups-session.php"\n`);
    site.run(join(SBIN, php()), ['-F', '-R', '-y', join(dir, 'php-fpm.conf')]);
    site.run(join(SBIN, 'lighttpd'), ['-D', '-f', join(dir, 'lighttpd.conf')], { LANG: 'C.UTF-8' });
    site.startService();
    await until('the site answers', async () => {
      try { return (await fetch(`${site.url}/backups/api/status`)).status === 401; } catch { return false; }
    });
    return site;
  }

  run(program, args, env = {}) {
    const child = spawn(program, args, { stdio: 'ignore', env: { ...process.env, ...env } });
    const one = { child, ended: new Promise((done) => { child.on('exit', done); }) };
    this.running.unshift(one);
    return one;
  }

  startService() {
    this.service = this.run(BINARY, ['--config', join(this.dir, 'config.toml'), 'serve']);
  }

  async stopService() {
    this.service.child.kill();
    await this.service.ended;
  }

  async remove() {
    for (const { child, ended } of this.running) { child.kill(); await ended; }
    rmSync(this.dir, { recursive: true, force: true });
  }
}
