//! From plan to live: keep the old, then let every name change hands, or put everything back.
//!
//! The word `commit` in the record is the point of no return to "nothing happened"; from then on it
//! is all new or, after a failure, all old again, and a restart goes on where this was killed.
use std::path::PathBuf;

use super::direction::{forward, put_back};
use super::error::Error;
use super::id::SwapId;
use super::place::Active;
use super::plan::{self, Keeping, New, Was};
use super::record::State;
use super::{recover, step, thing};
use crate::domain::monitor::{Monitor, Progress, protect};

/// Everything new is on the disk, nothing live is touched. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct Planned {
    active: Active,
    files: u32,
}

/// The old is kept as well. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct Saved {
    active: Active,
    files: u32,
}

/// All new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    pub id: SwapId,
    pub files: u32,
    /// Litter that could not be removed yet; the next recovery tries again.
    pub warnings: Vec<String>,
}

impl Planned {
    pub(super) fn new(active: Active, files: u32) -> Self {
        Planned { active, files }
    }

    pub fn id(&self) -> &SwapId {
        &self.active.record.id
    }

    pub fn files(&self) -> u32 {
        self.files
    }

    /// Live files that changed since the plan was made. Called while the camera is paused. A commit would replace
    /// (and keep) these files nevertheless.
    pub fn changed(&self) -> Result<Vec<PathBuf>, Error> {
        let mut changed = Vec::new();
        for step in plan::plan(&self.active.record)?.1 {
            let step = step?;
            let root = self.active.root(&step)?;
            let folder = matches!(step.change.new, New::Folder(_) | New::NoFolder);
            if !folder && root.seen(&step.change.path)?.as_ref().map(Was::from) != step.old {
                changed.push(root.full(&step.change.path));
            }
        }
        Ok(changed)
    }

    /// Keeps every file that will be replaced: by a second link, which takes no room, where the disk
    /// has links. Fails with [`Error::Changed`] when a file came or went since the plan was made.
    pub fn save(self, monitor: &dyn Monitor) -> Result<Saved, Error> {
        for (count, step) in plan::plan(&self.active.record)?.1.enumerate() {
            if count % 64 == 0 {
                monitor.checkpoint()?;
            }
            let step = step?;
            step::keep(self.active.root(&step)?, &step)?;
        }
        for root in &self.active.roots {
            let kept = match root.keeping {
                Keeping::Copy => root.dir.sync_file_system(),
                Keeping::Link => root.dir.dir(&root.old()).and_then(|dir| dir.sync()),
            };
            kept.map_err(Error::io("save", root.full(&root.old())))?;
        }
        Ok(Saved { active: self.active, files: self.files })
    }
}

impl Saved {
    pub fn id(&self) -> &SwapId {
        &self.active.record.id
    }

    /// Replaces every file. Cancel is heard before the first name changes and not after. An error
    /// means all old, unless it is [`Error::HalfWay`]: then a recovery has to finish.
    pub fn commit(mut self, monitor: &dyn Monitor) -> Result<Applied, Error> {
        let monitor = &protect(monitor, "all files are exchanged")?;
        self.active.commit();
        if let Err(first) = self.active.record.set_state(State::Commit) {
            // The word may be on the disk or not; take it back before anything else.
            return Err(match self.active.discard() {
                Ok(()) => first,
                Err(_) => self.half_way(first),
            });
        }
        let files = u64::from(self.files);
        let replaced = forward(&self.active, |done| {
            monitor.progress(Progress { done_files: done, total_files: files, ..Progress::default() });
        });
        if let Err(first) = replaced.and_then(|()| verify(&self.active)) {
            return Err(match put_back(&mut self.active) {
                Ok(()) => Error::PutBack(Box::new(first)),
                Err(second) => self.half_way(second),
            });
        }
        if let Err(first) = self.active.record.set_state(State::Done) {
            return Err(match put_back(&mut self.active) {
                Ok(()) => Error::PutBack(Box::new(first)),
                Err(second) => self.half_way(second),
            });
        }
        let warnings = recover::tidy(&self.active).err().map(|e| e.to_string()).into_iter().collect();
        Ok(Applied { id: self.active.record.id.clone(), files: self.files, warnings })
    }

    fn half_way(&self, source: Error) -> Error {
        Error::HalfWay { id: self.active.record.id.clone(), source: Box::new(source) }
    }
}

/// The inode that was staged is the live one: its bytes were made durable before the plan was.
fn verify(active: &Active) -> Result<(), Error> {
    for step in plan::plan(&active.record)?.1 {
        let step = step?;
        let root = active.root(&step)?;
        let live = root.seen(&step.change.path)?;
        let right = match (&step.change.new, &live) {
            (New::File(file), Some(live)) => root.is(live, file) && live.bytes == file.bytes,
            (New::Thing(thing), Some(live)) => thing::is(root, live, thing),
            (New::NoFile | New::NoThing, live) => live.is_none(),
            (New::Folder(_), live) => live.is_some(),
            // A folder that is not empty stays.
            (New::NoFolder, _) => true,
            (New::File(_) | New::Thing(_), None) => false,
        };
        if !right {
            return Err(Error::Changed(root.full(&step.change.path)));
        }
    }
    Ok(())
}
