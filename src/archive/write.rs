//! Writes a listing as an archive: `metadata.json`, the entries in order, what was found late,
//! `SHA256SUMS`, the tail.
//!
//! What a file does while it is read is never a reason to fail and never a damaged archive; what the
//! disk does while it is written always is a reason to fail.
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};

use crate::base::digest::Sha256;
use crate::base::dir::Dir;
use crate::base::rel_path::{RelPath, printable};
use crate::domain::archive::left_out::LeftOut;
use crate::domain::archive::listing::{Listing, Source};
use crate::domain::archive::proof::Written;
use crate::domain::monitor::{Cancelled, Monitor, Progress};
use crate::domain::restore::program::ContentVerdict;

use super::buffers::Buffers;
use super::index_build::IndexBuilder;
use super::inspect;
use super::late_findings::LateFindings;
use super::member::{ArchiveTail, TAIL};
use super::out::Out;
use super::pipeline::{self, Parts};
use super::sums_out::Sums;
use super::unit::{Ended, Event, PackedPart, Shared, Which};
pub use super::write_error::Error;
use super::{LATE, METADATA, SUMS};

/// What was really written.
#[derive(Debug)]
pub struct Report {
    pub written: Written,
    /// Files and directories, and what the archive says of itself.
    pub members: u64,
    /// Files of the owner.
    pub files: u64,
    /// Their bytes.
    pub raw_bytes: u64,
    /// What could not be read, or not to its end; told to the monitor already.
    pub left_out: Vec<LeftOut>,
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
        left_out: Mutex::default(),
    };
    let path = to.path().join(name.as_path());
    let file = to.create_new(name).map_err(|source| Error::Write { path: path.clone(), source })?;
    let mut writing = Writing {
        shared: &shared,
        index,
        out: Out::new(file, path, listing.bytes()),
        sums: Sums::new(listing),
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
    sums: Sums<'a>,
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

    fn part(&mut self, part: PackedPart) -> Result<(), Error> {
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
        self.members += 1;
        if let Some(sum) = ended.sha256 {
            self.sums.add(ended.which, sum);
        }
        let (name, is_dir, mode) = match ended.which {
            Which::Metadata => (self.own_name(METADATA)?, false, 0o644),
            Which::Nth(nth) => {
                let entry = &self.shared.listing.entries[nth];
                let is_dir = entry.source == Source::Directory;
                if !is_dir && !entry.is_file() {
                    // A link has nothing that could be taken out of the archive by itself.
                    return Ok(());
                }
                if !is_dir {
                    self.files += 1;
                    self.raw_bytes += ended.size;
                    self.progress.done_files += 1;
                }
                self.progress.now = printable(entry.name.as_bytes());
                (entry.name.clone(), is_dir, entry.mode)
            }
        };
        let Ended { size, mtime, sha256, content, .. } = ended;
        self.remember(inspect::Member {
            name,
            is_dir,
            size,
            mode,
            mtime,
            sha256,
            gzip_offset: self.start.0,
            skip: self.start.1,
            content,
        })
    }

    fn remember(&mut self, member: inspect::Member) -> Result<(), Error> {
        let path = || self.out.path().to_owned();
        self.index.add(&member).map_err(|source| Error::Index { path: path(), source })
    }

    fn own_name(&self, name: &str) -> Result<RelPath, Error> {
        let path = || self.out.path().to_owned();
        RelPath::parse(name).map_err(|why| Error::Write { path: path(), source: io::Error::other(why) })
    }

    /// What the listing, and with it `metadata.json`, did not know yet.
    fn late(&mut self, found: &[LeftOut], mtime: i64) -> Result<(), Error> {
        let told = &self.shared.listing.left_out;
        let is_new = |one: &&LeftOut| !told.iter().any(|other| (&other.path, other.kind) == (&one.path, one.kind));
        let late = LateFindings::of(found.iter().filter(is_new).cloned().collect());
        if late.is_empty() {
            return Ok(());
        }
        let gzip_offset = self.out.at;
        let header = |size| self.shared.own_header(LATE, size, mtime);
        let path = || self.out.path().to_owned();
        let member = late.pack(header).map_err(|source| Error::Write { path: path(), source })?;
        self.out.put(member.packed.bytes())?;
        let (size, sum) = (member.text.len() as u64, Sha256::of(&member.text));
        self.sums.add_late(sum);
        self.members += 1;
        let (name, skip) = (self.own_name(LATE)?, member.skip);
        self.remember(own(name, size, mtime, sum, (gzip_offset, skip)))
    }

    /// `SHA256SUMS`, the end of the tar stream and the tail; then the disk must have all of it.
    fn finish(mut self, mtime: i64) -> Result<Report, Error> {
        let Shared { monitor, .. } = *self.shared;
        let left_out = std::mem::take(&mut *self.shared.left_out.lock().unwrap_or_else(PoisonError::into_inner));
        self.late(&left_out, mtime)?;
        let size = self.sums.size();
        let gzip_offset = self.out.at;
        let header = self.shared.own_header(SUMS, size, mtime);
        let (sum, skip) = self.sums.pack(&header, |member| {
            monitor.checkpoint()?;
            self.out.put(member)
        })?;
        let name = self.own_name(SUMS)?;
        self.members += 1;
        self.remember(own(name, size, mtime, sum, (gzip_offset, skip)))?;
        let tail = ArchiveTail { sums: gzip_offset, length: self.out.at + TAIL as u64 };
        self.out.put(&tail.encode())?;
        monitor.checkpoint()?;
        let (members, files, raw_bytes) = (self.members, self.files, self.raw_bytes);
        Ok(Report { written: self.out.close()?, members, files, raw_bytes, left_out })
    }
}

/// A member that speaks of the archive.
fn own(name: RelPath, size: u64, mtime: i64, sum: Sha256, (gzip_offset, skip): (u64, u64)) -> inspect::Member {
    let (sha256, content) = (Some(sum), ContentVerdict::AsNamed);
    inspect::Member { name, is_dir: false, size, mode: 0o644, mtime, sha256, gzip_offset, skip, content }
}
