//! What one worker does: opens files, reads, hashes and packs them.
//!
//! A camera is at work in the same folders. Whatever happens to a file while it is read, the
//! archive gets exactly the bytes that its header promised, and its owner gets a sentence.
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};

use sha2::Digest as _;

use crate::base::digest::Sha256;
use crate::base::dir::Dir;
use crate::domain::archive::left_out::{LeftOut, LeftOutKind};
use crate::domain::archive::listing::{Entry, Listing, Source};
use crate::domain::monitor::{Cancelled, Monitor};
use crate::domain::restore::program::ContentVerdict;

use super::buffers::Buffers;
use super::member::Begins;
use super::packer::{BLOCK, Packed, Packer};
use super::reading::Reading;
use super::tar_out::{self, Header, Kind};

/// What opening a link gives when links are not followed.
const LOOP: i32 = rustix::io::Errno::LOOP.raw_os_error();

/// Which entry of the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Metadata,
    /// In the listing.
    Nth(usize),
}

/// An entry that is complete.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    pub which: Which,
    pub size: u64,
    pub mtime: i64,
    /// `None` for directories.
    pub sha256: Option<Sha256>,
    pub content: ContentVerdict,
}

/// What happens inside a gzip member, in order.
#[derive(Debug, Clone, Copy)]
pub enum Event {
    /// The content of the next entry begins after this many raw bytes of the member.
    Starts {
        skip: u64,
    },
    Ends(Ended),
}

/// A gzip member on its way to the file.
pub struct PackedPart {
    /// `None` when there was nothing to write.
    pub packed: Option<Packed>,
    pub events: Vec<Event>,
    /// Raw content bytes, for the progress bar.
    pub content: u64,
    /// The worker is done with its task.
    pub last: bool,
}

/// A task for a worker.
pub enum Task {
    Metadata(File),
    /// Entries of the listing, each read in full by the worker.
    Batch(Range<usize>),
    /// A piece of a large file: header (if it begins here), content, and bytes of padding.
    Piece {
        header: Vec<u8>,
        content: Vec<u8>,
        padding: usize,
        begins: Begins,
        ends: Option<Ended>,
    },
}

/// Why a task ended early: the owner cancelled, or nobody takes the parts any more.
pub struct Stopped;

impl From<Cancelled> for Stopped {
    fn from(_: Cancelled) -> Self {
        Stopped
    }
}

/// What all threads share.
pub struct Shared<'a> {
    pub listing: &'a Listing,
    /// One for each root; the error is told with every file that would have come from it.
    pub roots: Vec<io::Result<Dir>>,
    pub monitor: &'a dyn Monitor,
    pub buffers: Buffers,
    /// Owner of what we add ourselves.
    pub owner: (u32, u32),
    /// What could not be read, or not to its end.
    pub left_out: Mutex<Vec<LeftOut>>,
}

/// An open file and the header that promises its size.
pub struct Opened<'a> {
    pub file: File,
    pub header: Header<'a>,
    /// When the file was last changed before it was opened: seconds and nanoseconds.
    seen: (i64, i64),
}

impl<'a> Shared<'a> {
    fn header(&self, entry: &'a Entry, kind: Kind<'a>, size: u64, mtime: i64) -> Header<'a> {
        Header {
            name: entry.name.as_bytes(),
            kind,
            size,
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            mtime,
            user: tar_out::known(&self.listing.users, entry.uid),
            group: tar_out::known(&self.listing.groups, entry.gid),
        }
    }

    /// Header of a file that we add.
    pub fn own_header<'h>(&self, name: &'h str, size: u64, mtime: i64) -> Header<'h>
    where
        'a: 'h,
    {
        let (uid, gid) = self.owner;
        Header {
            name: name.as_bytes(),
            kind: Kind::File,
            size,
            mode: 0o644,
            uid,
            gid,
            mtime,
            user: tar_out::known(&self.listing.users, uid),
            group: tar_out::known(&self.listing.groups, gid),
        }
    }

    /// Opens the file of an entry, or says why it is left out.
    pub fn open(&self, entry: &'a Entry) -> Option<Opened<'a>> {
        match self.try_open(entry) {
            Ok(opened) => Some(opened),
            Err(why) => {
                self.leave_out(LeftOut::missing(&entry.name, format!("{why}; it is not in this backup")));
                None
            }
        }
    }

    /// Warns the watchers and keeps the remark for the archive.
    pub fn leave_out(&self, left_out: LeftOut) {
        self.monitor.warn(left_out.to_string());
        self.left_out.lock().unwrap_or_else(PoisonError::into_inner).push(left_out);
    }

    /// True when nothing of a file could be read: then it is left out, and no zeros stand for it.
    pub fn gave_nothing(&self, opened: &Opened, reading: &Reading) -> bool {
        let Reading { read: 0, broke: Some(why), .. } = reading else { return false };
        let name = crate::base::rel_path::printable(opened.header.name);
        self.leave_out(LeftOut::missing(name, format!("could not be read ({why}); it is not in this backup")));
        true
    }

    /// Whether a content that begins so is what the name of its member says.
    pub fn verdict(&self, which: Which, head: &[u8]) -> ContentVerdict {
        match which {
            Which::Metadata => ContentVerdict::AsNamed,
            Which::Nth(nth) => ContentVerdict::of(&self.listing.entries[nth].name, head),
        }
    }

    fn try_open(&self, entry: &'a Entry) -> Result<Opened<'a>, String> {
        let (root, path) = self.listing.place(entry).ok_or("has no place on the disk")?;
        let dir = self.roots.get(usize::from(root)).ok_or("has no place on the disk")?;
        let dir = dir.as_ref().map_err(|e| format!("could not be read, its folder cannot be opened ({e})"))?;
        let file = dir.read(&path).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => "vanished before it could be read".to_owned(),
            io::ErrorKind::PermissionDenied => "may not be read by this program".to_owned(),
            _ if e.raw_os_error() == Some(LOOP) => "is a link now".to_owned(),
            _ => format!("could not be opened ({e})"),
        })?;
        let stat = file.metadata().map_err(|e| format!("could not be looked at ({e})"))?;
        if !stat.is_file() {
            return Err("is no regular file any more".to_owned());
        }
        // A copy of a database carries the time of the database, not of the copy.
        let mtime = if matches!(entry.source, Source::Elsewhere { .. }) { entry.mtime } else { stat.mtime() };
        let header = self.header(entry, Kind::File, stat.len(), mtime);
        Ok(Opened { file, header, seen: (stat.mtime(), stat.mtime_nsec()) })
    }

    /// Says what happened to a file while it was read. `read` bytes of it came, `broke` if reading failed.
    pub fn compare(&self, opened: &Opened, read: u64, broke: Option<&io::Error>) {
        let name = crate::base::rel_path::printable(opened.header.name);
        let promised = opened.header.size;
        let incomplete = |why| self.leave_out(LeftOut::new(LeftOutKind::Incomplete, &name, why));
        if let Some(e) = broke {
            incomplete(format!(
                "could not be read beyond its first {read} bytes ({e}); the rest of it is filled with zeros"
            ));
        } else if read < promised {
            incomplete(format!(
                "became shorter while it was read ({read} of {promised} bytes); the rest is filled with zeros"
            ));
        } else if let Ok(now) = opened.file.metadata() {
            if now.len() > promised {
                self.monitor
                    .warn(format!("{name} was still growing; the part that was there when it was opened was saved"));
            } else if now.len() < promised || (now.mtime(), now.mtime_nsec()) != opened.seen {
                self.monitor.warn(format!("{name} was changed while it was read; the saved copy may be a mix"));
            }
        }
    }
}

/// Packs entries into parts and sends them on.
pub struct Worker<'a> {
    shared: &'a Shared<'a>,
    packer: Packer,
    block: Vec<u8>,
    header: Vec<u8>,
    events: Vec<Event>,
    content: u64,
}

impl<'a> Worker<'a> {
    pub fn new(shared: &'a Shared<'a>) -> Self {
        let packer = Packer::with_level(shared.listing.level, Begins::AtEntry, shared.buffers.take());
        Worker { shared, packer, block: vec![0; BLOCK], header: Vec::new(), events: Vec::new(), content: 0 }
    }

    /// Does one task; every part of it goes to `to`.
    pub fn run(&mut self, task: Task, to: &SyncSender<PackedPart>) -> Result<(), Stopped> {
        self.shared.monitor.checkpoint()?;
        self.events.clear();
        self.content = 0;
        match task {
            Task::Metadata(file) => {
                self.packer.restart(Begins::AtEntry, self.shared.buffers.take());
                if let Ok(stat) = file.metadata() {
                    let header = self.shared.own_header(super::METADATA, stat.len(), stat.mtime());
                    let opened = Opened { file, header, seen: (stat.mtime(), stat.mtime_nsec()) };
                    self.file(Which::Metadata, opened, to)?;
                }
            }
            Task::Batch(range) => {
                self.packer.restart(Begins::AtEntry, self.shared.buffers.take());
                for nth in range {
                    self.entry(nth, to)?;
                }
            }
            Task::Piece { header, content, padding, begins, ends } => {
                self.packer.restart(begins, self.shared.buffers.take());
                self.packer.text(&header);
                if !header.is_empty() {
                    self.events.push(Event::Starts { skip: header.len() as u64 });
                }
                for block in content.chunks(BLOCK) {
                    self.packer.content(block);
                }
                self.content = content.len() as u64;
                self.packer.text(&[0; tar_out::BLOCK][..padding]);
                self.events.extend(ends.map(Event::Ends));
                self.shared.buffers.give(content);
            }
        }
        self.send(Place::Last, to)
    }

    fn entry(&mut self, nth: usize, to: &SyncSender<PackedPart>) -> Result<(), Stopped> {
        let entry = &self.shared.listing.entries[nth];
        let without_content = match &entry.source {
            Source::Directory => Some(Kind::Directory),
            Source::Symlink(target) => Some(Kind::Symlink(target)),
            Source::File { .. } | Source::Elsewhere { .. } => None,
        };
        if let Some(kind) = without_content {
            let header = self.shared.header(entry, kind, 0, entry.mtime);
            self.begin(&header, to)?;
            let ended = Ended {
                which: Which::Nth(nth),
                size: 0,
                mtime: entry.mtime,
                sha256: None,
                content: ContentVerdict::Unread,
            };
            self.events.push(Event::Ends(ended));
            return Ok(());
        }
        match self.shared.open(entry) {
            Some(opened) => self.file(Which::Nth(nth), opened, to),
            None => Ok(()),
        }
    }

    fn begin(&mut self, header: &Header, to: &SyncSender<PackedPart>) -> Result<(), Stopped> {
        let mut bytes = std::mem::take(&mut self.header);
        bytes.clear();
        header.encode(&mut bytes);
        let sent = self.text(&bytes, to);
        self.header = bytes;
        self.events.push(Event::Starts { skip: self.packer.raw() as u64 });
        sent
    }

    fn file(&mut self, which: Which, opened: Opened, to: &SyncSender<PackedPart>) -> Result<(), Stopped> {
        let size = opened.header.size;
        let mut sha = sha2::Sha256::new();
        let mut left = size;
        let mut reading = Reading::new(&opened.file);
        // Before its header is written, so that a file that gives nothing gets none.
        let opening = BLOCK.min(usize::try_from(size).unwrap_or(BLOCK));
        reading.fill(&mut self.block[..opening]);
        if self.shared.gave_nothing(&opened, &reading) {
            return Ok(());
        }
        let content = self.shared.verdict(which, &self.block[..opening]);
        self.begin(&opened.header, to)?;
        let mut have = opening;
        while left > 0 {
            self.shared.monitor.checkpoint()?;
            self.make_room(to)?;
            if have == 0 {
                have = BLOCK.min(usize::try_from(left).unwrap_or(BLOCK));
                reading.fill(&mut self.block[..have]);
            }
            let length = have.min(self.packer.room());
            let block = &self.block[..length];
            sha.update(block);
            if left == size {
                self.packer.opening(block);
            } else {
                self.packer.content(block);
            }
            self.content += length as u64;
            left -= length as u64;
            self.block.copy_within(length..have, 0);
            have -= length;
        }
        let Reading { read, broke, .. } = reading;
        self.shared.compare(&opened, read, broke.as_ref());
        self.text(&[0; tar_out::BLOCK][..tar_out::padding(size)], to)?;
        let sha256 = Some(Sha256(sha.finalize().into()));
        self.events.push(Event::Ends(Ended { which, size, mtime: opened.header.mtime, sha256, content }));
        Ok(())
    }

    fn text(&mut self, mut bytes: &[u8], to: &SyncSender<PackedPart>) -> Result<(), Stopped> {
        while !bytes.is_empty() {
            self.make_room(to)?;
            let (now, later) = bytes.split_at(bytes.len().min(self.packer.room()));
            self.packer.text(now);
            bytes = later;
        }
        Ok(())
    }

    fn make_room(&mut self, to: &SyncSender<PackedPart>) -> Result<(), Stopped> {
        if self.packer.room() == 0 {
            self.send(Place::Between, to)?;
            self.packer.restart(Begins::Within, self.shared.buffers.take());
        }
        Ok(())
    }

    fn send(&mut self, place: Place, to: &SyncSender<PackedPart>) -> Result<(), Stopped> {
        let packed = (self.packer.raw() > 0).then(|| self.packer.finish());
        let part = PackedPart {
            packed,
            events: std::mem::take(&mut self.events),
            content: std::mem::take(&mut self.content),
            last: place == Place::Last,
        };
        to.send(part).map_err(|_| Stopped)
    }
}

/// Where a part stands in its task.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Between,
    Last,
}
