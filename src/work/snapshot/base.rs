//! The snapshot before the one that is taken: read side by side with the host, so that what did not change is shared.
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::AtFlags;
use rustix::io::Errno;

use super::Error;
use crate::base::attributes::{Kind, Moment, Seen};
use crate::base::tree::open_path::OpenPath;
use crate::base::tree::walk::{Here, look};
use crate::destination::manifest::ManifestReader;
use crate::destination::snapshots::store::{Snapshot, SnapshotStore};
use crate::domain::snapshot::entry::{Entry, Looks, Sort};

/// The clock of a file system may run in steps of so many seconds.
const CLOCK_STEP_S: i64 = 2;

pub(super) struct Base {
    pub snapshot: Snapshot,
    manifest: ManifestReader,
    way: OpenPath,
    /// So many folders of the present place are not in it.
    missing: usize,
    times: Times,
}

/// Whether the drive keeps the times of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Times {
    Kept,
    NotKept,
}

/// What is known of a file of the host before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    New,
    Changed,
    /// Nothing speaks against it being the file of the snapshot before.
    Same,
    /// It looks the same, but something of it changed since then: only its bytes can tell.
    Doubtful,
}

/// How a file got a second name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Linked {
    Yes,
    /// The drive gives it no more names.
    TooMany,
    /// What lies there is not what the manifest says, or cannot be linked.
    No,
}

impl Base {
    /// Opens `snapshot`; fails when its manifest is not as it was written.
    pub fn open(store: &SnapshotStore, snapshot: Snapshot, times: Times) -> Result<Base, Error> {
        let damaged = |source| Error::Manifest { name: snapshot.name, source };
        let manifest = store.manifest(&snapshot).map_err(damaged)?;
        let top = store.tree(snapshot.name).map_err(Error::io("the snapshot before could not be read"))?;
        let fd: OwnedFd =
            top.as_fd().try_clone_to_owned().map_err(Error::io("the snapshot before could not be read"))?;
        Ok(Base { way: OpenPath::new(fd)?, manifest, missing: 0, times, snapshot })
    }

    /// What the snapshot before has at `path`.
    pub fn seek(&mut self, path: &[u8], sort: Sort) -> Result<Option<Entry>, Error> {
        let name = self.snapshot.name;
        self.manifest.seek(path, sort).map_err(|source| Error::Manifest { name, source })
    }

    /// The next that the snapshot before has in front of `path`.
    pub fn take_before(&mut self, path: &[u8], sort: Sort) -> Result<Option<Entry>, Error> {
        let name = self.snapshot.name;
        self.manifest.take_before(path, sort).map_err(|source| Error::Manifest { name, source })
    }

    /// The next that the snapshot before has below `folder`.
    pub fn take_below(&mut self, folder: &[u8]) -> Result<Option<Entry>, Error> {
        let name = self.snapshot.name;
        self.manifest.take_below(folder).map_err(|source| Error::Manifest { name, source })
    }

    /// A file of the snapshot before is gone.
    pub fn count_gone(&mut self) {
        self.manifest.passed_files += 1;
    }

    pub fn likeness(&self, entry: Option<&Entry>, seen: &Seen) -> Likeness {
        let Some(entry) = entry else { return Likeness::New };
        if entry.looks != Looks::of(seen) {
            return Likeness::Changed;
        }
        // The clock of a share may be ahead of ours.
        let clock = self.snapshot.marker.drive_clock.min(self.snapshot.marker.started);
        let begun = Moment { seconds: clock.as_second(), nanos: clock.subsec_nanosecond().unsigned_abs() };
        let is_older = seen.changed.seconds.saturating_add(CLOCK_STEP_S) < begun.seconds;
        if is_older { Likeness::Same } else { Likeness::Doubtful }
    }

    pub fn enter(&mut self, name: &[u8]) {
        // A folder of the snapshot before that cannot be opened has nothing to share.
        if self.missing > 0 || self.way.enter(name).is_err() {
            self.missing += 1;
        }
    }

    pub fn leave(&mut self) -> io::Result<()> {
        if self.missing > 0 {
            self.missing -= 1;
            return Ok(());
        }
        self.way.leave()
    }

    /// A handle of the present place; `None` where the snapshot before has no such folder.
    pub fn place(&self) -> io::Result<Option<OwnedFd>> {
        if self.missing > 0 {
            return Ok(None);
        }
        self.way.end()?.try_clone_to_owned().map(Some)
    }

    pub fn times(&self) -> Times {
        self.times
    }

    /// Whether the file that lies here is one file with that of the snapshot before, and as its manifest says.
    pub fn is_one_with(&self, here: &Here<'_>, entry: &Entry) -> bool {
        let place = self.way.end().ok().filter(|_| self.missing == 0);
        let found = place.and_then(|place| look(place, here.name).ok());
        found.is_some_and(|seen| {
            (seen.device, seen.inode) == (here.seen.device, here.seen.inode)
                && is_as_written(&entry.looks, &seen, self.times)
        })
    }

    /// How many files of the snapshot before were never asked for. Reads to the end.
    pub fn files_gone(&mut self) -> Result<u64, Error> {
        let name = self.snapshot.name;
        self.manifest.finish().map_err(|source| Error::Manifest { name, source })?;
        Ok(self.manifest.passed_files)
    }
}

/// Whether a file of the snapshot before is as its manifest says, as far as a look can tell.
pub(super) fn is_as_written(looks: &Looks, seen: &Seen, times: Times) -> bool {
    let found = Looks::of(seen);
    let time = |looks: &Looks| (looks.seconds, looks.nanos);
    let is_time = times == Times::NotKept || time(&found) == time(looks);
    seen.kind == Kind::File && found.bytes == looks.bytes && is_time
}

/// Gives the file `name` in `place` a second name in `to`, when it is as the manifest says.
pub(super) fn link_as_written(
    place: impl AsFd,
    name: &[u8],
    looks: &Looks,
    times: Times,
    to: impl AsFd,
) -> io::Result<Linked> {
    let is_it = look(place.as_fd(), name).is_ok_and(|seen| is_as_written(looks, &seen, times));
    if is_it { link(place, name, to, name) } else { Ok(Linked::No) }
}

/// Gives `from` below `place` a second name `name` in `to`.
pub(super) fn link(place: impl AsFd, from: &[u8], to: impl AsFd, name: &[u8]) -> io::Result<Linked> {
    match rustix::fs::linkat(place, from, to, name, AtFlags::empty()) {
        Ok(()) => Ok(Linked::Yes),
        Err(Errno::MLINK) => Ok(Linked::TooMany),
        Err(e @ (Errno::NOSPC | Errno::DQUOT | Errno::ROFS | Errno::IO)) => Err(e.into()),
        Err(_) => Ok(Linked::No),
    }
}
