//! The manifest of a tree that another program made: everything in it is read once where it lies. A file that is one with
//! that of the tree before has its digest from there.
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

use crate::base::attributes::Kind;
use crate::base::dir::Dir;
use crate::base::rel_path::printable;
use crate::base::tree::copy::CopyError;
use crate::base::tree::open_path::{OpenPath, split};
use crate::base::tree::walk::{Enter, Here, Visitor, look, walk};
use crate::destination::manifest::{ManifestReader, ManifestWriter};
use crate::domain::monitor::{Monitor, Progress};
use crate::domain::snapshot::counts::Counts;
use crate::domain::snapshot::entry::{Line, Looks, Names, Sort};
use crate::domain::snapshot::marker::is_our_name;
use crate::work::snapshot::Error;
use crate::work::snapshot::one_file::read_again;

/// What a tree holds.
#[derive(Debug, Default)]
pub(super) struct Looked {
    pub counts: Counts,
    /// Inodes of files that have several names within the tree.
    several: HashSet<u64>,
    /// Pipes, sockets and devices, below the top.
    pub special: Vec<Vec<u8>>,
}

/// Looks at everything. `Err` within says why the tree cannot be taken.
pub(super) fn look_at(tree: &Dir, monitor: &dyn Monitor) -> Result<Result<Looked, String>, Error> {
    let device = tree.seen_itself()?.device;
    let mut looker = Looker { looked: Looked::default(), met: HashSet::new(), why_not: None, device, monitor };
    walk(tree.as_fd().try_clone_to_owned()?, &mut looker)?;
    Ok(looker.why_not.map_or(Ok(looker.looked), Err))
}

struct Looker<'a> {
    looked: Looked,
    met: HashSet<u64>,
    why_not: Option<String>,
    device: u64,
    monitor: &'a dyn Monitor,
}

impl Looker<'_> {
    fn refuse(&mut self, path: &[u8], why: &str) {
        self.why_not.get_or_insert_with(|| format!("{}: {why}", printable(path)));
    }
}

impl Visitor for Looker<'_> {
    type Error = Error;

    fn entry(&mut self, here: &Here<'_>) -> Result<(), Error> {
        self.monitor.checkpoint()?;
        if is_ours(here) {
            return Ok(());
        }
        match here.seen.kind {
            Kind::File => {
                self.looked.counts.files += 1;
                self.looked.counts.bytes += here.seen.bytes;
                if here.seen.names > 1 && !self.met.insert(here.seen.inode) {
                    self.looked.several.insert(here.seen.inode);
                }
            }
            Kind::Link => self.looked.counts.symlinks += 1,
            Kind::Folder | Kind::Special => {
                self.looked.counts.special += 1;
                self.looked.special.push(here.path.to_vec());
            }
        }
        Ok(())
    }

    fn enter(&mut self, here: &Here<'_>) -> Result<Enter, Error> {
        self.monitor.checkpoint()?;
        self.looked.counts.folders += 1;
        if here.seen.device != self.device {
            self.refuse(here.path, "another file system is mounted here");
            return Ok(Enter::Skip);
        }
        Ok(Enter::Go)
    }

    fn leave(&mut self, _: &Here<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn unreadable(&mut self, path: &[u8], why: io::Error) -> Result<(), Error> {
        self.refuse(path, &format!("it cannot be read: {why}"));
        Ok(())
    }
}

/// The tree before, and its manifest.
pub(super) struct Before {
    manifest: ManifestReader,
    way: OpenPath,
    /// So many folders of the present place are not in it.
    missing: usize,
}

impl Before {
    pub fn new(tree: &Dir, manifest: ManifestReader) -> io::Result<Before> {
        let top: OwnedFd = tree.as_fd().try_clone_to_owned()?;
        Ok(Before { manifest, way: OpenPath::new(top)?, missing: 0 })
    }

    fn enter(&mut self, name: &[u8]) {
        if self.missing > 0 || self.way.enter(name).is_err() {
            self.missing += 1;
        }
    }

    fn leave(&mut self) -> io::Result<()> {
        if self.missing > 0 {
            self.missing -= 1;
            return Ok(());
        }
        self.way.leave()
    }

    /// What the file holds, when it is one with that of the tree before.
    fn digest(&mut self, here: &Here<'_>) -> io::Result<Option<[u8; 32]>> {
        let Some(entry) = self.manifest.seek(here.path, Sort::File)? else { return Ok(None) };
        if here.seen.names < 2 || self.missing > 0 {
            return Ok(None);
        }
        let found = look(self.way.end()?, here.name);
        let is_one = found.is_ok_and(|seen| (seen.device, seen.inode) == (here.seen.device, here.seen.inode));
        Ok(entry.digest.filter(|_| is_one && entry.looks == Looks::of(&here.seen)))
    }
}

/// Writes the manifest of a tree that was looked at; gives its digest. `Err` within says why the tree cannot be taken.
pub(super) fn describe(
    tree: &Dir,
    looked: &mut Looked,
    before: Option<Before>,
    manifest: File,
    monitor: &dyn Monitor,
) -> Result<Result<String, String>, Error> {
    let failed = || Error::io("the manifest could not be written to the drive");
    let manifest = ManifestWriter::new(manifest).map_err(failed())?;
    let known = HashMap::new();
    let mut writer = Describer { manifest, looked, before, known, why_not: None, read_bytes: 0, monitor };
    walk(tree.as_fd().try_clone_to_owned()?, &mut writer)?;
    match writer.why_not {
        Some(why) => Ok(Err(why)),
        None => Ok(Ok(writer.manifest.finish().map_err(failed())?)),
    }
}

struct Describer<'a> {
    manifest: ManifestWriter,
    looked: &'a mut Looked,
    before: Option<Before>,
    /// Digests of files with several names within the tree.
    known: HashMap<u64, [u8; 32]>,
    why_not: Option<String>,
    read_bytes: u64,
    monitor: &'a dyn Monitor,
}

impl Describer<'_> {
    fn add(&mut self, here: &Here<'_>, sort: Sort, digest: Option<&[u8; 32]>, target: &[u8]) -> Result<(), Error> {
        let is_several = sort == Sort::File && self.looked.several.contains(&here.seen.inode);
        let names = if is_several { Names::Several } else { Names::One };
        let (folder, name) = split(here.path);
        let line = Line { sort, looks: Looks::of(&here.seen), names, digest, target, folder, name };
        self.manifest.add(&line).map_err(Error::io("the manifest could not be written to the drive"))
    }

    fn digest(&mut self, here: &Here<'_>) -> Result<Option<[u8; 32]>, Error> {
        let failed = || Error::io("the snapshot before could not be read");
        let before = match &mut self.before {
            Some(before) => before.digest(here).map_err(failed())?,
            None => None,
        };
        let known = before.or_else(|| self.known.get(&here.seen.inode).copied());
        let counts = &mut self.looked.counts;
        if known.is_some() {
            counts.linked += 1;
            return Ok(known);
        }
        counts.new += 1;
        counts.added_bytes += here.seen.bytes;
        let (monitor, begin, total_bytes, mut read) = (self.monitor, self.read_bytes, counts.bytes, 0);
        let mut go_on = |bytes: u64| {
            read += bytes;
            let now = printable(here.path);
            monitor.progress(Progress { done_bytes: begin + read, total_bytes, now, ..Progress::default() });
            Ok(monitor.checkpoint()?)
        };
        let copied = match read_again(here.into(), &mut go_on) {
            Ok(copied) => copied,
            Err(CopyError::Stopped(error)) => return Err(error),
            Err(CopyError::Read(why) | CopyError::Write(why)) => {
                self.why_not = Some(format!("{}: it cannot be read: {why}", printable(here.path)));
                return Ok(None);
            }
        };
        self.read_bytes += copied.bytes;
        if self.looked.several.contains(&here.seen.inode) {
            self.known.insert(here.seen.inode, copied.digest);
        }
        Ok(Some(copied.digest))
    }
}

impl Visitor for Describer<'_> {
    type Error = Error;

    fn entry(&mut self, here: &Here<'_>) -> Result<(), Error> {
        self.monitor.checkpoint()?;
        if is_ours(here) || self.why_not.is_some() {
            return Ok(());
        }
        match here.seen.kind {
            Kind::File => match self.digest(here)? {
                Some(digest) => self.add(here, Sort::File, Some(&digest), b""),
                None => Ok(()),
            },
            Kind::Link => {
                let target = rustix::fs::readlinkat(here.folder, here.name, Vec::new()).map_err(io::Error::from)?;
                self.add(here, Sort::Symlink, None, target.to_bytes())
            }
            Kind::Folder | Kind::Special => Ok(()),
        }
    }

    fn enter(&mut self, here: &Here<'_>) -> Result<Enter, Error> {
        if self.why_not.is_some() {
            return Ok(Enter::Skip);
        }
        self.add(here, Sort::Folder, None, b"")?;
        if let Some(before) = &mut self.before {
            before.enter(here.name);
        }
        Ok(Enter::Go)
    }

    fn leave(&mut self, _: &Here<'_>) -> Result<(), Error> {
        match &mut self.before {
            Some(before) => Ok(before.leave()?),
            None => Ok(()),
        }
    }

    fn unreadable(&mut self, path: &[u8], why: io::Error) -> Result<(), Error> {
        self.why_not = Some(format!("{}: it cannot be read: {why}", printable(path)));
        Ok(())
    }
}

/// Whether the thing has the name of a file of ours at the top: what an earlier run has put there, or the marker of a
/// program that calls it as we do.
fn is_ours(here: &Here<'_>) -> bool {
    here.path.len() == here.name.len() && is_our_name(here.name)
}
