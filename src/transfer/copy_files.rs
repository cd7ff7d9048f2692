//! Files of one folder to another, hashed on the way, and read back from there.
//!
//! A file has its name only when all of it is written; until then it has an id in its name, by which what a kill leaves
//! is known and swept. Nothing is safe before the file system of the target is synced, which its caller does once.
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;

use rustix::fs::Advice;
use uuid::Uuid;

use super::Error;
use super::read_ahead::{BrokenOff, Next, PieceReceiver, PieceSender, Stopped, read_ahead};
use super::read_back;
use super::wanted::{Wanted, is_there};
use crate::base::attributes::{Moment, put_mtime};
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::base::tree::copy::CopyError;
use crate::destination::half_written::{PART, is_half_written};
use crate::domain::monitor::{Cancelled, Monitor, Progress};
use crate::domain::nights::frame::TAIL;

/// The outcome of a copy.
#[derive(Debug)]
pub struct Copied {
    pub hash: blake3::Hash,
    /// The last bytes of the file, at most [`TAIL`].
    pub tail: Vec<u8>,
    /// 0 when the file was there already.
    pub written: u64,
}

/// The outcome of one file.
#[derive(Debug)]
pub enum Came {
    Copied(Copied),
    /// The source has another file by now, or none.
    Changed,
    /// The file system of the target cannot hold a file of this size.
    TooLarge,
}

/// Said of a file that the drive cannot hold.
pub const TOO_LARGE: &str =
    "too large for one file on this drive (FAT holds 4 GiB at most); a drive with exFAT or ext4 can take it";

/// What is to be done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    Writing,
    /// The target has a file of this size and time, so only the hash is missing.
    Hashing,
}

/// How the reading of a file ended.
enum Ended {
    Whole {
        bytes: u64,
        hash: blake3::Hash,
        tail: Vec<u8>,
    },
    /// The source deletes old files while we copy.
    Gone,
}

/// Copies files from one folder to another, and counts bytes: once written, once read back.
pub struct FileCopier<'a> {
    from: &'a Dir,
    to: &'a Dir,
    monitor: &'a dyn Monitor,
    made: HashSet<RelPath>,
    /// Part of the names of unfinished files.
    id: Uuid,
    pub progress: Progress,
}

impl<'a> FileCopier<'a> {
    pub fn new(from: &'a Dir, to: &'a Dir, total_bytes: u64, monitor: &'a dyn Monitor) -> Self {
        let progress = Progress { total_bytes, ..Progress::default() };
        FileCopier { from, to, monitor, made: HashSet::new(), id: Uuid::now_v7(), progress }
    }

    /// Copies `files` and tells `each` of them, in order, what came of it. One that is there with this size and time is
    /// only hashed at the source; one that the target's file system cannot hold is not even read.
    pub fn copy(&mut self, files: &[Wanted], each: &mut dyn FnMut(&Wanted, Came)) -> Result<(), Error> {
        let largest = largest_file(self.to);
        for files in files.chunk_by(|one, next| (one.bytes > largest) == (next.bytes > largest)) {
            if files.iter().any(|file| file.bytes > largest) {
                files.iter().for_each(|file| each(file, Came::TooLarge));
            } else {
                self.copy_those(files, each)?;
            }
        }
        Ok(())
    }

    fn copy_those(&mut self, files: &[Wanted], each: &mut dyn FnMut(&Wanted, Came)) -> Result<(), Error> {
        let source = Source { from: self.from, to: self.to, monitor: self.monitor };
        read_ahead(
            |pieces| files.iter().try_for_each(|file| source.read(file, pieces)),
            |pieces| {
                files.iter().try_for_each(|file| {
                    let needs = pieces.begin().ok_or(Cancelled)?;
                    each(file, self.take(file, needs, pieces)?);
                    Ok(())
                })
            },
        )
    }

    /// Writes one file from its pieces; an unfinished file is removed.
    fn take(&mut self, wanted: &Wanted, needs: Needs, pieces: &Pieces) -> Result<Came, Error> {
        if needs == Needs::Hashing {
            return self.write(wanted, None, pieces);
        }
        let part = RelPath::parse([wanted.to.as_bytes(), format!(".{}{PART}", self.id).as_bytes()].concat());
        let part = part.map_err(io::Error::other).map_err(Error::io(format!("{} cannot be named", wanted.to)))?;
        self.make_room_for(&part)?;
        let outcome = self.write(wanted, Some(&part), pieces);
        if !matches!(outcome, Ok(Came::Copied(_))) {
            // What cannot be removed now is removed when its folder is filled again.
            let _ = self.to.remove_file(&part);
        }
        outcome
    }

    fn make_room_for(&mut self, part: &RelPath) -> Result<(), Error> {
        if let Some(folder) = part.parent()
            && !self.made.contains(&folder)
        {
            self.to.make_folders(&folder).map_err(Error::io(format!("the folder {folder} could not be made")))?;
            sweep(self.to, &folder).map_err(Error::io(format!("the folder {folder} could not be cleared")))?;
            self.made.insert(folder);
        }
        match self.to.remove_file(part) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::io(format!("{part} is in the way"))(e)),
            _ => Ok(()),
        }
    }

    fn write(&mut self, wanted: &Wanted, part: Option<&RelPath>, pieces: &Pieces) -> Result<Came, Error> {
        let what = || format!("{} could not be written", wanted.to);
        let mut target = part.map(|part| self.to.create_new(part).map_err(Error::io(what()))).transpose()?;
        self.progress.now = wanted.from.to_string();
        let mut is_too_large = false;
        let ended = loop {
            // A source that broke off says why by itself.
            match pieces.next().map_err(|BrokenOff| Cancelled)? {
                Next::Bytes(piece) => {
                    if let Some(file) = &mut target {
                        match file.write_all(&piece) {
                            // The rest is read and thrown away: the source goes on with the next file.
                            Err(e) if e.kind() == ErrorKind::FileTooLarge => (is_too_large, target) = (true, None),
                            other => other.map_err(Error::io(what()))?,
                        }
                    }
                    self.progress.done_bytes += piece.len() as u64;
                    self.monitor.progress(self.progress.clone());
                }
                Next::End(ended) => break ended,
            }
        };
        let (hash, tail) = match ended {
            _ if is_too_large => return Ok(Came::TooLarge),
            Ended::Whole { bytes, hash, tail } if bytes == wanted.bytes => (hash, tail),
            Ended::Whole { .. } | Ended::Gone => return Ok(Came::Changed),
        };
        if let (Some(target), Some(part)) = (&target, part) {
            finish(target, wanted.mtime).map_err(Error::io(what()))?;
            self.to.replace(part, &wanted.to).map_err(Error::io(what()))?;
        }
        Ok(Came::Copied(Copied { hash, tail, written: if part.is_some() { wanted.bytes } else { 0 } }))
    }

    /// The size and hash of what the target gives back, not what the memory still holds; `None` when the file is not
    /// there.
    pub fn read_back(&mut self, path: &RelPath) -> Result<Option<(u64, blake3::Hash)>, Error> {
        let what = || format!("{path} could not be read back");
        let file = match self.to.read(path) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            other => other.map_err(Error::io(what()))?,
        };
        let read = read_back::from_disk(&file, &mut |bytes| {
            self.progress.done_bytes += bytes;
            self.progress.now = path.to_string();
            self.monitor.progress(self.progress.clone());
            self.monitor.checkpoint()
        });
        match read {
            Ok(read) => Ok(Some((read.bytes, read.digest.into()))),
            Err(CopyError::Stopped(cancelled)) => Err(cancelled.into()),
            Err(CopyError::Read(source) | CopyError::Write(source)) => Err(Error::io(what())(source)),
        }
    }
}

/// What `path` below `folder` holds; `None` when it is not there.
pub fn content_of(folder: &Dir, path: &RelPath, monitor: &dyn Monitor) -> Result<Option<(u64, blake3::Hash)>, Error> {
    FileCopier::new(folder, folder, 0, monitor).read_back(path)
}

type Pieces = PieceReceiver<Needs, Ended>;

/// Where the files come from.
struct Source<'a> {
    from: &'a Dir,
    to: &'a Dir,
    monitor: &'a dyn Monitor,
}

impl Source<'_> {
    fn read(&self, wanted: &Wanted, pieces: &PieceSender<Needs, Ended>) -> Result<(), Stopped<Error>> {
        pieces.begin(if is_there(self.to, wanted)? { Needs::Hashing } else { Needs::Writing })?;
        let Ok(mut source) = self.from.read(&wanted.from) else { return pieces.end(Ended::Gone) };
        let (mut hasher, mut bytes, mut tail) = (blake3::Hasher::new(), 0, Vec::new());
        let mut look = |piece: &[u8]| {
            hasher.update(piece);
            tail.extend_from_slice(&piece[piece.len().saturating_sub(TAIL)..]);
            tail.drain(..tail.len().saturating_sub(TAIL));
            bytes += piece.len() as u64;
        };
        loop {
            self.monitor.checkpoint().map_err(Error::from)?;
            match pieces.pass(&mut source, &mut look)? {
                Ok(true) => {}
                Ok(false) => break,
                Err(_) => return pieces.end(Ended::Gone),
            }
        }
        pieces.end(Ended::Whole { bytes, hash: hasher.finalize(), tail })
    }
}

/// The most bytes of one file, as far as the kind of the file system tells: FAT counts them in 32 bits.
pub fn largest_file(drive: &Dir) -> u64 {
    /// The kernel's number for FAT of every size.
    const FAT: u64 = 0x4d44;
    match rustix::fs::fstatfs(drive.as_fd()) {
        Ok(found) if found.f_type as u64 == FAT => u32::MAX.into(),
        _ => u64::MAX,
    }
}

/// Removes what interrupted work left in a folder. The caller holds the lock of the drive.
fn sweep(drive: &Dir, folder: &RelPath) -> io::Result<()> {
    for name in drive.dir(folder)?.entries()? {
        let path = folder.join(name.as_bytes()).map_err(io::Error::other)?;
        if is_half_written(&path) {
            drive.remove_file(&path)?;
        }
    }
    Ok(())
}

/// Gives the copy the time of its source, and lets the disk begin with it. Where the disk takes no times, the list of
/// files has them.
fn finish(target: &File, mtime: Moment) -> io::Result<()> {
    put_mtime(target, mtime)?;
    // A file system that knows no such advice begins when all is written.
    let _ = rustix::fs::fadvise(target, 0, None, Advice::DontNeed);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_interrupted_work_left_goes_and_what_others_call_a_part_stays() {
        let top = tempfile::tempdir().unwrap();
        let folder = RelPath::parse("n").unwrap();
        std::fs::create_dir(top.path().join("n")).unwrap();
        let ours = format!("a.jpg.{}.part", Uuid::now_v7());
        for name in [ours.as_str(), "a.jpg.part", "a.jpg.0192.part", "a.jpg"] {
            std::fs::write(top.path().join("n").join(name), "x").unwrap();
        }
        sweep(&Dir::open(top.path()).unwrap(), &folder).unwrap();
        assert!(!top.path().join("n").join(ours).exists());
        assert_eq!(std::fs::read_dir(top.path().join("n")).unwrap().count(), 3);
    }
}
