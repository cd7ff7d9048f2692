//! Does what is to be done with one file: gives it a second name, copies it, or reads it.
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustix::fs::{AtFlags, Gid, Mode, OFlags, Timespec, Timestamps, Uid};
use rustix::io::Errno;

use super::Error;
use super::base::{Likeness, Linked, Times, link_as_written};
use super::one_file::{Kept, OneFile, Place, copy_file, is_no_name, read_again, read_through};
use super::steps::{Before, Done, FileStep, Outcome, Step, Todo, Worked};
use crate::base::handover::is_root;
use crate::base::rel_path::printable;
use crate::base::tree::copy::{Bytes, CopyError};
use crate::base::tree::xattrs;
use crate::domain::monitor::{Cancelled, Monitor, Progress};
use crate::domain::snapshot::counts::Counts;
use crate::domain::snapshot::entry::{Looks, Names};

/// How far all cores are.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    /// What is done from here on is for nothing.
    pub stop: AtomicBool,
    pub bytes: AtomicU64,
    pub files: AtomicU64,
}

pub(super) struct Worker<'a> {
    pub times: Times,
    pub gauge: &'a Gauge,
    /// What is to be done, as far as it is known.
    pub total: &'a Counts,
    pub monitor: &'a dyn Monitor,
}

impl Worker<'_> {
    pub fn all(&self, steps: Vec<Step>) -> Worked {
        let mut all = Vec::with_capacity(steps.len());
        for step in steps {
            self.go_on()?;
            all.push(match step {
                Step::File(file) => {
                    let outcome = self.one(&file)?;
                    Done::File(file, outcome)
                }
                other => Done::Step(other),
            });
        }
        Ok(all)
    }

    /// Puts a file in its place.
    pub fn one(&self, file: &FileStep) -> Result<Outcome, Error> {
        match &file.todo {
            Todo::Copy(likeness) => self.copy(file, *likeness),
            Todo::Link(before) => self.link(file, before),
            Todo::Compare(before) => self.compare(file, before),
            Todo::ReadBack(likeness) => self.read_back(file, *likeness),
            Todo::Known(before) => Ok(stored(file.looks, before.digest, before.names, Likeness::Same)),
            Todo::KnownSymlink => match read_link(file.folder.to.as_fd(), &file.name) {
                Ok(target) => Ok(Outcome::Symlink(target)),
                Err(why) => Err(Error::io("a link could not be read back from the drive")(why.into())),
            },
            Todo::Symlink => match file.folder.from.as_ref().map(|from| read_link(from.as_fd(), &file.name)) {
                Some(Ok(target)) => symlink(file, target),
                Some(Err(why)) => Ok(Outcome::Unreadable(why.into())),
                None => Ok(Outcome::Unreadable(Errno::NOENT.into())),
            },
            Todo::SymlinkTo(target) => symlink(file, target.clone()),
        }
    }

    fn link(&self, file: &FileStep, before: &Before) -> Result<Outcome, Error> {
        let linked = match &file.folder.base {
            Some(base) => link_as_written(base, &file.name, &before.looks, self.times, &file.folder.to),
            None => Ok(Linked::No),
        };
        match linked.map_err(Error::io("a file could not get another name on the drive"))? {
            Linked::Yes => Ok(stored(file.looks, before.digest, names(file, before.names), Likeness::Same)),
            // The snapshot before has it, and yet it is not shared.
            refused => match self.copy(file, Likeness::Changed)? {
                Outcome::Stored { looks, digest, names, likeness, added_bytes, changed, kept, .. } => {
                    let had_many_names = refused == Linked::TooMany;
                    Ok(Outcome::Stored { looks, digest, names, likeness, added_bytes, changed, had_many_names, kept })
                }
                other => Ok(other),
            },
        }
    }

    /// Reads a file that looks as before.
    fn compare(&self, file: &FileStep, before: &Before) -> Result<Outcome, Error> {
        let Some(from) = &file.folder.from else { return self.link(file, before) };
        let place = Place { folder: from.as_fd(), name: &file.name };
        let (read, carried) = match read_through(place, &mut |_| self.go_on())? {
            Err(why) => return Ok(Outcome::Unreadable(why)),
            Ok(read) => read,
        };
        let there = file.folder.base.as_ref().and_then(|base| open(base.as_fd(), &file.name));
        let carries = there.is_some_and(|file| xattrs::of(&file).is_ok_and(|found| found == carried));
        if read.digest == before.digest && carries {
            self.link(file, before)
        } else {
            self.copy(file, Likeness::Changed)
        }
    }

    /// Copies the file of the host; where that is not at hand, the one of the snapshot before, which is the same.
    fn copy(&self, file: &FileStep, likeness: Likeness) -> Result<Outcome, Error> {
        let folder = file.folder.from.as_ref().or(file.folder.base.as_ref());
        let Some(folder) = folder else { return Ok(Outcome::Unreadable(Errno::NOENT.into())) };
        let place = Place { folder: folder.as_fd(), name: &file.name };
        let to = file.folder.to.as_fd();
        match copy_file(place, to, None, Bytes::MayBeShared, &mut |bytes| self.went_on(file, bytes))? {
            OneFile::Unreadable(why) => Ok(Outcome::Unreadable(why)),
            OneFile::NotHeld(why) => Ok(Outcome::NotHeld(why)),
            OneFile::Copied { seen, copied, changed, kept } => Ok(Outcome::Stored {
                // What was read counts, not what the file was to have.
                looks: Looks { bytes: copied.bytes, ..Looks::of(&seen) },
                digest: copied.digest,
                names: names(file, Names::One),
                likeness,
                added_bytes: copied.bytes,
                changed,
                had_many_names: false,
                kept,
            }),
        }
    }

    fn read_back(&self, file: &FileStep, likeness: Likeness) -> Result<Outcome, Error> {
        let place = Place { folder: file.folder.to.as_fd(), name: &file.name };
        match read_again(place, &mut |bytes| self.went_on(file, bytes)) {
            Ok(read) => {
                let (looks, names) = (Looks { bytes: read.bytes, ..file.looks }, names(file, Names::One));
                let (added_bytes, kept) = (read.bytes, Kept::default());
                let (changed, had_many_names) = (false, false);
                let digest = read.digest;
                Ok(Outcome::Stored { looks, digest, names, likeness, added_bytes, changed, had_many_names, kept })
            }
            Err(CopyError::Stopped(error)) => Err(error),
            Err(CopyError::Read(why) | CopyError::Write(why)) => {
                Err(Error::io("a file could not be read back from the drive")(why))
            }
        }
    }

    fn went_on(&self, file: &FileStep, bytes: u64) -> Result<(), Error> {
        let done_bytes = self.gauge.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        // Many small files are told of together.
        if file.looks.bytes > bytes {
            let (total_bytes, total_files) = (self.total.added_bytes, self.total.files);
            let done_files = self.gauge.files.load(Ordering::Relaxed);
            let now = printable(&file.path());
            self.monitor.progress(Progress { done_bytes, total_bytes, done_files, total_files, now });
        }
        self.go_on()
    }

    fn go_on(&self) -> Result<(), Error> {
        if self.gauge.stop.load(Ordering::Relaxed) {
            return Err(Cancelled.into());
        }
        Ok(self.monitor.checkpoint()?)
    }
}

/// A file that has other names within the snapshot.
fn names(file: &FileStep, otherwise: Names) -> Names {
    if file.inode.names > 1 { Names::Several } else { otherwise }
}

/// A file for which nothing was written.
fn stored(looks: Looks, digest: [u8; 32], names: Names, likeness: Likeness) -> Outcome {
    let (added_bytes, changed, had_many_names, kept) = (0, false, false, Kept::default());
    Outcome::Stored { looks, digest, names, likeness, added_bytes, changed, had_many_names, kept }
}

fn read_link(folder: BorrowedFd<'_>, name: &[u8]) -> Result<Vec<u8>, Errno> {
    rustix::fs::readlinkat(folder, name, Vec::new()).map(std::ffi::CString::into_bytes)
}

fn symlink(file: &FileStep, target: Vec<u8>) -> Result<Outcome, Error> {
    let (to, name, looks) = (file.folder.to.as_fd(), &*file.name, file.looks);
    match rustix::fs::symlinkat(target.as_slice(), to, name) {
        Ok(()) => {}
        Err(e) if is_no_name(e) || matches!(e, Errno::PERM | Errno::NOSYS | Errno::OPNOTSUPP) => {
            return Ok(Outcome::NotHeld(e.into()));
        }
        Err(e) => return Err(Error::io("a link could not be made on the drive")(e.into())),
    }
    let time = Timespec { tv_sec: looks.seconds, tv_nsec: looks.nanos.into() };
    let times = Timestamps { last_access: time, last_modification: time };
    // Both are in the manifest as well.
    let _ = rustix::fs::utimensat(to, name, &times, AtFlags::SYMLINK_NOFOLLOW);
    if is_root() {
        let owner = (Some(Uid::from_raw(looks.uid)), Some(Gid::from_raw(looks.gid)));
        let _ = rustix::fs::chownat(to, name, owner.0, owner.1, AtFlags::SYMLINK_NOFOLLOW);
    }
    Ok(Outcome::Symlink(target))
}

fn open(folder: BorrowedFd<'_>, name: &[u8]) -> Option<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Some(rustix::fs::openat(folder, name, flags, Mode::empty()).ok()?.into())
}
