// Draws screenshots/mail-*.png: the mails themselves as a mailbox shows them, and the Mail page; light and dark,
// on a desk and on a phone. The mails are real: the program sends them to a mail server on this machine.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOOKS, draw, shoot } from '../drawing.mjs';
import { BINARY, until } from '../ground.mjs';

const HERE = import.meta.dirname;
const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

/** A process that says something on its first line. */
async function start(program, options, how) {
  const process = spawn(program, options, { stdio: ['pipe', 'pipe', 'ignore'], ...how });
  let said = '';
  process.stdout.on('data', (text) => { said += text; });
  const first = await until(`${program} says something`, () => /^(.+)\n/.exec(said)?.[1], 60_000);
  return { process, first };
}

export async function open(browser) {
  const dir = mkdtempSync(join(tmpdir(), 'allsky-backups-mail-'));
  const [box, drive] = ['box', 'drive'].map((name) => join(dir, name));
  [box, drive].forEach((path) => mkdirSync(path));
  execFileSync(PYTHON, [join(HERE, '../../fixtures/nights/build_sites.py'), dir, '--bytes', '250000'], { env: { ...process.env, TZ: 'UTC' }, stdio: 'ignore' });
  const server = await start(PYTHON, [join(HERE, '../../fixtures/mail/server.py'), box]);
  const config = join(dir, 'config.toml');
  const settings = (port, more = '') => writeFileSync(config, `[[destination]]\nname = "drive"\npath = "${drive}"\nrequire_mount = false\n[notify]\ntransport = "smtp"\n`
    + 'email_sender = "sky@example.org"\nemail_report = "owner@example.org"\nemail_admin = "admin@example.org"\n'
    + `smtp_host = "127.0.0.1"\nsmtp_port = ${port}\nsmtp_security = "none"\n${more}`);
  const how = { env: { PATH: process.env.PATH, TZ: 'UTC', HOME: dir, ALLSKY_HOME: join(dir, 'indi'), STATE_DIRECTORY: join(dir, 'state') } };
  const now = (time) => ['--config', config, '--now', `2025-12-29T${time}:00Z`];
  const run = (time, ...words) => { try { execFileSync(BINARY, [...words, ...now(time)], { ...how, stdio: 'ignore' }); } catch { /* some shall fail */ } };
  settings(server.first);
  run('11:20', 'dest', 'init', '--plain-folder');
  run('11:30', 'run', 'nights');
  settings(server.first, '[retention.nights]\nmax_used_pct = 1\n');
  run('11:40', 'prune', '--plan', 'nights');
  settings(server.first);
  renameSync(drive, `${drive}.away`);
  run('11:50', 'run', 'nights');
  renameSync(`${drive}.away`, drive);
  // Nothing listens on this port.
  const address = join(dir, 'phone-address');
  writeFileSync(address, 'http://127.0.0.1:1/sky\n', { mode: 0o600 });
  settings(1, `[[notify_to]]\nname = "phone"\nkind = "ntfy"\nurl_file = "${address}"\n[[notify_to]]\nname = "watch"\nkind = "healthchecks"\nurl_file = "${address}"\n`);
  run('11:55', 'run', 'nights');
  const mails = readdirSync(box).filter((name) => name.endsWith('.json')).map((name) => JSON.parse(readFileSync(join(box, name))));
  const page = await start(BINARY, ['serve', '--bind', '127.0.0.1:0', ...now('11:57')], how);
  return { browser, dir, mails, url: page.first.split(' ').pop(), processes: [server.process, page.process] };
}

export function close({ dir, processes }) {
  processes.forEach((process) => process.kill());
  rmSync(dir, { recursive: true, force: true });
}

const KINDS = { summary: /batch backup completed/, deleted: /Retention: night/, failed: /Batch-Backup ERROR/, alert: /ALERT/ };

export const stories = {
  'mails as a mailbox shows them': async ({ browser, mails }) => {
    for (const [name, subject] of Object.entries(KINDS)) {
      const mail = mails.find((one) => subject.test(one.subject));
      if (!mail) throw new Error(`no mail has the subject ${subject}: ${mails.map((one) => one.subject)}`);
      for (const [look, options] of Object.entries(LOOKS)) {
        const context = await browser.newContext({ ...options, javaScriptEnabled: false });
        const page = await context.newPage();
        await page.setContent(mail.html);
        await shoot(page, `mail-${name}`, look, { fullPage: true });
        await context.close();
      }
    }
  },

  'the Mail page': async ({ browser, url }) => {
    await draw(browser, `${url}/mail`, 'mail-page');
    await draw(browser, `${url}/mail`, 'mail-tried', async (page) => {
      await page.locator('#ab-mail-test').click();
      await page.locator('#ab-mail-outcome').waitFor();
    });
  },
};
