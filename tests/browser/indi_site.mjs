// A real nginx with a small stand-in for indi-allsky's web application, and a demo camera mounted beside it by
// the file that the installer puts in place.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BINARY, freePort, until } from './ground.mjs';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const NGINX = '/usr/sbin/nginx';

/** Why there can be no such site here; empty when there can. */
export const lacks = () => (existsSync(NGINX) ? '' : 'needs nginx');

export class IndiSite {
  static async start() {
    const site = new IndiSite();
    site.dir = mkdtempSync(join(tmpdir(), 'ab-indi-'));
    site.running = [];
    const port = await freePort();
    site.url = `http://127.0.0.1:${port}`;
    const { dir } = site;
    const built = spawnSync(BINARY, ['--system', 'indi-allsky', 'demo', '--build-only', '--dir', dir, '--nights', '3', '--frames', '4']);
    if (built.status) throw new Error(String(built.stderr));
    const { home, flask } = JSON.parse(spawnSync(BINARY, ['--json', '--system', 'indi-allsky', 'demo', '--build-only', '--dir', dir]).stdout);
    mkdirSync(join(dir, 'run'));
    // A web server that was started by root goes on as another user.
    chmodSync(dir, 0o755);
    writeFileSync(join(dir, 'config.toml'), `[site]\nhome = "${home}"\nsystem = "indi-allsky"\nflask = "${flask}"\n[backups]\ndir = "${dir}/allskybackups"
[state]\ndir = "${dir}/state"\n[server]\nbind = "unix:${dir}/run/http.sock"\nbase_path = "/backups"\nauth = "indi-allsky"\n[panel]\nsocket = "${dir}/run/web.sock"\n`);
    const dropIn = readFileSync(join(REPOSITORY, 'integration/indi-allsky/nginx.conf.in'), 'utf8');
    writeFileSync(join(dir, 'backups.conf'), dropIn.replaceAll('@SOCKET@', join(dir, 'run/http.sock')));
    const spool = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${dir}/run/${kind};`).join(' ');
    writeFileSync(join(dir, 'nginx.conf'), `${process.getuid() === 0 ? 'user root;\n' : ''}daemon off;\nworker_processes 1;\npid ${dir}/run/nginx.pid;
events { worker_connections 256; }\nhttp {\n${spool}\naccess_log off;
server {\nlisten 127.0.0.1:${port};\ninclude ${dir}/backups.conf;
location /indi-allsky {\nproxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\nproxy_set_header Host $http_host;\nproxy_pass http://unix:${dir}/run/web.sock;\n}\n}\n}\n`);
    site.run('python3', [join(REPOSITORY, 'tests/fixtures/indi-site/webapp.py'), join(dir, 'run/web.sock')]);
    site.run(BINARY, ['--config', join(dir, 'config.toml'), 'serve']);
    site.run(NGINX, ['-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log')]);
    await until('the site answers', async () => {
      try {
        const [ours, theirs] = await Promise.all([fetch(`${site.url}/backups/api/status`), fetch(`${site.url}/indi-allsky/login`)]);
        return ours.status === 401 && theirs.status === 200;
      } catch { return false; }
    }, 60_000);
    return site;
  }

  run(program, args) {
    const child = spawn(program, args, { stdio: 'ignore' });
    this.running.unshift({ child, ended: new Promise((done) => { child.on('exit', done); }) });
  }

  async remove() {
    for (const { child, ended } of this.running) { child.kill(); await ended; }
    rmSync(this.dir, { recursive: true, force: true });
  }
}
