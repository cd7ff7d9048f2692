//! Copies parts of a snapshot into a folder, with owners, modes and times as the manifest has them, and every byte
//! compared with it. What is damaged is left out and named. What came since is taken over where its owner wants that.
use std::cmp::Ordering;
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{AtFlags, Gid, Mode, Timespec, Timestamps, Uid};

use super::Error;
use super::bring::bring;
use super::one_file::{self, OneFile, copy_file};
use crate::base::attributes::{Attributes, Kind, Moment};
use crate::base::handover::is_root;
use crate::base::rel_path::printable;
use crate::base::tree::copy::Bytes;
use crate::base::tree::open_path::{OpenPath, open_below, open_folder, split};
use crate::base::tree::walk::{Enter, Here, Visitor, look, walk};
use crate::base::tree::xattrs::{self, Xattrs};
use crate::destination::manifest::ManifestReader;
use crate::destination::snapshots::store::{Snapshot, SnapshotStore};
use crate::domain::monitor::{Monitor, Progress};
use crate::domain::snapshot::entry::{Entry, Looks, Names, Sort};
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::order::compare;
use crate::domain::snapshot::request::SnapshotPath;

/// Rights to run as another user or group, which a file gives to everybody who runs it.
const SET_ID: u32 = 0o6000;
/// What the owner of a folder must be able to do with it to move it.
const OWNERS: u32 = 0o700;

/// What was copied.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    /// Of the things that were asked for, as they lie in the folder.
    pub names: Vec<Vec<u8>>,
    pub files: u64,
    pub bytes: u64,
    pub damaged: Vec<String>,
    /// Folders among the things that were asked for, with their modes: until they have their place we must be able to
    /// move them.
    pub closed: Vec<(Vec<u8>, u32)>,
    /// Files that had a right of [`SET_ID`].
    pub set_id: u64,
    /// Files and folders of which the owner, the mode or the time could not be set.
    pub not_as_saved: u64,
    /// Pipes, sockets and devices that came since, which are not taken over.
    pub special: u64,
}

/// How things come.
#[derive(Clone, Copy)]
pub(super) struct Manner<'a> {
    /// The folder that things go to, when what came there since stays.
    pub since: Option<BorrowedFd<'a>>,
    pub bytes: Bytes,
    pub rights: Rights,
}

/// What becomes of rights to run as another user or group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rights {
    Dropped,
    /// In a copy that nobody runs anything of.
    Kept,
}

pub(super) fn fetch(
    store: &SnapshotStore,
    snapshot: &Snapshot,
    paths: &[SnapshotPath],
    to: BorrowedFd<'_>,
    manner: Manner<'_>,
    monitor: &dyn Monitor,
) -> Result<Fetched, Error> {
    let mut fetched = Fetched::default();
    let tree = store.tree(snapshot.name).map_err(Error::io("the snapshot could not be read"))?;
    let damaged = |source| Error::Manifest { name: snapshot.name, source };
    let mut manifest = store.manifest(snapshot).map_err(damaged)?;
    let mut last: Option<(&[u8], Sort)> = None;
    let mut several = HashMap::new();
    for path in paths {
        let missing = || Error::NotInSnapshot { name: snapshot.name, path: printable(path.as_bytes()) };
        let (above, name) = split(path.as_bytes());
        let folder = open_below(tree.as_fd(), above).map_err(|_| missing())?;
        let seen = look(folder.as_fd(), name).map_err(|_| missing())?;
        let sort = if seen.kind == Kind::Folder { Sort::Folder } else { Sort::File };
        let is_ahead = |last: (&[u8], Sort)| {
            compare(last, (path.as_bytes(), sort)) == Ordering::Less && !path.as_bytes().starts_with(last.0)
        };
        // The manifest is read forward, and anew for what lies before.
        if last.is_some_and(|last| !is_ahead(last)) {
            manifest = store.manifest(snapshot).map_err(damaged)?;
        }
        last = Some((path.as_bytes(), sort));
        let top = to.try_clone_to_owned()?;
        let mut one = One {
            name: snapshot.name,
            prefix: path.as_bytes().to_vec(),
            manifest: &mut manifest,
            to: OpenPath::new(top)?,
            several: &mut several,
            folders: Vec::new(),
            fetched: &mut fetched,
            top: to,
            manner,
            total: snapshot.marker.counts.bytes,
            monitor,
        };
        let here = Here { folder: folder.as_fd(), name, path: b"", seen };
        if seen.kind == Kind::Folder {
            if one.enter(&here)? == Enter::Skip {
                return Err(missing());
            }
            let inside = open_folder(&folder, name).map_err(Error::io("a folder of the snapshot could not be read"))?;
            one.opened(inside.as_fd())?;
            walk(inside, &mut one)?;
            one.leave(&here)?;
        } else {
            one.entry(&here)?;
        }
        // A single file that is damaged is not there.
        if look(to, name).is_ok() {
            fetched.names.push(name.to_vec());
        }
    }
    Ok(fetched)
}

/// One of the paths.
struct One<'a> {
    name: SnapshotName,
    /// The path itself: the walk tells what lies below it.
    prefix: Vec<u8>,
    manifest: &'a mut ManifestReader,
    to: OpenPath,
    /// Files with several names within the snapshot: inode there, and the path of the first name here.
    several: &'a mut HashMap<u64, Vec<u8>>,
    folders: Vec<(Looks, Xattrs)>,
    fetched: &'a mut Fetched,
    top: BorrowedFd<'a>,
    manner: Manner<'a>,
    total: u64,
    monitor: &'a dyn Monitor,
}

impl One<'_> {
    fn line(&mut self, below: &[u8], sort: Sort) -> Result<Option<Entry>, Error> {
        let mut path = self.prefix.clone();
        if !below.is_empty() {
            path.push(b'/');
            path.extend_from_slice(below);
        }
        let name = self.name;
        let entry = self.manifest.seek(&path, sort).map_err(|source| Error::Manifest { name, source })?;
        if entry.is_none() {
            self.fetched.damaged.push(format!("{}: it does not belong to the snapshot", printable(&path)));
        }
        Ok(entry)
    }

    fn file(&mut self, here: &Here<'_>, entry: &Entry) -> Result<(), Error> {
        let own = self.path_here(here.path);
        let several = (entry.names == Names::Several).then_some(here.seen.inode);
        if let Some(first) = several.and_then(|inode| self.several.get(&inode)) {
            let (folder, name) = split(first);
            let folder = open_below(self.top, folder)?;
            let linked = rustix::fs::linkat(&folder, name, self.to.end()?, here.name, AtFlags::empty());
            if linked.is_ok() {
                self.fetched.files += 1;
                return Ok(());
            }
        }
        let (monitor, begin, total, files) = (self.monitor, self.fetched.bytes, self.total, self.fetched.files);
        let mut read = 0;
        let mut go_on = |bytes: u64| {
            read += bytes;
            let now = printable(here.path);
            monitor.progress(Progress {
                done_bytes: begin + read,
                total_bytes: total,
                done_files: files,
                total_files: 0,
                now,
            });
            Ok(monitor.checkpoint()?)
        };
        let attributes = attributes(&entry.looks);
        let lost = if self.manner.rights == Rights::Dropped { entry.looks.mode & SET_ID } else { 0 };
        let attributes = Attributes { mode: attributes.mode & !lost, ..attributes };
        let damage = match copy_file(here.into(), self.to.end()?, Some(attributes), self.manner.bytes, &mut go_on)? {
            OneFile::Copied { copied, kept, .. } if Some(copied.digest) == entry.digest => {
                self.fetched.not_as_saved += u64::from(kept.attributes_refused > 0);
                self.fetched.files += 1;
                self.fetched.bytes += copied.bytes;
                self.fetched.set_id += u64::from(lost != 0);
                if let Some(inode) = several {
                    self.several.insert(inode, own);
                }
                return Ok(());
            }
            OneFile::Copied { .. } => {
                rustix::fs::unlinkat(self.to.end()?, here.name, AtFlags::empty()).map_err(io::Error::from)?;
                "its bytes are not those that were saved".to_owned()
            }
            OneFile::Unreadable(why) => format!("it cannot be read: {why}"),
            OneFile::NotHeld(why) => format!("this folder cannot hold its name: {why}"),
        };
        self.fetched.damaged.push(format!("{}: {damage}", printable(&entry.path)));
        Ok(())
    }

    /// Where a thing lies below the folder that all is copied into.
    fn path_here(&self, below: &[u8]) -> Vec<u8> {
        let mut path = split(&self.prefix).1.to_vec();
        if !below.is_empty() {
            path.push(b'/');
            path.extend_from_slice(below);
        }
        path
    }

    fn symlink(&mut self, here: &Here<'_>, entry: &Entry) -> Result<(), Error> {
        let to = self.to.end()?;
        let failed = || Error::io("a link could not be made");
        rustix::fs::symlinkat(entry.target.as_slice(), to, here.name).map_err(|e| failed()(e.into()))?;
        let looks = attributes(&entry.looks);
        let time = Timespec { tv_sec: looks.mtime.seconds, tv_nsec: looks.mtime.nanos.into() };
        let times = Timestamps { last_access: time, last_modification: time };
        // Neither matters for what the link does.
        let _ = rustix::fs::utimensat(to, here.name, &times, AtFlags::SYMLINK_NOFOLLOW);
        if is_root() {
            let owner = (Some(Uid::from_raw(looks.uid)), Some(Gid::from_raw(looks.gid)));
            let _ = rustix::fs::chownat(to, here.name, owner.0, owner.1, AtFlags::SYMLINK_NOFOLLOW);
        }
        Ok(())
    }
}

fn attributes(looks: &Looks) -> Attributes {
    let mtime = Moment { seconds: looks.seconds, nanos: looks.nanos };
    Attributes { mode: looks.mode, uid: looks.uid, gid: looks.gid, mtime }
}

impl Visitor for One<'_> {
    type Error = Error;

    fn entry(&mut self, here: &Here<'_>) -> Result<(), Error> {
        self.monitor.checkpoint()?;
        let sort = if here.seen.kind == Kind::Link { Sort::Symlink } else { Sort::File };
        match self.line(here.path, sort)? {
            Some(entry) if entry.sort == Sort::File && here.seen.kind == Kind::File => self.file(here, &entry),
            Some(entry) if entry.sort == Sort::Symlink => self.symlink(here, &entry),
            Some(entry) => {
                self.fetched.damaged.push(format!("{}: it is another kind of thing", printable(&entry.path)));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn enter(&mut self, here: &Here<'_>) -> Result<Enter, Error> {
        self.monitor.checkpoint()?;
        let Some(entry) = self.line(here.path, Sort::Folder)? else { return Ok(Enter::Skip) };
        rustix::fs::mkdirat(self.to.end()?, here.name, Mode::RWXU)
            .map_err(|e| Error::io("a folder could not be made")(e.into()))?;
        self.to.enter(here.name)?;
        self.folders.push((entry.looks, Xattrs::new()));
        Ok(Enter::Go)
    }

    fn opened(&mut self, folder: BorrowedFd<'_>) -> Result<(), Error> {
        if let Some(last) = self.folders.last_mut() {
            last.1 = xattrs::of(folder).unwrap_or_default();
        }
        Ok(())
    }

    fn leave(&mut self, here: &Here<'_>) -> Result<(), Error> {
        if let Some((mut looks, carried)) = self.folders.pop() {
            let folder: File = self.to.end()?.try_clone_to_owned()?.into();
            if let Some(since) = self.manner.since {
                let path = self.path_here(here.path);
                self.fetched.special += bring(since, &path, folder.as_fd(), self.monitor)?;
            }
            if here.path.is_empty() && looks.mode & OWNERS != OWNERS {
                self.fetched.closed.push((here.name.to_vec(), looks.mode));
                looks.mode |= OWNERS;
            }
            let kept = one_file::put(&folder, &attributes(&looks), &carried)?;
            self.fetched.not_as_saved += u64::from(kept.attributes_refused > 0);
        }
        Ok(self.to.leave()?)
    }

    fn unreadable(&mut self, path: &[u8], why: io::Error) -> Result<(), Error> {
        let path = self.path_here(path);
        self.fetched.damaged.push(format!("{}: it cannot be read: {why}", printable(&path)));
        Ok(())
    }
}
