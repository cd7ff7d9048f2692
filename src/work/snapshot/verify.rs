//! Verify: every file of a snapshot is read again and compared with the manifest, in the order in which both lie.
use std::cmp::Ordering;
use std::io;

use serde::{Deserialize, Serialize};

use super::fetch::Fetched;
use super::{Error, places};
use crate::base::attributes::Kind;
use crate::base::dir::Dir;
use crate::base::rel_path::printable;
use crate::base::tree::copy::CopyError;
use crate::base::tree::open_path::number_of;
use crate::base::tree::walk::{Enter, Here, Visitor, walk};
use crate::destination::manifest::ManifestReader;
use crate::domain::host::settings::{HostName, HostSettings};
use crate::domain::monitor::{Monitor, Progress, Stage};
use crate::domain::snapshot::entry::{Entry, Sort};
use crate::domain::snapshot::marker::{MANIFEST_FILE, MARKER_FILE, Marker};
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::order::compare;
use crate::work::Tools;

use super::one_file;

/// Names that are told; the rest is counted.
const NAMED: usize = 50;

/// What was found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verified {
    pub host: HostName,
    pub snapshot: SnapshotName,
    pub ok: bool,
    /// Files that were read.
    pub files: u64,
    pub bytes: u64,
    /// How many things are not as they were.
    pub wrong: u64,
    /// The first of them, in words.
    pub findings: Vec<String>,
}

pub fn verify(
    tools: &Tools,
    host: &HostName,
    name: Option<SnapshotName>,
    monitor: &dyn Monitor,
) -> Result<Verified, Error> {
    places::watched(tools, host, monitor, move |tools, host, monitor| verify_here(tools, host, name, monitor))
}

fn verify_here(
    tools: &Tools,
    host: &HostSettings,
    name: Option<SnapshotName>,
    monitor: &dyn Monitor,
) -> Result<Verified, Error> {
    monitor.stages(&[Stage::Verify]);
    monitor.stage(Stage::Verify);
    let store = places::look(tools, host)?;
    let snapshot = places::snapshot(&store, &host.name, name)?;
    let damaged = |source| Error::Manifest { name: snapshot.name, source };
    let manifest = store.manifest(&snapshot).map_err(damaged)?;
    let tree = store.tree(snapshot.name).map_err(Error::io("the snapshot could not be read"))?;
    let Found { files, bytes, wrong, findings } = read_again(&tree, manifest, &snapshot.marker, monitor)?;
    Ok(Verified { host: host.name.clone(), snapshot: snapshot.name, ok: wrong == 0, files, bytes, wrong, findings })
}

/// What reading a tree again has shown.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub files: u64,
    pub bytes: u64,
    /// How many things are not as they were.
    pub wrong: u64,
    /// The first of them, in words.
    pub findings: Vec<String>,
}

/// What is read of a tree.
#[derive(Clone, Copy)]
pub(super) enum Reading<'a> {
    All,
    /// What was copied. Files that are only names of what was read before are looked at, and what is known to be missing
    /// is not told.
    What(&'a Fetched),
}

/// Reads all of `tree` and compares it with its manifest.
pub(super) fn read_again(
    tree: &Dir,
    manifest: ManifestReader,
    marker: &Marker,
    monitor: &dyn Monitor,
) -> Result<Found, Error> {
    read(tree, manifest, marker, Reading::All, monitor)
}

/// As [`read_again`], of `reading` alone.
pub(super) fn read(
    tree: &Dir,
    manifest: ManifestReader,
    marker: &Marker,
    reading: Reading<'_>,
    monitor: &dyn Monitor,
) -> Result<Found, Error> {
    let total = (marker.counts.files, marker.counts.bytes);
    let mut reader = Reader { manifest, found: Found::default(), total, reading, monitor, name: marker.name };
    walk(tree.as_fd().try_clone_to_owned()?, &mut reader)?;
    let damaged = |source| Error::Manifest { name: marker.name, source };
    while let Some(entry) = reader.manifest.take().map_err(damaged)? {
        reader.missing(&entry);
    }
    Ok(reader.found)
}

struct Reader<'a> {
    manifest: ManifestReader,
    found: Found,
    total: (u64, u64),
    reading: Reading<'a>,
    monitor: &'a dyn Monitor,
    name: SnapshotName,
}

impl Reader<'_> {
    fn wrong(&mut self, path: &[u8], what: &str) {
        self.found.wrong += 1;
        if self.found.findings.len() < NAMED {
            self.found.findings.push(format!("{}: {what}", printable(path)));
        }
    }

    fn missing(&mut self, entry: &Entry) {
        let is_known = match self.reading {
            Reading::All => false,
            Reading::What(fetched) => fetched.missing.contains(&number_of(&entry.path)),
        };
        if !is_known {
            self.wrong(&entry.path, "it is missing");
        }
    }

    /// The line of the manifest for what was met; lines before it are of things that are missing.
    fn line(&mut self, path: &[u8], sort: Sort) -> Result<Option<Entry>, Error> {
        let name = self.name;
        let damaged = |source| Error::Manifest { name, source };
        while let Some(next) = self.manifest.peek() {
            match compare((&next.path, next.sort), (path, sort)) {
                Ordering::Greater => break,
                Ordering::Equal => return self.manifest.take().map_err(damaged),
                Ordering::Less => {
                    if let Some(entry) = self.manifest.take().map_err(damaged)? {
                        self.missing(&entry);
                    }
                }
            }
        }
        self.wrong(path, "it does not belong to the snapshot");
        Ok(None)
    }

    fn file(&mut self, here: &Here<'_>, entry: &Entry) -> Result<(), Error> {
        if let Reading::What(fetched) = self.reading
            && !fetched.copied.contains(&number_of(here.path))
        {
            self.found.files += 1;
            if here.seen.bytes != entry.looks.bytes {
                self.wrong(here.path, &format!("it has {} bytes and had {}", here.seen.bytes, entry.looks.bytes));
            }
            return Ok(());
        }
        let (monitor, files, begin, total) = (self.monitor, self.found.files, self.found.bytes, self.total);
        let mut read = 0;
        let mut go_on = |bytes: u64| {
            read += bytes;
            let now = printable(here.path);
            let (total_files, total_bytes) = total;
            monitor.progress(Progress { done_bytes: begin + read, total_bytes, done_files: files, total_files, now });
            Ok(monitor.checkpoint()?)
        };
        let copied = match one_file::read_again(here.into(), &mut go_on) {
            Ok(copied) => copied,
            Err(CopyError::Stopped(error)) => return Err(error),
            Err(CopyError::Read(why) | CopyError::Write(why)) => {
                self.wrong(here.path, &format!("it cannot be read: {why}"));
                return Ok(());
            }
        };
        self.found.files += 1;
        self.found.bytes += copied.bytes;
        if copied.bytes != entry.looks.bytes {
            self.wrong(here.path, &format!("it has {} bytes and had {}", copied.bytes, entry.looks.bytes));
        } else if entry.digest != Some(copied.digest) {
            self.wrong(here.path, "its bytes are others");
        }
        Ok(())
    }
}

impl Visitor for Reader<'_> {
    type Error = Error;

    fn entry(&mut self, here: &Here<'_>) -> Result<(), Error> {
        self.monitor.checkpoint()?;
        if [MARKER_FILE, MANIFEST_FILE].iter().any(|ours| here.path == ours.as_bytes()) {
            return Ok(());
        }
        let sort = if here.seen.kind == Kind::Link { Sort::Symlink } else { Sort::File };
        let Some(entry) = self.line(here.path, sort)? else { return Ok(()) };
        match (here.seen.kind, entry.sort) {
            (Kind::File, Sort::File) => self.file(here, &entry),
            (Kind::Link, Sort::Symlink) => {
                let target = rustix::fs::readlinkat(here.folder, here.name, Vec::new()).map_err(io::Error::from)?;
                if target.to_bytes() != entry.target {
                    self.wrong(here.path, "the link leads elsewhere");
                }
                Ok(())
            }
            _ => {
                self.wrong(here.path, "it is another kind of thing");
                Ok(())
            }
        }
    }

    fn enter(&mut self, here: &Here<'_>) -> Result<Enter, Error> {
        self.monitor.checkpoint()?;
        self.line(here.path, Sort::Folder)?;
        Ok(Enter::Go)
    }

    fn leave(&mut self, _: &Here<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn unreadable(&mut self, path: &[u8], why: io::Error) -> Result<(), Error> {
        // A folder that was closed to us at the host is so here, and nothing of it was taken.
        let next = self.manifest.peek().and_then(|next| next.path.strip_prefix(path));
        let was_taken = next.is_some_and(|rest| rest.first() == Some(&b'/'));
        if was_taken || why.kind() != io::ErrorKind::PermissionDenied {
            self.wrong(path, &format!("it cannot be read: {why}"));
        }
        Ok(())
    }
}
