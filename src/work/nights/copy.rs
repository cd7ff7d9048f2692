//! One picture from the camera to the drive, hashed on the way, and read back from the drive.
use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;

use rustix::fs::{Advice, Timespec, Timestamps, UTIME_OMIT};

use super::Error;
use crate::base::attributes::{Kind, Moment};
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::destination::shelf::make_folders;
use crate::domain::monitor::{Monitor, Progress};
use crate::domain::nights::frame;

/// Times of FAT are even seconds.
pub(in crate::work) const GRANULARITY_S: u64 = 2;
const BUFFER: usize = 1 << 20;
/// Ending of what is not finished.
pub(super) const PART: &[u8] = b".part";

/// A file to be copied.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Below the camera's images.
    pub from: RelPath,
    /// Below the drive.
    pub to: RelPath,
    pub bytes: u64,
    pub mtime: Moment,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Copied {
    pub hash: blake3::Hash,
    pub flaw: Option<&'static str>,
    /// 0 when the file was there already.
    pub written: u64,
}

/// What `path` below `folder` holds; `None` when it is not there.
pub(in crate::work) fn content_of(
    folder: &Dir,
    path: &RelPath,
    monitor: &dyn Monitor,
) -> Result<Option<(u64, blake3::Hash)>, Error> {
    Copyist::new(folder, folder, 0, monitor).read_back(path)
}

/// Copies files from one camera to one drive, and counts bytes: once written, once read back.
pub(super) struct Copyist<'a> {
    images: &'a Dir,
    drive: &'a Dir,
    monitor: &'a dyn Monitor,
    made: HashSet<RelPath>,
    buffer: Vec<u8>,
    pub progress: Progress,
}

impl<'a> Copyist<'a> {
    pub fn new(images: &'a Dir, drive: &'a Dir, total_bytes: u64, monitor: &'a dyn Monitor) -> Self {
        let progress = Progress { total_bytes, ..Progress::default() };
        Copyist { images, drive, monitor, made: HashSet::new(), buffer: vec![0; BUFFER], progress }
    }

    /// A file that is on the drive with this size and time is only hashed at the camera. `None` when it
    /// is another one than `wanted` says by now.
    pub fn copy(&mut self, wanted: &Wanted) -> Result<Option<Copied>, Error> {
        let is_there = self.is_there(wanted)?;
        let part = RelPath::parse([wanted.to.as_bytes(), PART].concat()).map_err(|why| Error::Io {
            what: format!("{} cannot be named", wanted.to),
            source: io::Error::other(why),
        })?;
        if !is_there {
            self.make_room_for(&part)?;
        }
        let outcome = self.stream(wanted, if is_there { None } else { Some(&part) });
        if !matches!(outcome, Ok(Some(_))) && !is_there {
            // What cannot be removed now is removed when the night is tried again.
            let _ = self.drive.remove_file(&part);
        }
        outcome
    }

    fn is_there(&self, wanted: &Wanted) -> Result<bool, Error> {
        let seen = self.drive.seen(&wanted.to).map_err(Error::io(format!("{} could not be looked at", wanted.to)))?;
        Ok(seen.is_some_and(|seen| {
            let apart = seen.attributes.mtime.seconds.abs_diff(wanted.mtime.seconds);
            seen.kind == Kind::File && seen.bytes == wanted.bytes && apart <= GRANULARITY_S
        }))
    }

    fn make_room_for(&mut self, part: &RelPath) -> Result<(), Error> {
        if let Some(folder) = part.parent()
            && !self.made.contains(&folder)
        {
            make_folders(self.drive, &folder).map_err(Error::io(format!("the folder {folder} could not be made")))?;
            self.made.insert(folder);
        }
        match self.drive.remove_file(part) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(Error::io(format!("{part} is in the way"))(e)),
            _ => Ok(()),
        }
    }

    fn stream(&mut self, wanted: &Wanted, part: Option<&RelPath>) -> Result<Option<Copied>, Error> {
        let mut source = match self.images.read(&wanted.from) {
            Ok(file) => file,
            // The camera cleans up while we copy.
            Err(_) => return Ok(None),
        };
        let what = || format!("{} could not be written", wanted.to);
        let mut target = part.map(|part| self.drive.create_new(part).map_err(Error::io(what()))).transpose()?;
        let (mut hasher, mut bytes, mut tail) = (blake3::Hasher::new(), 0u64, Vec::new());
        loop {
            self.monitor.checkpoint()?;
            let read = match source.read(&mut self.buffer) {
                Ok(0) => break,
                Ok(read) => &self.buffer[..read],
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Ok(None),
            };
            hasher.update(read);
            if let Some(target) = &mut target {
                target.write_all(read).map_err(Error::io(what()))?;
            }
            tail.extend_from_slice(&read[read.len().saturating_sub(frame::TAIL)..]);
            tail.drain(..tail.len().saturating_sub(frame::TAIL));
            bytes += read.len() as u64;
            self.progress.done_bytes += read.len() as u64;
            self.progress.now = wanted.from.to_string();
            self.monitor.progress(self.progress.clone());
        }
        if bytes != wanted.bytes {
            return Ok(None);
        }
        if let (Some(target), Some(part)) = (&target, part) {
            let time = Timespec { tv_sec: wanted.mtime.seconds, tv_nsec: wanted.mtime.nanos.into() };
            let keep = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
            rustix::fs::futimens(target.as_fd(), &Timestamps { last_access: keep, last_modification: time })
                .map_err(|e| Error::io(what())(e.into()))?;
            self.drive.rename(part, &wanted.to).map_err(Error::io(what()))?;
        }
        let flaw = frame::flaw(wanted.from.name(), bytes, &tail);
        Ok(Some(Copied { hash: hasher.finalize(), flaw, written: if part.is_some() { bytes } else { 0 } }))
    }

    /// The hash of what the drive gives back, not what the memory still holds; `None` when the file is
    /// not there.
    pub fn read_back(&mut self, path: &RelPath) -> Result<Option<(u64, blake3::Hash)>, Error> {
        let what = || format!("{path} could not be read back");
        let mut file = match self.drive.read(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(Error::io(what()))?,
        };
        // A file system that knows no such advice reads from memory, which is no error.
        let _ = rustix::fs::fadvise(&file, 0, None, Advice::DontNeed);
        let (mut hasher, mut bytes) = (blake3::Hasher::new(), 0);
        loop {
            self.monitor.checkpoint()?;
            let read = match file.read(&mut self.buffer) {
                Ok(0) => return Ok(Some((bytes, hasher.finalize()))),
                Ok(read) => &self.buffer[..read],
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(Error::io(what())(e)),
            };
            hasher.update(read);
            bytes += read.len() as u64;
            self.progress.done_bytes += read.len() as u64;
            self.progress.now = path.to_string();
            self.monitor.progress(self.progress.clone());
        }
    }
}
