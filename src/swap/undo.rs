//! Going back: an undo is a swap like any other whose new files are the kept old ones, the very same
//! inodes with owner, mode, time and link groups. So it is all or nothing too, and can be undone.
use std::path::PathBuf;

use jiff::Timestamp;

use super::commit::Planned;
use super::error::Error;
use super::id::SwapId;
use super::place::Root;
use super::plan::{self, New};
use super::record::{Intent, Record, Swaps};
use super::staging::{Ownership, Staging};
use super::thing;
use crate::base::attributes::Seen;
use crate::domain::monitor::Monitor;

/// A file that is not any more what the swap had put there. An undo replaces it too, and keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub path: PathBuf,
    pub what: Since,
}

/// What happened to it since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// Written or replaced.
    Changed,
    Removed,
    /// The swap had taken it away, and there is one again.
    Made,
}

impl Swaps {
    /// What has changed since the swap among the files that its undo would replace.
    pub fn differences(&self, id: &SwapId) -> Result<Vec<Difference>, Error> {
        let record = self.done(id)?;
        let intent = intent_of(&record)?;
        let roots = open(&intent, id)?;
        let mut differences = Vec::new();
        for step in plan::plan(&record)?.1 {
            let step = step?;
            let root = roots.get(step.change.root).ok_or(Error::NoRoot(step.change.root))?;
            let live = root.seen(&step.change.path)?;
            let what = match (&step.change.new, live) {
                (New::File(_), None) => Since::Removed,
                (New::File(file), Some(live)) if !untouched(file, &live) => Since::Changed,
                (New::Thing(_), None) => Since::Removed,
                // What changed within a folder is not looked for: the folder is kept whole.
                (New::Thing(thing), Some(live)) if !thing::is(root, &live, thing) => Since::Changed,
                (New::NoFile | New::NoThing, Some(_)) => Since::Made,
                _ => continue,
            };
            differences.push(Difference { path: root.full(&step.change.path), what });
        }
        Ok(differences)
    }

    /// Plans the undo of a swap that is done. Once it is applied the undone swap is used up; the
    /// undo itself can be undone. `now` names it.
    pub fn undo(&self, id: &SwapId, now: Timestamp, monitor: &dyn Monitor) -> Result<Planned, Error> {
        let record = self.done(id)?;
        let paths: Vec<PathBuf> = intent_of(&record)?.roots.into_iter().map(|root| root.path).collect();
        let mut staging = Staging::begin(self, &paths, Ownership::Insist, now, Some(id.clone()))?;
        // Another process may have undone this restore before we had the lock.
        let record = self.done(id)?;
        for (count, step) in plan::plan(&record)?.1.enumerate() {
            if count % 64 == 0 {
                monitor.checkpoint()?;
            }
            let step = step?;
            let (root, path) = (step.change.root, &step.change.path);
            match (step.change.new, step.old) {
                (New::File(_) | New::NoFile, Some(_)) => staging.bring_back(root, path, step.change.n)?,
                (New::File(_) | New::NoFile, None) => staging.remove(root, path)?,
                (New::Thing(_) | New::NoThing, Some(_)) => staging.bring_thing_back(root, path, step.change.n)?,
                (New::Thing(_), None) => staging.remove_thing(root, path)?,
                (New::NoThing, None) => {}
                (New::Folder(_), _) => staging.remove_folder(root, path),
                (New::NoFolder, Some(old)) => staging.folder(root, path, old.attributes)?,
                (New::NoFolder, None) => {}
            }
        }
        staging.plan(monitor)
    }
}

fn untouched(file: &plan::NewFile, live: &Seen) -> bool {
    live.bytes == file.bytes && live.attributes == file.attributes
}

pub(super) fn intent_of(record: &Record) -> Result<Intent, Error> {
    let missing = || Error::Record { path: record.dir.path().to_owned(), why: "intent.json is missing".into() };
    record.intent()?.ok_or_else(missing)
}

pub(super) fn open(intent: &Intent, id: &SwapId) -> Result<Vec<Root>, Error> {
    let each =
        |root: &super::record::RootRecord| Root::open(&root.path, id, None).map_err(Error::io("open", &root.path));
    intent.roots.iter().map(each).collect()
}
