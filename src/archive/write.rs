//! Writes a listing as an archive: `metadata.json`, the entries in order, `SHA256SUMS`, the tail.
//!
//! What a file does while it is read is never a reason to fail and never a damaged archive; what the
//! disk does while it is written always is a reason to fail.
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;

use crate::base::digest::Sha256;
use crate::base::dir::Dir;
use crate::base::rel_path::{RelPath, printable};
use crate::base::size::Bytes;
use crate::base::space;
use crate::domain::failure::{Advice, Code};
use crate::domain::listing::{Listing, Source};
use crate::domain::monitor::{Cancelled, Monitor, Progress};
use crate::domain::proof::{StreamDigest, Written};

use super::buffers::Buffers;
use super::index::IndexBuilder;
use super::inspect;
use super::member::{Begins, TAIL, Tail};
use super::packer::Packer;
use super::pipeline::{self, Parts};
use super::unit::{Ended, Event, Part, Shared, Which};
use super::{METADATA, SUMS, sum_line, tar_out};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("{}: the disk is full: {} of about {} are written and {} are free", .path.display(), Bytes(*.have), Bytes(*.need), Bytes(*.free))]
    Full { path: PathBuf, need: u64, have: u64, free: u64, source: io::Error },
    #[error("{}: writing failed", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{}: cannot be read", .path.display())]
    Metadata { path: PathBuf, source: io::Error },
    #[error("{}: the member index could not be written", .path.display())]
    Index { path: PathBuf, source: super::index::Error },
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Cancelled(_) => Code::Cancelled,
            Error::Full { .. } => Code::NotReady,
            _ => Code::Failed,
        }
    }
    fn advice(&self) -> String {
        match self {
            Error::Cancelled(_) => "Nothing was kept; start it again whenever you like.",
            Error::Full { .. } => "Delete old backups or choose another disk, then start it again.",
            Error::Write { .. } => "Check the disk that holds the backups; its system log may say more.",
            Error::Metadata { .. } | Error::Index { .. } => {
                "Check that the backup folder can be written to, then start it again."
            }
        }
        .to_owned()
    }
}

/// What was really written.
#[derive(Debug)]
pub struct Report {
    pub written: Written,
    /// Files and directories, `metadata.json` and `SHA256SUMS` included.
    pub members: u64,
    /// Files of the owner.
    pub files: u64,
    /// Their bytes.
    pub raw_bytes: u64,
}

/// Writes `metadata` (a finished `metadata.json`) and then `listing` to the new file `name` in `to`,
/// fsynced, and tells `index` where everything lies. Files that vanish, shrink, grow or cannot be
/// read become warnings with their names.
pub fn write(
    listing: &Listing,
    metadata: &Path,
    to: &Dir,
    name: &RelPath,
    index: &mut IndexBuilder,
    monitor: &dyn Monitor,
) -> Result<Report, Error> {
    let unread = |source| Error::Metadata { path: metadata.to_owned(), source };
    let metadata_file = File::open(metadata).map_err(unread)?;
    let mtime = metadata_file.metadata().map_err(unread)?.mtime();
    let shared = Shared {
        listing,
        roots: listing.roots.iter().map(|root| Dir::open(root)).collect(),
        monitor,
        buffers: Buffers::default(),
        owner: listing.entries.first().map_or((0, 0), |first| (first.uid, first.gid)),
    };
    let path = to.path().join(name.as_path());
    let file = to.create_new(name).map_err(|source| Error::Write { path: path.clone(), source })?;
    let mut writing = Writing {
        shared: &shared,
        index,
        out: Out { file, path, at: 0, hash: blake3::Hasher::new(), planned: listing.bytes() },
        sums: Vec::new(),
        metadata_sum: None,
        start: (0, 0),
        members: 0,
        progress: Progress { total_bytes: listing.bytes(), total_files: listing.files(), ..Progress::default() },
        raw_bytes: 0,
        files: 0,
    };
    let (taken, planned) = pipeline::run(&shared, metadata_file, |ordered| writing.take(ordered));
    taken?;
    planned.map_err(|_| Cancelled)?;
    writing.finish(mtime)
}

/// The one thread that writes, in archive order.
struct Writing<'a> {
    shared: &'a Shared<'a>,
    index: &'a mut IndexBuilder,
    out: Out,
    /// Entry of the listing and its sum; the lines are made at the end.
    sums: Vec<(u32, Sha256)>,
    metadata_sum: Option<Sha256>,
    /// Restart point and skip of the entry that is being written.
    start: (u64, u64),
    members: u64,
    progress: Progress,
    raw_bytes: u64,
    files: u64,
}

impl Writing<'_> {
    fn take(&mut self, ordered: Receiver<Parts>) -> Result<(), Error> {
        for parts in ordered {
            loop {
                // A worker leaves early only when its checkpoint says so.
                let part = parts.recv().map_err(|_| Cancelled)?;
                let last = part.last;
                self.part(part)?;
                if last {
                    break;
                }
            }
        }
        Ok(())
    }

    fn part(&mut self, part: Part) -> Result<(), Error> {
        self.shared.monitor.checkpoint()?;
        for event in part.events {
            match event {
                Event::Starts { skip } => self.start = (self.out.at, skip),
                Event::Ends(ended) => self.entry(ended)?,
            }
        }
        if let Some(packed) = part.packed {
            self.out.put(packed.bytes())?;
            self.shared.buffers.give(packed.into_buffer());
        }
        self.progress.done_bytes += part.content;
        self.shared.monitor.progress(self.progress.clone());
        Ok(())
    }

    fn entry(&mut self, ended: Ended) -> Result<(), Error> {
        let listing = self.shared.listing;
        self.members += 1;
        let (name, is_dir, mode) = match ended.which {
            Which::Metadata => {
                self.metadata_sum = ended.sha256;
                (self.own_name(METADATA)?, false, 0o644)
            }
            Which::Nth(nth) => {
                let entry = &listing.entries[nth];
                if let Some(sum) = ended.sha256 {
                    self.sums.push((nth as u32, sum));
                    self.files += 1;
                    self.raw_bytes += ended.size;
                    self.progress.done_files += 1;
                }
                self.progress.now = printable(entry.name.as_bytes());
                (entry.name.clone(), entry.source == Source::Directory, entry.mode)
            }
        };
        let Ended { size, mtime, sha256, .. } = ended;
        self.remember(inspect::Member {
            name,
            is_dir,
            size,
            mode,
            mtime,
            sha256,
            gzip_offset: self.start.0,
            skip: self.start.1,
        })
    }

    fn remember(&mut self, member: inspect::Member) -> Result<(), Error> {
        let path = || self.out.path.clone();
        self.index.add(&member).map_err(|source| Error::Index { path: path(), source })
    }

    fn own_name(&self, name: &str) -> Result<RelPath, Error> {
        let path = || self.out.path.clone();
        RelPath::parse(name).map_err(|why| Error::Write { path: path(), source: io::Error::other(why) })
    }

    /// `SHA256SUMS`, the end of the tar stream and the tail; then the disk must have all of it.
    fn finish(mut self, mtime: i64) -> Result<Report, Error> {
        let sums = std::mem::take(&mut self.sums);
        let lines = |each: &mut dyn FnMut(Sha256, &[u8]) -> Result<(), Error>| {
            if let Some(sum) = self.metadata_sum {
                each(sum, METADATA.as_bytes())?;
            }
            sums.iter()
                .try_for_each(|(nth, sum)| each(*sum, self.shared.listing.entries[*nth as usize].name.as_bytes()))
        };
        let mut size = 0;
        let mut line = Vec::new();
        lines(&mut |sum, name| {
            line.clear();
            sum_line::line(&mut line, sum, name);
            size += line.len() as u64;
            Ok(())
        })?;
        let mut bytes = Vec::new();
        self.shared.own_header(SUMS, size, mtime).encode(&mut bytes);
        let start = (self.out.at, bytes.len() as u64);
        let mut packer = Packer::new(Begins::AtEntry, self.shared.buffers.take());
        let mut hash = crate::base::digest::Sha256Writer::new(io::sink());
        let out = &mut self.out;
        let mut add = |packer: &mut Packer, mut bytes: &[u8]| -> Result<(), Error> {
            while !bytes.is_empty() {
                let (now, later) = bytes.split_at(bytes.len().min(packer.room()));
                packer.text(now);
                bytes = later;
                if packer.room() == 0 {
                    self.shared.monitor.checkpoint()?;
                    let packed = packer.finish();
                    out.put(packed.bytes())?;
                    packer.restart(Begins::Within, packed.into_buffer());
                }
            }
            Ok(())
        };
        add(&mut packer, &bytes)?;
        lines(&mut |sum, name| {
            bytes.clear();
            sum_line::line(&mut bytes, sum, name);
            // A sink takes everything.
            let _ = hash.write_all(&bytes);
            add(&mut packer, &bytes)
        })?;
        add(&mut packer, &[0; 3 * tar_out::BLOCK][..tar_out::padding(size) + 2 * tar_out::BLOCK])?;
        if packer.raw() > 0 {
            self.out.put(packer.finish().bytes())?;
        }
        let sha256 = Some(hash.finish().1);
        let name = self.own_name(SUMS)?;
        self.members += 1;
        let (gzip_offset, skip) = start;
        self.remember(inspect::Member { name, is_dir: false, size, mode: 0o644, mtime, sha256, gzip_offset, skip })?;
        let tail = Tail { sums: start.0, length: self.out.at + TAIL as u64 };
        self.out.put(&tail.encode())?;
        self.shared.monitor.checkpoint()?;
        let (members, files, raw_bytes) = (self.members, self.files, self.raw_bytes);
        Ok(Report { written: self.out.close()?, members, files, raw_bytes })
    }
}

/// The file, how far it is, and the hash of what went into it.
struct Out {
    file: File,
    path: PathBuf,
    at: u64,
    hash: blake3::Hasher,
    /// Raw bytes of the listing, for the message when they do not fit.
    planned: u64,
}

impl Out {
    fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|e| self.failed(e))?;
        self.hash.update(bytes);
        self.at += bytes.len() as u64;
        Ok(())
    }

    fn close(self) -> Result<Written, Error> {
        self.file.sync_all().map_err(|e| self.failed(e))?;
        let digest = StreamDigest(*self.hash.finalize().as_bytes());
        Ok(Written::new(self.path, self.at, digest))
    }

    fn failed(&self, source: io::Error) -> Error {
        let path = self.path.clone();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                let free = path.parent().and_then(|p| space::room_at(p).ok()).map_or(0, |room| room.free_bytes);
                Error::Full { path, need: self.planned, have: self.at, free, source }
            }
            _ => Error::Write { path, source },
        }
    }
}
