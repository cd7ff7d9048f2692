//! Pictures from the camera to the drive, hashed on the way, and read back from the drive.
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread;

use rustix::fs::Advice;
use uuid::Uuid;

use super::Error;
use super::reading::{Needs, Piece, Reading, WAITING};
use super::wanted::Wanted;
use crate::base::attributes::{Moment, put_mtime};
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::destination::half_written::{PART, is_half_written};
use crate::destination::night_store::make_folders;
use crate::domain::monitor::{Cancelled, Monitor, Progress};

/// Fits into the memory of a processor, so that what was read is hashed from there.
const BUFFER: usize = 256 << 10;

/// The outcome of a copy.
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

/// The outcome of one file.
#[derive(Debug)]
pub(super) enum Came {
    Copied(Copied),
    /// The camera has another file by now, or none.
    Changed,
    /// The drive's file system cannot hold a file of this size.
    TooLarge,
}

/// Said of a file that the drive cannot hold.
pub(super) const TOO_LARGE: &str =
    "too large for one file on this drive (FAT holds 4 GiB at most); a drive with exFAT or ext4 can take it";

/// Copies files from one camera to one drive, and counts bytes: once written, once read back.
pub(super) struct Copyist<'a> {
    images: &'a Dir,
    drive: &'a Dir,
    monitor: &'a dyn Monitor,
    made: HashSet<RelPath>,
    /// Part of the names of unfinished files.
    id: Uuid,
    buffer: Vec<u8>,
    pub progress: Progress,
}

impl<'a> Copyist<'a> {
    pub fn new(images: &'a Dir, drive: &'a Dir, total_bytes: u64, monitor: &'a dyn Monitor) -> Self {
        let progress = Progress { total_bytes, ..Progress::default() };
        Copyist { images, drive, monitor, made: HashSet::new(), id: Uuid::now_v7(), buffer: vec![0; BUFFER], progress }
    }

    /// Copies `files` and tells `each` of them, in order, what came of it. One that is on the drive with
    /// this size and time is only hashed at the camera; one that the drive's file system cannot hold is
    /// not even read.
    pub fn copy(&mut self, files: &[Wanted], each: &mut dyn FnMut(&Wanted, Came)) -> Result<(), Error> {
        let largest = largest_file(self.drive);
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
        let (give, taken) = sync_channel(WAITING);
        let (written, empty) = channel();
        let reading = Reading { images: self.images, drive: self.drive, monitor: self.monitor, give, empty };
        thread::scope(|scope| {
            let reader = scope.spawn(move || reading.run(files));
            let copied = files.iter().try_for_each(|file| {
                each(file, self.take(file, &taken, &written)?);
                Ok(())
            });
            // A reader that waits for a writer that gave up must not wait for ever.
            drop(taken);
            reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            copied
        })
    }

    /// Writes one file from its pieces; an unfinished file is removed.
    fn take(&mut self, wanted: &Wanted, taken: &Receiver<Piece>, written: &Sender<Vec<u8>>) -> Result<Came, Error> {
        let needs = match next(taken)? {
            Piece::Begin(needs) => needs,
            _ => return Err(Cancelled.into()),
        };
        let part = RelPath::parse([wanted.to.as_bytes(), format!(".{}{PART}", self.id).as_bytes()].concat()).map_err(
            |why| Error::Io { what: format!("{} cannot be named", wanted.to), source: io::Error::other(why) },
        )?;
        if needs == Needs::Hashing {
            return self.stream(wanted, None, taken, written);
        }
        self.make_room_for(&part)?;
        let outcome = self.stream(wanted, Some(&part), taken, written);
        if !matches!(outcome, Ok(Came::Copied(_))) {
            // What cannot be removed now is removed when the night is tried again.
            let _ = self.drive.remove_file(&part);
        }
        outcome
    }

    fn make_room_for(&mut self, part: &RelPath) -> Result<(), Error> {
        if let Some(folder) = part.parent()
            && !self.made.contains(&folder)
        {
            make_folders(self.drive, &folder).map_err(Error::io(format!("the folder {folder} could not be made")))?;
            sweep(self.drive, &folder).map_err(Error::io(format!("the folder {folder} could not be cleared")))?;
            self.made.insert(folder);
        }
        match self.drive.remove_file(part) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(Error::io(format!("{part} is in the way"))(e)),
            _ => Ok(()),
        }
    }

    fn stream(
        &mut self,
        wanted: &Wanted,
        part: Option<&RelPath>,
        taken: &Receiver<Piece>,
        written: &Sender<Vec<u8>>,
    ) -> Result<Came, Error> {
        let what = || format!("{} could not be written", wanted.to);
        let mut target = part.map(|part| self.drive.create_new(part).map_err(Error::io(what()))).transpose()?;
        self.progress.now = wanted.from.to_string();
        let mut is_too_large = false;
        let (bytes, hash, flaw) = loop {
            match next(taken)? {
                Piece::Bytes(buffer, length) => {
                    if let Some(file) = &mut target {
                        match file.write_all(&buffer[..length]) {
                            // The rest is read and thrown away: the reader goes on with the next file.
                            Err(e) if e.kind() == io::ErrorKind::FileTooLarge => (is_too_large, target) = (true, None),
                            other => other.map_err(Error::io(what()))?,
                        }
                    }
                    // When the reader has ended it needs no buffer any more.
                    let _ = written.send(buffer);
                    self.progress.done_bytes += length as u64;
                    self.monitor.progress(self.progress.clone());
                }
                Piece::End { bytes, hash, flaw } => break (bytes, hash, flaw),
                _ => return Ok(Came::Changed),
            }
        };
        if is_too_large {
            return Ok(Came::TooLarge);
        }
        if bytes != wanted.bytes {
            return Ok(Came::Changed);
        }
        if let (Some(target), Some(part)) = (&target, part) {
            finish(target, wanted.mtime).map_err(Error::io(what()))?;
            self.drive.replace(part, &wanted.to).map_err(Error::io(what()))?;
        }
        Ok(Came::Copied(Copied { hash, flaw, written: if part.is_some() { bytes } else { 0 } }))
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

/// The most bytes of one file, as far as the kind of the file system tells: FAT counts them in 32 bits.
pub(super) fn largest_file(drive: &Dir) -> u64 {
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

/// The next piece. A reader that ended without saying why was cancelled.
fn next(taken: &Receiver<Piece>) -> Result<Piece, Error> {
    match taken.recv() {
        Ok(Piece::Failed(error)) => Err(error),
        Ok(piece) => Ok(piece),
        Err(_) => Err(Cancelled.into()),
    }
}

/// Gives the copy the time of the picture, and lets the drive begin with it. Where the drive takes no
/// times, the list of files has them.
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
