//! A set of snapshots that leaves for another drive: what its owner said of it goes along, and the empty folders behind it
//! are taken away. Whatever is not ours stays where it lies.
use std::io;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::AtFlags;

use super::golden::{GOLDEN, SCRUB};
use super::pointers::Pointer;
use super::store::{HOURLY, LIMITS, MARKS, Mark, SnapshotStore};
use crate::base::attributes::Kind;
use crate::base::dir::Dir;
use crate::base::plain::{self, read_open};
use crate::base::rel_path::RelPath;
use crate::domain::snapshot::month::Month;
use crate::domain::snapshot::name::SnapshotName;

/// Where the archives of a host lie beside its snapshots.
const ARCHIVES: &str = "archives";
const FOLDERS: [&str; 4] = [HOURLY, GOLDEN, MARKS, ARCHIVES];

impl SnapshotStore {
    /// Says of all snapshots and golden months what `other` says of them, and has its limits of alarms.
    pub fn say_as(&self, other: &SnapshotStore) -> io::Result<()> {
        let (ours, theirs) = (self.mark_files()?, other.mark_files()?);
        self.dir.make_folders(&RelPath::of_our_own(MARKS))?;
        for file in &theirs {
            self.dir.write_atomic(file, &read_open(other.dir.read(file)?, plain::LINE)?)?;
        }
        for file in ours.iter().filter(|file| !theirs.contains(file)) {
            self.dir.remove_file(file)?;
        }
        self.dir.dir(&RelPath::of_our_own(MARKS))?.sync()
    }

    /// How many things lie beside or among the snapshots that are none of ours.
    pub fn strangers(&self) -> io::Result<u64> {
        let of = |folder: &str| -> io::Result<Vec<_>> {
            match self.dir.dir(&RelPath::of_our_own(folder)) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
                other => other?.entries(),
            }
        };
        let mut count = 0;
        for name in of(HOURLY)? {
            let hour = name.to_str().and_then(|name| name.parse::<SnapshotName>().ok());
            let is_ours = hour.map_or(Ok(false), |hour| self.is_snapshot(hour))?;
            count += u64::from(!is_ours);
        }
        let months = self.goldens()?;
        let is_golden = |name: &str| name.parse::<Month>().is_ok_and(|one| months.iter().any(|it| it.month == one));
        count += of(GOLDEN)?.iter().filter(|name| !name.to_str().is_some_and(is_golden)).count() as u64;
        Ok(count)
    }

    /// Whether there is nothing but empty folders of ours.
    pub fn is_empty(&self) -> io::Result<bool> {
        for name in self.dir.entries()? {
            let is_ours = FOLDERS.iter().any(|folder| name == *folder);
            let Some(place) = RelPath::parse(name.as_bytes()).ok().filter(|_| is_ours) else { return Ok(false) };
            if !self.dir.dir(&place)?.entries()?.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes away what is left when everything of the set is gone: pointers, marks and empty folders. Returns whether the
    /// folder of the host is gone as well.
    pub fn dismantle(self, drive: &Dir) -> io::Result<bool> {
        for pointer in Pointer::ALL {
            let link = RelPath::of_our_own(pointer.as_str());
            if self.dir.seen(&link)?.is_some_and(|seen| seen.kind == Kind::Link) {
                rustix::fs::unlinkat(self.dir.as_fd(), pointer.as_str(), AtFlags::empty())?;
            }
            missing_is_fine(self.dir.remove_file(&RelPath::of_our_own(&format!("{}.txt", pointer.as_str()))))?;
        }
        for file in self.mark_files()? {
            self.dir.remove_file(&file)?;
        }
        for folder in FOLDERS {
            missing_is_fine(self.dir.remove_dir(&RelPath::of_our_own(folder)))?;
        }
        let place = RelPath::of_our_own(&format!("hosts/{}", self.host));
        missing_is_fine(drive.remove_dir(&place))?;
        Ok(drive.seen(&place)?.is_none())
    }

    /// Files in which something is said of a snapshot or a golden month.
    fn mark_files(&self) -> io::Result<Vec<RelPath>> {
        let names = match self.dir.dir(&RelPath::of_our_own(MARKS)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?.entries()?,
        };
        let file = |name: &std::ffi::OsString| {
            let path = RelPath::parse(format!("{MARKS}/{}", name.to_str()?).as_bytes()).ok()?;
            (is_mark(name.as_bytes()) || path.as_bytes() == LIMITS.as_bytes()).then_some(path)
        };
        Ok(names.iter().filter_map(file).collect())
    }
}

fn is_mark(name: &[u8]) -> bool {
    let Some((subject, ending)) = std::str::from_utf8(name).ok().and_then(|name| name.split_once('.')) else {
        return false;
    };
    let of_snapshot =
        || subject.parse::<SnapshotName>().is_ok() && Mark::ALL.iter().any(|mark| mark.ending() == ending);
    of_snapshot() || (ending == SCRUB && subject.parse::<Month>().is_ok())
}

/// What others have put into a folder keeps it.
fn missing_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_of_a_snapshot_or_a_month_is_a_mark() {
        for mark in ["2026-03-06_0800.pinned", "2026-10-25_0200f.resolved", "2026-03.scrub"] {
            assert!(is_mark(mark.as_bytes()), "{mark}");
        }
        for odd in ["", "notes.txt", "2026-03-06_0800.txt", "2026-03-06_0800", "2026-03.pinned", ".pinned"] {
            assert!(!is_mark(odd.as_bytes()), "{odd}");
        }
    }
}
