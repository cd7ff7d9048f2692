//! Copies parts of a snapshot into a folder, with owners, modes and times as the manifest has them, and every byte
//! compared with it. What is damaged is left out and named. What came since is taken over where its owner wants that.
//! `fetch_whole` lets all of a snapshot come that way, with the links that it has.
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{AtFlags, Gid, Mode, Timespec, Timestamps, Uid};

use super::Error;
use super::bring::bring;
use super::kept_links::{Links, key};
use super::one_file::{self, OneFile, copy_file};
use crate::base::attributes::{Attributes, Kind, Moment};
use crate::base::handover::is_root;
use crate::base::rel_path::printable;
use crate::base::tree::copy::Bytes;
use crate::base::tree::open_path::{OpenPath, number_of, open_below, open_folder, split};
use crate::base::tree::walk::{Enter, Here, Visitor, look, walk};
use crate::base::tree::xattrs::{self, Xattrs};
use crate::destination::manifest::ManifestReader;
use crate::destination::snapshots::link_pool::{FileKey, Given};
use crate::destination::snapshots::store::{Snapshot, SnapshotStore};
use crate::domain::monitor::{Monitor, Progress};
use crate::domain::snapshot::entry::{Entry, Looks, Names, Sort};
use crate::domain::snapshot::marker::is_our_name;
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::order::compare;
use crate::domain::snapshot::request::SnapshotPath;

/// Rights to run as another user or group, which a file gives to everybody who runs it.
const SET_ID: u32 = 0o6000;
/// What the owner of a folder must be able to do with it to move it.
const OWNERS: u32 = 0o700;
/// Names that are told of a whole snapshot; the rest is counted.
const NAMED: usize = 50;

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
    /// Where links are kept: things that are only one more name of what came before.
    pub linked: u64,
    /// Files that were copied anew because the drive gives a file no more names.
    pub many_names: u64,
    /// Where links are kept: paths, as numbers, of files that were copied, and of all that is missing.
    pub copied: HashSet<u64>,
    pub missing: HashSet<u64>,
}

impl Fetched {
    /// Something is not there as it was saved. All of it is named, unless whole sets come.
    pub fn damage(&mut self, path: &[u8], what: &str, links: Links<'_>) {
        if links.are_kept() {
            self.missing.insert(number_of(path));
        }
        if !links.are_kept() || self.damaged.len() < NAMED {
            self.damaged.push(format!("{}: {what}", printable(path)));
        }
    }
}

/// How things come.
#[derive(Clone, Copy)]
pub(super) struct Manner<'a> {
    /// The folder that things go to, when what came there since stays.
    pub since: Option<BorrowedFd<'a>>,
    pub bytes: Bytes,
    pub rights: Rights,
    pub links: Links<'a>,
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
pub(super) struct One<'a> {
    pub name: SnapshotName,
    /// The path itself: the walk tells what lies below it. Empty for all of a snapshot.
    pub prefix: Vec<u8>,
    pub manifest: &'a mut ManifestReader,
    pub to: OpenPath,
    /// Files with several names within the snapshot: inode there, and the path of the first name here.
    pub several: &'a mut HashMap<u64, Vec<u8>>,
    pub folders: Vec<(Looks, Xattrs)>,
    pub fetched: &'a mut Fetched,
    pub top: BorrowedFd<'a>,
    pub manner: Manner<'a>,
    pub total: u64,
    pub monitor: &'a dyn Monitor,
}

impl One<'_> {
    fn line(&mut self, below: &[u8], sort: Sort) -> Result<Option<Entry>, Error> {
        let path = joined(self.prefix.clone(), below);
        let name = self.name;
        let damaged = |source| Error::Manifest { name, source };
        if self.manner.links.are_kept() {
            while let Some(gone) = self.manifest.take_before(&path, sort).map_err(damaged)? {
                self.fetched.damage(&gone.path, "it is missing", self.manner.links);
            }
        }
        let entry = self.manifest.seek(&path, sort).map_err(damaged)?;
        if entry.is_none() {
            self.fetched.damage(&path, "it does not belong to the snapshot", self.manner.links);
        }
        Ok(entry)
    }

    fn file(&mut self, here: &Here<'_>, entry: &Entry) -> Result<(), Error> {
        let own = self.path_here(here.path);
        let file = key(here, entry);
        if self.is_given(file, here)? {
            self.fetched.files += 1;
            return Ok(());
        }
        let is_several = entry.names == Names::Several && !self.manner.links.are_kept();
        let several = is_several.then_some(here.seen.inode);
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
        let attributes = self.attributes(&entry.looks, here);
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
                return self.remember(file, here);
            }
            OneFile::Copied { .. } => {
                rustix::fs::unlinkat(self.to.end()?, here.name, AtFlags::empty()).map_err(io::Error::from)?;
                "its bytes are not those that were saved".to_owned()
            }
            OneFile::Unreadable(why) => format!("it cannot be read: {why}"),
            OneFile::NotHeld(why) => format!("this folder cannot hold its name: {why}"),
        };
        self.fetched.damage(&entry.path, &damage, self.manner.links);
        Ok(())
    }

    /// As they were saved, or as they lie in the snapshot. A time is always that which was saved: it tells the next
    /// snapshot that the file is the one of its manifest.
    fn attributes(&self, looks: &Looks, here: &Here<'_>) -> Attributes {
        let saved = attributes(looks);
        if self.manner.links.are_kept() { Attributes { mtime: saved.mtime, ..here.seen.attributes } } else { saved }
    }

    /// Where a thing lies below the folder that all is copied into.
    fn path_here(&self, below: &[u8]) -> Vec<u8> {
        joined(split(&self.prefix).1.to_vec(), below)
    }

    /// Where links are kept, and the thing is one that came before.
    fn is_given(&mut self, file: Option<FileKey>, here: &Here<'_>) -> Result<bool, Error> {
        let given = self.manner.links.give(file, here, self.to.end()?)?;
        self.fetched.linked += u64::from(given == Given::Yes);
        self.fetched.many_names += u64::from(given == Given::TooMany);
        Ok(given == Given::Yes)
    }

    /// The thing came as a file of its own.
    fn remember(&mut self, file: Option<FileKey>, here: &Here<'_>) -> Result<(), Error> {
        if self.manner.links.are_kept() {
            self.fetched.copied.insert(number_of(here.path));
        }
        self.manner.links.remember(file, self.to.end()?, here.name)
    }

    fn symlink(&mut self, here: &Here<'_>, entry: &Entry) -> Result<(), Error> {
        let file = key(here, entry);
        if self.is_given(file, here)? {
            return Ok(());
        }
        let to = self.to.end()?;
        let failed = || Error::io("a link could not be made");
        rustix::fs::symlinkat(entry.target.as_slice(), to, here.name).map_err(|e| failed()(e.into()))?;
        let looks = self.attributes(&entry.looks, here);
        let time = Timespec { tv_sec: looks.mtime.seconds, tv_nsec: looks.mtime.nanos.into() };
        let times = Timestamps { last_access: time, last_modification: time };
        // Neither matters for what the link does.
        let _ = rustix::fs::utimensat(to, here.name, &times, AtFlags::SYMLINK_NOFOLLOW);
        if is_root() {
            let owner = (Some(Uid::from_raw(looks.uid)), Some(Gid::from_raw(looks.gid)));
            let _ = rustix::fs::chownat(to, here.name, owner.0, owner.1, AtFlags::SYMLINK_NOFOLLOW);
        }
        self.remember(file, here)
    }
}

fn joined(mut path: Vec<u8>, below: &[u8]) -> Vec<u8> {
    if !path.is_empty() && !below.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(below);
    path
}

fn attributes(looks: &Looks) -> Attributes {
    let mtime = Moment { seconds: looks.seconds, nanos: looks.nanos };
    Attributes { mode: looks.mode, uid: looks.uid, gid: looks.gid, mtime }
}

impl Visitor for One<'_> {
    type Error = Error;

    fn entry(&mut self, here: &Here<'_>) -> Result<(), Error> {
        self.monitor.checkpoint()?;
        if self.prefix.is_empty() && here.path.len() == here.name.len() && is_our_name(here.name) {
            return Ok(());
        }
        let sort = if here.seen.kind == Kind::Link { Sort::Symlink } else { Sort::File };
        match self.line(here.path, sort)? {
            Some(entry) if entry.sort == Sort::File && here.seen.kind == Kind::File => self.file(here, &entry),
            Some(entry) if entry.sort == Sort::Symlink => self.symlink(here, &entry),
            Some(entry) => {
                self.fetched.damage(&entry.path, "it is another kind of thing", self.manner.links);
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
        let Attributes { mode, uid, gid, .. } = self.attributes(&entry.looks, here);
        self.folders.push((Looks { mode, uid, gid, ..entry.looks }, Xattrs::new()));
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
        let next = self.manifest.peek().and_then(|next| next.path.strip_prefix(path.as_slice()));
        let was_taken = next.is_some_and(|rest| rest.first() == Some(&b'/'));
        // A folder that was closed to us at the host is so here, and nothing of it was taken.
        if was_taken || why.kind() != io::ErrorKind::PermissionDenied || !self.manner.links.are_kept() {
            self.fetched.damage(&path, &format!("it cannot be read: {why}"), self.manner.links);
        }
        Ok(())
    }
}
