//! Looks at everything that would be taken, before anything is written: how much is new, and how much room it needs.
use std::collections::HashMap;
use std::io;

use super::Error;
use super::base::{Base, Likeness};
use super::rsync_says::Stats;
use crate::base::attributes::Kind;
use crate::base::rel_path::printable;
use crate::base::space::Room;
use crate::base::tree::walk::{Enter, Here, Visitor, walk};
use crate::domain::monitor::{Monitor, Progress};
use crate::domain::snapshot::counts::Counts;
use crate::domain::snapshot::entry::Sort;
use crate::host::local::LocalFolder;
use crate::host::selection::{Selection, Verdict};

/// What a folder takes on file systems of Linux.
const FOLDER_BYTES: u64 = 4096;
/// What a line of a manifest takes, packed.
const LINE_BYTES: u64 = 96;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub counts: Counts,
    /// Room for all that would be written.
    need_bytes: u64,
    need_files: u64,
}

impl Survey {
    /// Of a host that rsync went through; `before` are the counts of what it compared with.
    pub fn of_stats(stats: &Stats, before: Option<&Counts>) -> Survey {
        let Stats { files, folders, symlinks, bytes, created, transferred, transferred_bytes, special } = *stats;
        let shared = files.saturating_sub(transferred);
        let changed = transferred.saturating_sub(created);
        let deleted = before.map_or(0, |before| before.files.saturating_sub(shared + changed));
        let (new, linked) = if before.is_some() { (created, shared) } else { (transferred, 0) };
        let counts = Counts {
            files,
            folders,
            symlinks,
            bytes,
            special,
            new,
            linked,
            deleted,
            changed: transferred - new,
            added_bytes: transferred_bytes,
            ..Counts::default()
        };
        let need_bytes = transferred_bytes + transferred * FOLDER_BYTES / 2;
        Survey { counts, need_bytes, need_files: transferred }.with_names()
    }

    /// With the marker, the manifest, the folders of the snapshot itself, and the names of folders.
    fn with_names(mut self) -> Survey {
        let counts = &self.counts;
        self.need_files += counts.folders + counts.symlinks + 8;
        self.need_bytes +=
            (counts.folders + 8) * FOLDER_BYTES + (counts.files + counts.folders + counts.symlinks) * LINE_BYTES;
        self
    }

    /// Refuses a drive that has not the room.
    pub fn fits(&self, room: &Room) -> Result<(), Error> {
        if room.is_told() && self.need_bytes > room.free_bytes {
            return Err(Error::Full { need: self.need_bytes, have: room.free_bytes });
        }
        match room.free_inodes {
            Some(have) if self.need_files > have => Err(Error::FullOfFiles { need: self.need_files, have }),
            _ => Ok(()),
        }
    }
}

/// Changes nothing. `base` is read to its end.
pub(super) fn survey(
    folder: &LocalFolder,
    selection: &Selection,
    base: Option<Base>,
    monitor: &dyn Monitor,
) -> Result<Survey, Error> {
    let mut looker = Looker { selection, base, survey: Survey::default(), linked: HashMap::new(), monitor };
    let top = folder.fd().try_clone_to_owned()?;
    walk(top, &mut looker)?;
    let Looker { base, mut survey, .. } = looker;
    if let Some(mut base) = base {
        survey.counts.deleted = base.files_gone()?;
    }
    Ok(survey.with_names())
}

struct Looker<'a> {
    selection: &'a Selection,
    base: Option<Base>,
    survey: Survey,
    /// Files with several names, and how many of these are still to come.
    linked: HashMap<(u64, u64), u64>,
    monitor: &'a dyn Monitor,
}

impl Looker<'_> {
    /// Whether the file was counted under another name.
    fn is_known(&mut self, here: &Here<'_>) -> bool {
        if here.seen.names < 2 {
            return false;
        }
        let key = (here.seen.device, here.seen.inode);
        match self.linked.get_mut(&key) {
            Some(1) => self.linked.remove(&key).is_some(),
            Some(left) => {
                *left -= 1;
                true
            }
            None => {
                self.linked.insert(key, here.seen.names - 1);
                false
            }
        }
    }
}

/// Counts what is not taken.
pub(super) fn count(verdict: Verdict, counts: &mut Counts) {
    match verdict {
        Verdict::Taken | Verdict::OurName | Verdict::TheDriveItself => {}
        Verdict::LeftOut => counts.left_out += 1,
        Verdict::Special => counts.special += 1,
        Verdict::OtherFileSystem => counts.other_file_systems += 1,
    }
}

impl Visitor for Looker<'_> {
    type Error = Error;

    fn entry(&mut self, here: &Here<'_>) -> Result<(), Error> {
        self.monitor.checkpoint()?;
        let verdict = self.selection.judge(here);
        let counts = &mut self.survey.counts;
        count(verdict, counts);
        if verdict != Verdict::Taken {
            return Ok(());
        }
        if here.seen.kind != Kind::File {
            counts.symlinks += 1;
            return Ok(());
        }
        counts.files += 1;
        counts.bytes += here.seen.bytes;
        let likeness = match &mut self.base {
            None => Likeness::New,
            Some(base) => {
                let entry = base.seek(here.path, Sort::File)?;
                base.likeness(entry.as_ref(), &here.seen)
            }
        };
        match likeness {
            Likeness::New => self.survey.counts.new += 1,
            Likeness::Changed => self.survey.counts.changed += 1,
            Likeness::Same | Likeness::Doubtful => self.survey.counts.linked += 1,
        }
        if matches!(likeness, Likeness::New | Likeness::Changed) && !self.is_known(here) {
            // Holes take no room.
            self.survey.counts.added_bytes += here.seen.bytes;
            self.survey.need_bytes += here.seen.bytes.min(here.seen.room.max(FOLDER_BYTES));
            self.survey.need_files += 1;
        }
        Ok(())
    }

    fn enter(&mut self, here: &Here<'_>) -> Result<Enter, Error> {
        self.monitor.checkpoint()?;
        let verdict = self.selection.judge(here);
        count(verdict, &mut self.survey.counts);
        match verdict {
            Verdict::Taken => {
                self.survey.counts.folders += 1;
                let done_files = self.survey.counts.files;
                self.monitor.progress(Progress { done_files, now: printable(here.path), ..Progress::default() });
                Ok(Enter::Go)
            }
            _ => Ok(Enter::Skip),
        }
    }

    fn leave(&mut self, _: &Here<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn unreadable(&mut self, _: &[u8], _: io::Error) -> Result<(), Error> {
        self.survey.counts.unreadable += 1;
        Ok(())
    }
}
