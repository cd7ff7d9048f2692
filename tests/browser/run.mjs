// Clicks through every page and dialog of the real program in a real browser.
//
//   npm ci && node run.mjs            all stories        (needs target/debug/allsky-backups, or ALLSKY_BACKUPS_BIN)
//   node run.mjs upload               stories whose title or file contains a word
//   SHOTS=1 node run.mjs shots        draws screenshots/*.png anew
//
// The last line counts; the exit code is 0 when nothing failed.
import { launch } from './ground.mjs';
import * as create from './stories/create.mjs';
import * as progress from './stories/progress.mjs';
import * as info from './stories/info.mjs';
import * as upload from './stories/upload.mjs';
import * as resumed from './stories/upload-resumes.mjs';
import * as remove from './stories/delete.mjs';
import * as restore from './stories/restore.mjs';
import * as nights from './stories/nights.mjs';
import * as plans from './stories/plans.mjs';
import * as dashboard from './stories/dashboard.mjs';
import * as noNights from './stories/nights-none.mjs';
import * as hung from './stories/drive-hangs.mjs';
import * as destinations from './stories/destinations.mjs';
import * as snapshots from './stories/snapshots.mjs';
import * as noScript from './stories/no-script.mjs';
import * as keys from './stories/keys.mjs';
import * as line from './stories/line.mjs';
import * as events from './stories/events.mjs';
import * as page from './stories/page.mjs';
import * as guard from './stories/guard.mjs';
import * as settings from './stories/settings.mjs';
import * as mounted from './stories/mounted.mjs';
import { Share } from './night_camera.mjs';
import * as mountedIndi from './stories/mounted-indi.mjs';
import { lacks } from './panel_site.mjs';
import { lacks as indiLacks } from './indi_site.mjs';
import * as shots from './stories/shots.mjs';
import * as nightShots from './stories/nights-shots.mjs';
import * as destinationShots from './stories/destinations-shots.mjs';
import * as dashboardShots from './stories/dashboard-shots.mjs';
import * as planShots from './stories/plans-shots.mjs';
import * as snapshotShots from './stories/snapshots-shots.mjs';
import * as restoreShots from './stories/restore-shots.mjs';
import * as mailShots from './stories/mail-shots.mjs';
import * as settingsShots from './stories/settings-shots.mjs';
import * as indiShots from './stories/indi-shots.mjs';
import * as interfaceShots from './stories/interface-shots.mjs';

const books = {
  page, dashboard, create, progress, info, upload, 'upload resumes': resumed, delete: remove, restore, nights, plans, 'no nights': noNights, events, guard,
  settings, 'no script': noScript, keys, line,
};
const noShare = await Share.lacks();
if (noShare) console.log(`skipped drive hangs and destinations: ${noShare}`); else Object.assign(books, { 'drive hangs': hung, destinations, snapshots });
if (lacks()) console.log(`skipped mounted: ${lacks()}`); else books.mounted = mounted;
if (indiLacks()) console.log(`skipped beside indi-allsky: ${indiLacks()}`); else books['beside indi-allsky'] = mountedIndi;
if (process.env.SHOTS) Object.assign(books, { shots, 'shots of the dashboard': dashboardShots, 'shots of plans': planShots, 'shots of destinations': destinationShots, 'shots of snapshots': snapshotShots, 'shots of restore': restoreShots, 'shots of nights': nightShots, 'shots of mail': mailShots, 'shots of settings': settingsShots, 'shots of indi-allsky': indiShots, 'shots of the interface': interfaceShots });

const wanted = process.argv[2] || '';
const browser = await launch();
let passed = 0;
let failed = 0;

for (const [book, { open, close, stories }] of Object.entries(books)) {
  const chosen = Object.entries(stories).filter(([title]) => `${book}: ${title}`.includes(wanted));
  if (!chosen.length) continue;
  const ground = await open(browser);
  for (const [title, story] of chosen) {
    const began = Date.now();
    try {
      await story(ground);
      passed += 1;
      console.log(`ok      ${book}: ${title} (${Date.now() - began} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${book}: ${title}\n${String(error.stack).replace(/^/gm, '        ')}`);
    }
  }
  await close(ground);
}

await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
