//! Writes the manifest of a snapshot that rsync has filled: what lies there is looked at, not what was said of it.
//!
//! A file that is one with that of the snapshot before has its digest from the manifest of that; everything else is read
//! back from the drive. What a host must not bring goes.
use std::collections::HashMap;
use std::io;

use rustix::fs::AtFlags;

use super::Error;
use super::base::Base;
use super::findings::Findings;
use super::one_file::read_again;
use crate::base::attributes::Kind;
use crate::base::rel_path::printable;
use crate::base::tree::copy::CopyError;
use crate::base::tree::walk::{Enter, Here, Visitor};
use crate::destination::manifest::ManifestWriter;
use crate::domain::monitor::{Monitor, Progress};
use crate::domain::snapshot::counts::Counts;
use crate::domain::snapshot::entry::{Entry, Looks, Names, Sort};
use crate::domain::snapshot::marker::is_our_name;

pub(super) struct Record<'a> {
    pub base: Option<Base>,
    pub manifest: ManifestWriter,
    pub counts: Counts,
    pub findings: Findings,
    /// New files with several names, which are read once.
    pub several: HashMap<(u64, u64), [u8; 32]>,
    /// What was brought, as far as it is known.
    pub total_bytes: u64,
    pub monitor: &'a dyn Monitor,
}

impl Record<'_> {
    fn file(&mut self, here: &Here<'_>) -> Result<(), Error> {
        let looks = Looks::of(&here.seen);
        let before = match &mut self.base {
            Some(base) => base.seek(here.path, Sort::File)?,
            None => None,
        };
        let is_new = before.is_none();
        self.counts.files += 1;
        self.counts.bytes += looks.bytes;
        let shared = before.filter(|entry| self.base.as_ref().is_some_and(|base| base.is_one_with(here, entry)));
        if let Some(Entry { names, digest: Some(digest), .. }) = shared {
            self.counts.linked += 1;
            return self.add(here, Sort::File, looks, names, Some(digest));
        }
        *if is_new { &mut self.counts.new } else { &mut self.counts.changed } += 1;
        let (digest, names) = match self.read(here)? {
            Some(read) => read,
            None => return Ok(()),
        };
        self.add(here, Sort::File, looks, names, Some(digest))
    }

    /// The digest of a file that rsync has written, and whether it has other names.
    fn read(&mut self, here: &Here<'_>) -> Result<Option<([u8; 32], Names)>, Error> {
        let key = (here.seen.device, here.seen.inode);
        if let Some(digest) = self.several.get(&key) {
            return Ok(Some((*digest, Names::Several)));
        }
        let (monitor, begin, total_bytes) = (self.monitor, self.counts.added_bytes, self.total_bytes);
        let (files, mut read) = (self.counts.files, 0);
        let mut go_on = |bytes: u64| {
            read += bytes;
            let (done_bytes, now) = (begin + read, printable(here.path));
            monitor.progress(Progress { done_bytes, total_bytes, done_files: files, total_files: 0, now });
            Ok(monitor.checkpoint()?)
        };
        let digest = match read_again(here, &mut go_on) {
            Ok(copied) => copied.digest,
            Err(CopyError::Stopped(error)) => return Err(error),
            Err(CopyError::Read(why) | CopyError::Write(why)) => {
                return Err(Error::io("a file could not be read back from the drive")(why));
            }
        };
        self.counts.added_bytes += here.seen.bytes;
        if here.seen.names < 2 {
            return Ok(Some((digest, Names::One)));
        }
        self.several.insert(key, digest);
        Ok(Some((digest, Names::Several)))
    }

    fn symlink(&mut self, here: &Here<'_>) -> Result<(), Error> {
        let target = rustix::fs::readlinkat(here.folder, here.name, Vec::new())
            .map_err(|why| Error::io("a link could not be read back from the drive")(why.into()))?;
        self.counts.symlinks += 1;
        let (looks, target, path) = (Looks::of(&here.seen), target.into_bytes(), here.path.to_vec());
        self.put(&Entry { sort: Sort::Symlink, looks, names: Names::One, digest: None, target, path })
    }

    fn add(
        &mut self,
        here: &Here<'_>,
        sort: Sort,
        looks: Looks,
        names: Names,
        digest: Option<[u8; 32]>,
    ) -> Result<(), Error> {
        self.put(&Entry { sort, looks, names, digest, target: Vec::new(), path: here.path.to_vec() })
    }

    fn put(&mut self, entry: &Entry) -> Result<(), Error> {
        self.manifest.add(entry).map_err(Error::io("the manifest could not be written to the drive"))
    }

    /// Whether the thing has the name of a file of ours at the top.
    fn is_ours(here: &Here<'_>) -> bool {
        here.path.len() == here.name.len() && is_our_name(here.name)
    }
}

impl Visitor for Record<'_> {
    type Error = Error;

    fn entry(&mut self, here: &Here<'_>) -> Result<(), Error> {
        self.monitor.checkpoint()?;
        match here.seen.kind {
            // The manifest that is being written.
            _ if Self::is_ours(here) => Ok(()),
            Kind::File => self.file(here),
            Kind::Link => self.symlink(here),
            Kind::Folder | Kind::Special => {
                self.counts.special += 1;
                let gone = rustix::fs::unlinkat(here.folder, here.name, AtFlags::empty());
                gone.map_err(|why| Error::io("a device could not be removed from the snapshot")(why.into()))
            }
        }
    }

    fn enter(&mut self, here: &Here<'_>) -> Result<Enter, Error> {
        self.monitor.checkpoint()?;
        self.counts.folders += 1;
        if let Some(base) = &mut self.base {
            base.enter(here.name);
        }
        self.add(here, Sort::Folder, Looks::of(&here.seen), Names::One, None)?;
        Ok(Enter::Go)
    }

    fn leave(&mut self, _: &Here<'_>) -> Result<(), Error> {
        match &mut self.base {
            Some(base) => Ok(base.leave()?),
            None => Ok(()),
        }
    }

    /// What rsync has written must be there: nobody else works in this folder.
    fn unreadable(&mut self, path: &[u8], why: io::Error) -> Result<(), Error> {
        Err(Error::io(format!("{} could not be read back from the drive", printable(path)))(why))
    }
}
