//! Fills the folder of a new snapshot: what did not change gets a second name, everything else is copied, and each
//! thing gets its line in the manifest.
use std::fs::File;
use std::io;
use std::os::fd::BorrowedFd;

use rustix::fs::{AtFlags, Gid, Mode, Timespec, Timestamps, Uid};
use rustix::io::Errno;

use super::Error;
use super::base::{Base, Likeness, Linked};
use super::findings::Findings;
use super::one_file::{self, Kept, OneFile, copy_file, is_no_name, read_through};
use super::several_names::SeveralNames;
use super::survey::count;
use crate::base::attributes::{Kind, Seen};
use crate::base::handover::is_root;
use crate::base::rel_path::printable;
use crate::base::tree::copy::Bytes;
use crate::base::tree::open_path::OpenPath;
use crate::base::tree::walk::{Enter, Here, Visitor};
use crate::base::tree::xattrs::{self, Xattrs};
use crate::destination::manifest::ManifestWriter;
use crate::domain::monitor::{Monitor, Progress};
use crate::domain::snapshot::counts::Counts;
use crate::domain::snapshot::entry::{Entry, Looks, Names, Sort};
use crate::host::selection::{Selection, Verdict};

/// Whether several names of one file stay names of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HardLinks {
    Kept,
    NotKept,
}

pub(super) struct Fill<'a> {
    pub selection: &'a Selection,
    pub base: Option<Base>,
    /// The top folder of the new snapshot.
    pub top: BorrowedFd<'a>,
    pub to: OpenPath,
    pub manifest: ManifestWriter,
    pub hard_links: HardLinks,
    pub names: SeveralNames,
    pub counts: Counts,
    pub findings: Findings,
    /// What the folders carry in which the walk is.
    pub carried: Vec<Xattrs>,
    /// What is to be done, as far as it is known.
    pub total: Counts,
    pub monitor: &'a dyn Monitor,
}

impl Fill<'_> {
    fn file(&mut self, here: &Here<'_>) -> Result<(), Error> {
        let before = match &mut self.base {
            Some(base) => base.seek(here.path, Sort::File)?,
            None => None,
        };
        let likeness = match &self.base {
            Some(base) => base.likeness(before.as_ref(), &here.seen),
            None => Likeness::New,
        };
        if self.second_name(here, likeness)? {
            return Ok(());
        }
        let mut likeness = likeness;
        if likeness == Likeness::Doubtful {
            likeness = match self.compare(here, before.as_ref())? {
                Some(likeness) => likeness,
                None => return Ok(()),
            };
        }
        if let (Likeness::Same, Some(entry), Some(base)) = (likeness, before, &self.base) {
            let linked = base.link(here.name, &entry, self.to.end()?);
            match linked.map_err(Error::io("a file could not get another name on the drive"))? {
                Linked::Yes => {
                    let digest = entry.digest.unwrap_or_default();
                    return self.add_file(here, Looks::of(&here.seen), digest, Likeness::Same);
                }
                Linked::TooMany => self.findings.many_names.add(here.path),
                Linked::No => {}
            }
            // The snapshot before has it, and yet it is not shared.
            likeness = Likeness::Changed;
        }
        self.copy(here, likeness)
    }

    /// Gives the file a second name where it is in this snapshot already.
    fn second_name(&mut self, here: &Here<'_>, likeness: Likeness) -> Result<bool, Error> {
        let Some(first) = self.names.get(&here.seen).filter(|_| self.hard_links == HardLinks::Kept).cloned() else {
            return Ok(false);
        };
        let linked = self.names.link(&first, self.top, self.to.end()?, here.name);
        match linked.map_err(Error::io("a file could not get another name on the drive"))? {
            Linked::Yes => {
                let likeness = if likeness == Likeness::Doubtful { Likeness::Same } else { likeness };
                self.add_file(here, first.looks, first.digest, likeness)?;
                Ok(true)
            }
            Linked::TooMany => {
                self.findings.many_names.add(here.path);
                self.copy(here, likeness)?;
                Ok(true)
            }
            Linked::No => Ok(false),
        }
    }

    /// Reads a file that looks as before. `None` when it cannot be read.
    fn compare(&mut self, here: &Here<'_>, before: Option<&Entry>) -> Result<Option<Likeness>, Error> {
        let monitor = self.monitor;
        match read_through(here, &mut |_| Ok(monitor.checkpoint()?))? {
            Err(why) => {
                self.unreadable(here.path, why)?;
                Ok(None)
            }
            Ok((read, carried)) => {
                let is_same = before.is_some_and(|entry| entry.digest == Some(read.digest));
                let there = self.base.as_ref().and_then(|base| base.read(here.name));
                let carries = there.is_some_and(|file| xattrs::of(&file).is_ok_and(|found| found == carried));
                Ok(Some(if is_same && carries { Likeness::Same } else { Likeness::Changed }))
            }
        }
    }

    fn copy(&mut self, here: &Here<'_>, likeness: Likeness) -> Result<(), Error> {
        let (monitor, total, files, begin) = (self.monitor, &self.total, self.counts.files, self.counts.added_bytes);
        let mut added = 0;
        let mut go_on = |bytes: u64| {
            added += bytes;
            monitor.progress(Progress {
                done_bytes: begin + added,
                total_bytes: total.added_bytes,
                done_files: files,
                total_files: total.files,
                now: printable(here.path),
            });
            Ok(monitor.checkpoint()?)
        };
        match copy_file(here, self.to.end()?, None, Bytes::MayBeShared, &mut go_on)? {
            OneFile::Unreadable(why) => self.unreadable(here.path, why),
            OneFile::NotHeld(why) => {
                self.findings.not_held.add_with(here.path, &why);
                Ok(())
            }
            OneFile::Copied { seen, copied, changed, kept } => {
                self.counts.added_bytes += copied.bytes;
                self.note(kept);
                if changed {
                    self.findings.changed.add(here.path);
                }
                // What was read counts, not what the file was to have.
                let looks = Looks { bytes: copied.bytes, ..Looks::of(&seen) };
                self.add_file(here, looks, copied.digest, likeness)
            }
        }
    }

    fn add_file(&mut self, here: &Here<'_>, looks: Looks, digest: [u8; 32], likeness: Likeness) -> Result<(), Error> {
        self.counts.files += 1;
        self.counts.bytes += looks.bytes;
        match likeness {
            Likeness::New => self.counts.new += 1,
            Likeness::Changed | Likeness::Doubtful => self.counts.changed += 1,
            Likeness::Same => self.counts.linked += 1,
        }
        if self.hard_links == HardLinks::Kept {
            self.names.met(&here.seen, here.path, looks, digest);
        }
        let is_linked = self.hard_links == HardLinks::Kept && here.seen.names > 1;
        let names = if is_linked { Names::Several } else { Names::One };
        let path = here.path.to_vec();
        self.add(Entry { sort: Sort::File, looks, names, digest: Some(digest), target: Vec::new(), path })
    }

    fn symlink(&mut self, here: &Here<'_>) -> Result<(), Error> {
        let target = match rustix::fs::readlinkat(here.folder, here.name, Vec::new()) {
            Ok(target) => target.into_bytes(),
            Err(why) => return self.unreadable(here.path, why.into()),
        };
        let to = self.to.end()?;
        match rustix::fs::symlinkat(target.as_slice(), to, here.name) {
            Ok(()) => {}
            Err(e) if is_no_name(e) || matches!(e, Errno::PERM | Errno::NOSYS | Errno::OPNOTSUPP) => {
                self.findings.not_held.add_with(here.path, &e.into());
                return Ok(());
            }
            Err(e) => return Err(Error::io("a link could not be made on the drive")(e.into())),
        }
        self.counts.symlinks += 1;
        let attributes = here.seen.attributes;
        let time = Timespec { tv_sec: attributes.mtime.seconds, tv_nsec: attributes.mtime.nanos.into() };
        let times = Timestamps { last_access: time, last_modification: time };
        // Both are in the manifest as well.
        let _ = rustix::fs::utimensat(to, here.name, &times, AtFlags::SYMLINK_NOFOLLOW);
        if is_root() {
            let owner = (Some(Uid::from_raw(attributes.uid)), Some(Gid::from_raw(attributes.gid)));
            let _ = rustix::fs::chownat(to, here.name, owner.0, owner.1, AtFlags::SYMLINK_NOFOLLOW);
        }
        let looks = Looks::of(&here.seen);
        self.add(Entry {
            sort: Sort::Symlink,
            looks,
            names: Names::One,
            digest: None,
            target,
            path: here.path.to_vec(),
        })
    }

    /// Makes the folder; false when the drive takes no such name.
    fn folder(&mut self, here: &Here<'_>) -> Result<bool, Error> {
        match rustix::fs::mkdirat(self.to.end()?, here.name, Mode::RWXU) {
            Ok(()) => {}
            Err(e) if is_no_name(e) => {
                self.findings.not_held.add_with(here.path, &e.into());
                return Ok(false);
            }
            Err(e) => return Err(Error::io("a folder could not be made on the drive")(e.into())),
        }
        self.counts.folders += 1;
        self.to.enter(here.name)?;
        let looks = Looks::of(&here.seen);
        let path = here.path.to_vec();
        self.add(Entry { sort: Sort::Folder, looks, names: Names::One, digest: None, target: Vec::new(), path })?;
        Ok(true)
    }

    /// Sets what the folder carries, after everything in it has its name.
    fn close(&mut self, seen: &Seen, carried: &Xattrs) -> Result<(), Error> {
        let folder: File = self.to.end()?.try_clone_to_owned()?.into();
        let kept = one_file::put(&folder, &seen.attributes, carried)?;
        self.note(kept);
        Ok(self.to.leave()?)
    }

    fn add(&mut self, entry: Entry) -> Result<(), Error> {
        self.manifest.add(&entry).map_err(Error::io("the manifest could not be written to the drive"))
    }

    fn note(&mut self, kept: Kept) {
        self.findings.owners += u64::from(kept.attributes_refused > 0);
        self.findings.xattrs += kept.xattrs_refused;
    }
}

impl Visitor for Fill<'_> {
    type Error = Error;

    fn entry(&mut self, here: &Here<'_>) -> Result<(), Error> {
        self.monitor.checkpoint()?;
        let verdict = self.selection.judge(here);
        count(verdict, &mut self.counts);
        match verdict {
            Verdict::Taken if here.seen.kind == Kind::File => self.file(here),
            Verdict::Taken => self.symlink(here),
            Verdict::OurName => {
                self.findings.our_names.add(here.path);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn enter(&mut self, here: &Here<'_>) -> Result<Enter, Error> {
        self.monitor.checkpoint()?;
        let verdict = self.selection.judge(here);
        count(verdict, &mut self.counts);
        match verdict {
            Verdict::Taken => {
                if !self.folder(here)? {
                    return Ok(Enter::Skip);
                }
                if let Some(base) = &mut self.base {
                    base.enter(here.name);
                }
                self.carried.push(Xattrs::new());
                return Ok(Enter::Go);
            }
            Verdict::OtherFileSystem if self.folder(here)? => self.close(&here.seen, &Xattrs::new())?,
            Verdict::OurName => self.findings.our_names.add(here.path),
            Verdict::TheDriveItself => self.findings.drive_itself.add(here.path),
            _ => {}
        }
        Ok(Enter::Skip)
    }

    fn opened(&mut self, folder: BorrowedFd<'_>) -> Result<(), Error> {
        if let Some(last) = self.carried.last_mut() {
            *last = xattrs::of(folder).unwrap_or_default();
        }
        Ok(())
    }

    fn leave(&mut self, here: &Here<'_>) -> Result<(), Error> {
        let carried = self.carried.pop().unwrap_or_default();
        self.close(&here.seen, &carried)?;
        match &mut self.base {
            Some(base) => Ok(base.leave()?),
            None => Ok(()),
        }
    }

    fn unreadable(&mut self, path: &[u8], why: io::Error) -> Result<(), Error> {
        match why.kind() {
            io::ErrorKind::NotFound => self.counts.vanished += 1,
            _ => self.findings.unreadable.add_with(path, &why),
        }
        Ok(())
    }
}
