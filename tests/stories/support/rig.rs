//! A camera, a backups folder and a state folder, all real, in a place that is gone afterwards.
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use allsky_backups::catalog::Catalog;
use allsky_backups::demo::{self, Plan};
use allsky_backups::destination::folder::Folder;
use allsky_backups::domain::monitor::{Cancelled, Monitor, Progress, Stage};
use allsky_backups::domain::notify::{NotifySettings, WayOut};
use allsky_backups::domain::settings::RestoreSettings;
use allsky_backups::site;
use allsky_backups::site::nights::TeamNights;
use allsky_backups::work::Tools;
use allsky_backups::work::nights::NightTools;
use jiff::Zoned;

pub struct Rig {
    top: tempfile::TempDir,
    pub tools: Arc<Tools>,
}

/// One moment for ever, so that all that is made is made in the same second.
pub fn now() -> Zoned {
    "2026-11-21T00:03:09+01:00[Europe/Berlin]".parse().unwrap()
}

impl Rig {
    pub fn new() -> Self {
        let top = tempfile::tempdir().unwrap();
        let backups = top.path().join("allskybackups");
        Rig::with_backups(top, backups)
    }

    /// This camera with its backups elsewhere.
    pub fn keeping_in(backups: PathBuf) -> Self {
        Rig::with_backups(tempfile::tempdir().unwrap(), backups)
    }

    fn with_backups(top: tempfile::TempDir, backups: PathBuf) -> Self {
        let home = top.path().join("allsky");
        demo::build(&home, &Plan::tiny(now().date()), &mut |_, _| {}).unwrap();
        let tools = tools(&home, backups, top.path().join("state"));
        Rig { top, tools }
    }

    /// What another process, or the same after a restart, works with.
    pub fn another(&self) -> Arc<Tools> {
        tools(self.tools.site.home(), self.tools.folder.path().to_owned(), self.tools.state_dir.clone())
    }

    /// This camera eight days later.
    pub fn later(&self) -> Arc<Tools> {
        let again = self.another();
        let home = self.tools.site.home();
        Arc::new(Tools {
            nights: night_tools(home),
            drives: Vec::new(),
            site: again.site.clone(),
            folder: Folder::new(again.folder.path().to_owned()),
            plans: again.plans.clone(),
            hosts: Vec::new(),
            parallel_hosts: 2,
            catalog: again.catalog.clone(),
            state_dir: again.state_dir.clone(),
            restore: again.restore.clone(),
            notify: again.notify.clone(),
            way_out: again.way_out,
            config: None,
            now: Arc::new(|| now().checked_add(jiff::Span::new().days(8)).unwrap()),
        })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.top.path().join(name)
    }

    /// All names in the backups folder, hidden ones as well, sorted.
    pub fn kept(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.tools.folder.path()) else { return Vec::new() };
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    pub fn archive(&self, name: &str) -> PathBuf {
        self.tools.folder.path().join(name)
    }
}

fn tools(home: &Path, backups: PathBuf, state_dir: PathBuf) -> Arc<Tools> {
    Arc::new(Tools {
        nights: night_tools(home),
        drives: Vec::new(),
        site: site::allsky::open(home).unwrap().into(),
        folder: Folder::new(backups),
        plans: allsky_backups::domain::plan::all(&[]),
        hosts: Vec::new(),
        parallel_hosts: 2,
        catalog: Arc::new(Catalog::open(&state_dir.join("catalog.db")).unwrap()),
        state_dir,
        restore: RestoreSettings { watch_seconds: 1, ..RestoreSettings::default() },
        notify: NotifySettings::default(),
        way_out: WayOut::Free,
        config: None,
        now: Arc::new(now),
    })
}

fn night_tools(home: &Path) -> NightTools {
    NightTools::new(Arc::new(TeamNights::new(home, &home.join("images"), jiff::tz::TimeZone::system())))
}

/// Cancels at the checkpoint with this number, counted from 0.
pub struct CancelAt {
    left: AtomicU64,
}

impl CancelAt {
    pub fn checkpoint(n: u64) -> Self {
        CancelAt { left: AtomicU64::new(n) }
    }
}

impl Monitor for CancelAt {
    fn stages(&self, _: &[Stage]) {}
    fn stage(&self, _: Stage) {}
    fn warn(&self, _: String) {}
    fn progress(&self, _: Progress) {}
    fn checkpoint(&self) -> Result<(), Cancelled> {
        let counted = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        counted.map(drop).map_err(|_| Cancelled)
    }
}

/// Does something at the beginning of a stage.
pub struct AtStage<F: Fn() + Sync> {
    pub stage: Stage,
    pub act: F,
}

impl<F: Fn() + Sync> Monitor for AtStage<F> {
    fn stages(&self, _: &[Stage]) {}
    fn stage(&self, stage: Stage) {
        if stage == self.stage {
            (self.act)();
        }
    }
    fn warn(&self, _: String) {}
    fn progress(&self, _: Progress) {}
    fn checkpoint(&self) -> Result<(), Cancelled> {
        Ok(())
    }
}
