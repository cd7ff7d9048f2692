//! What giving parts of a snapshot back would change: the manifest and the folder of today are read side by side, and
//! nothing is written.
use std::cmp::Ordering;
use std::io;
use std::path::PathBuf;

use serde::Serialize;

use super::give_back::wanted;
use super::mounts::refuse_mounts;
use super::{Error, places};
use crate::base::attributes::{Kind, Seen};
use crate::base::dir::Dir;
use crate::base::rel_path::printable;
use crate::base::tree::open_path::{open_below, open_folder, split};
use crate::base::tree::walk::{Enter, Here, Visitor, look, walk};
use crate::destination::manifest::ManifestReader;
use crate::domain::failure::Failure;
use crate::domain::host::settings::HostName;
use crate::domain::snapshot::entry::{Entry, Looks, Sort};
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::order::compare;
use crate::domain::snapshot::request::{SnapshotPath, SnapshotRequest};
use crate::work::Tools;

/// Names that are told of each kind; the rest is counted.
const NAMED: usize = 200;

/// Files and links of one kind.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Group {
    pub count: u64,
    pub bytes: u64,
    /// The first of them.
    pub names: Vec<String>,
}

impl Group {
    fn add(&mut self, path: &[u8], bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
        if self.names.len() < NAMED {
            self.names.push(printable(path));
        }
    }
}

/// What would change.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    pub host: HostName,
    pub snapshot: SnapshotName,
    pub to: PathBuf,
    /// Names in the folder that would be replaced as wholes.
    pub there: Vec<String>,
    pub new: Group,
    pub changed: Group,
    /// Of `changed`: what is newer in the folder than in the snapshot.
    pub newer: u64,
    pub same: Group,
    /// What lies in a folder that would be replaced, and is not in the snapshot.
    pub came_since: Group,
    /// Why it cannot be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// Touches nothing.
pub fn would_give_back(tools: &Tools, request: &SnapshotRequest) -> Result<Comparison, Error> {
    let host = places::host(tools, &request.host)?;
    let store = places::look(tools, host)?;
    let snapshot = places::snapshot(&store, &host.name, Some(request.snapshot))?;
    let paths = wanted(&store, &snapshot, request)?;
    let tree = store.tree(snapshot.name).map_err(Error::io("the snapshot could not be read"))?;
    let target = Dir::open(&request.to).ok();
    let mut found = Comparison {
        host: request.host.clone(),
        snapshot: request.snapshot,
        to: request.to.clone(),
        there: Vec::new(),
        new: Group::default(),
        changed: Group::default(),
        newer: 0,
        same: Group::default(),
        came_since: Group::default(),
        refused: why_not(request, target.as_ref(), &paths),
    };
    for path in &paths {
        let missing = || Error::NotInSnapshot { name: snapshot.name, path: printable(path.as_bytes()) };
        let (above, name) = split(path.as_bytes());
        let folder = open_below(tree.as_fd(), above).map_err(|_| missing())?;
        let kind = look(std::os::fd::AsFd::as_fd(&folder), name).map_err(|_| missing())?.kind;
        let damaged = |source| Error::Manifest { name: snapshot.name, source };
        let manifest = store.manifest(&snapshot).map_err(damaged)?;
        let mut one = One { name: snapshot.name, prefix: path.as_bytes().to_vec(), manifest, found: &mut found };
        one.compare(kind, target.as_ref())?;
    }
    Ok(found)
}

fn why_not(request: &SnapshotRequest, target: Option<&Dir>, paths: &[SnapshotPath]) -> Option<String> {
    if let Some(Err(error)) = target.map(|target| refuse_mounts(target, paths)) {
        return Some(Failure::of(&error).message);
    }
    let there = request.to.ancestors().find(|folder| folder.exists())?;
    if target.is_none() && Some(there) != request.to.parent() {
        return Some(format!("{}: there is no such folder", request.to.display()));
    }
    let may_write = rustix::fs::access(there, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK);
    may_write.err().map(|why| format!("{}: this program may not write there ({why})", there.display()))
}

/// One of the paths.
struct One<'a> {
    name: SnapshotName,
    prefix: Vec<u8>,
    manifest: ManifestReader,
    found: &'a mut Comparison,
}

impl One<'_> {
    fn compare(&mut self, kind: Kind, target: Option<&Dir>) -> Result<(), Error> {
        let sort = if kind == Kind::Folder { Sort::Folder } else { Sort::File };
        let (name, prefix) = (self.name, self.prefix.clone());
        let damaged = |source| Error::Manifest { name, source };
        let Some(top) = self.manifest.seek(&prefix, sort).map_err(damaged)? else {
            return Err(Error::NotInSnapshot { name, path: printable(&prefix) });
        };
        let own_name = split(&prefix).1.to_vec();
        let today = target.and_then(|target| Some((target, look(target.as_fd(), &own_name).ok()?)));
        if today.is_some() {
            self.found.there.push(printable(&own_name));
        }
        match today {
            Some((target, seen)) if seen.kind == Kind::Folder && sort == Sort::Folder => {
                walk(open_folder(target.as_fd(), &own_name)?, self)?;
            }
            Some((target, seen)) if sort != Sort::Folder => {
                let here = Here { folder: target.as_fd(), name: &own_name, path: b"", seen };
                self.judge(&top, &here);
            }
            // Something else gives way to a folder, or nothing is there.
            Some((_, seen)) => self.found.came_since.add(&own_name, seen.bytes),
            None if sort != Sort::Folder => self.found.new.add(&top.path, top.looks.bytes),
            None => {}
        }
        while let Some(entry) = self.next_within()? {
            self.is_new(&entry);
        }
        Ok(())
    }

    /// The next line that belongs to this path.
    fn next_within(&mut self) -> Result<Option<Entry>, Error> {
        let is_within = |entry: &Entry| {
            entry.path.strip_prefix(self.prefix.as_slice()).is_some_and(|rest| rest.first() == Some(&b'/'))
        };
        if !self.manifest.peek().is_some_and(is_within) {
            return Ok(None);
        }
        let name = self.name;
        self.manifest.take().map_err(|source| Error::Manifest { name, source })
    }

    fn is_new(&mut self, entry: &Entry) {
        if entry.sort != Sort::Folder {
            self.found.new.add(&entry.path, entry.looks.bytes);
        }
    }

    /// The line for what was met; lines before it are of things that are not there.
    fn line(&mut self, below: &[u8], sort: Sort) -> Result<Option<Entry>, Error> {
        let path = [self.prefix.as_slice(), b"/", below].concat();
        while let Some(next) = self.manifest.peek() {
            match compare((&next.path, next.sort), (&path, sort)) {
                Ordering::Greater => break,
                Ordering::Equal => return self.next_within(),
                Ordering::Less => match self.next_within()? {
                    Some(entry) => self.is_new(&entry),
                    None => break,
                },
            }
        }
        Ok(None)
    }

    fn judge(&mut self, entry: &Entry, here: &Here<'_>) {
        let bytes = entry.looks.bytes;
        if is_same(entry, here) {
            self.found.same.add(&entry.path, bytes);
            return;
        }
        self.found.changed.add(&entry.path, bytes);
        let time = |looks: &Looks| (looks.seconds, looks.nanos);
        self.found.newer += u64::from(time(&Looks::of(&here.seen)) > time(&entry.looks));
    }
}

/// Size, time and kind, or the target of a link, are those that were saved.
fn is_same(entry: &Entry, here: &Here<'_>) -> bool {
    let looks = Looks::of(&here.seen);
    match (entry.sort, here.seen.kind) {
        (Sort::File, Kind::File) => {
            (looks.bytes, looks.seconds, looks.nanos) == (entry.looks.bytes, entry.looks.seconds, entry.looks.nanos)
        }
        (Sort::Symlink, Kind::Link) => rustix::fs::readlinkat(here.folder, here.name, Vec::new())
            .is_ok_and(|target| target.to_bytes() == entry.target),
        _ => false,
    }
}

fn size(seen: &Seen) -> u64 {
    if seen.kind == Kind::File { seen.bytes } else { 0 }
}

impl Visitor for One<'_> {
    type Error = Error;

    fn entry(&mut self, here: &Here<'_>) -> Result<(), Error> {
        match self.line(here.path, Sort::File)? {
            Some(entry) => self.judge(&entry, here),
            None => self.found.came_since.add(&[self.prefix.as_slice(), b"/", here.path].concat(), size(&here.seen)),
        }
        Ok(())
    }

    fn enter(&mut self, here: &Here<'_>) -> Result<Enter, Error> {
        self.line(here.path, Sort::Folder)?;
        Ok(Enter::Go)
    }

    fn leave(&mut self, _: &Here<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn unreadable(&mut self, _: &[u8], _: io::Error) -> Result<(), Error> {
        Ok(())
    }
}
