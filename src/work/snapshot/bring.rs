//! What lies in a folder of today and not in the snapshot goes into the new folder that takes its place: files get a
//! second name there, so that nothing is copied and an undo still finds all of them.
use std::fs::File;
use std::io;
use std::os::fd::BorrowedFd;

use rustix::fs::{AtFlags, Mode};
use rustix::io::Errno;

use super::Error;
use super::one_file::{self, OneFile, copy_file};
use crate::base::attributes::{Attributes, Kind};
use crate::base::tree::copy::Bytes;
use crate::base::tree::open_path::{OpenPath, open_below};
use crate::base::tree::walk::{Enter, Here, Visitor, look, walk};
use crate::base::tree::xattrs::{self, Xattrs};
use crate::domain::monitor::Monitor;

/// Adds what lies in the folder `path` below `today` and not in `new`. Folders that both have are left alone: each is
/// done when it is left itself. Returns how many pipes, sockets and devices stay behind.
pub(super) fn bring(
    today: BorrowedFd<'_>,
    path: &[u8],
    new: BorrowedFd<'_>,
    monitor: &dyn Monitor,
) -> Result<u64, Error> {
    // Nothing came to a folder that is not there, or is none.
    let Ok(folder) = open_below(today, path) else { return Ok(0) };
    let to = OpenPath::new(new.try_clone_to_owned()?)?;
    let mut bring = Bring { to, carried: Vec::new(), special: 0, monitor };
    walk(folder, &mut bring)?;
    Ok(bring.special)
}

struct Bring<'a> {
    to: OpenPath,
    /// What the folders carry in which the walk is.
    carried: Vec<Xattrs>,
    special: u64,
    monitor: &'a dyn Monitor,
}

impl Bring<'_> {
    fn is_there(&self, name: &[u8]) -> Result<bool, Error> {
        match look(self.to.end()?, name) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            other => Ok(other.map(|_| true)?),
        }
    }

    fn file(&self, here: &Here<'_>) -> Result<(), Error> {
        let to = self.to.end()?;
        match rustix::fs::linkat(here.folder, here.name, to, here.name, AtFlags::empty()) {
            Ok(()) => return Ok(()),
            // Files of others may not be linked, and some file systems have no links at all.
            Err(Errno::PERM | Errno::ACCESS | Errno::MLINK | Errno::OPNOTSUPP | Errno::NOSYS | Errno::XDEV) => {}
            Err(e) => return Err(failed()(e.into())),
        }
        let mut go_on = |_| Ok(self.monitor.checkpoint()?);
        match copy_file(here.into(), to, None, Bytes::MayBeShared, &mut go_on)? {
            OneFile::Copied { .. } => Ok(()),
            OneFile::Unreadable(why) | OneFile::NotHeld(why) => Err(failed()(why)),
        }
    }
}

fn failed() -> impl FnOnce(io::Error) -> Error {
    Error::io("a file that came since the snapshot could not be taken over")
}

impl Visitor for Bring<'_> {
    type Error = Error;

    fn entry(&mut self, here: &Here<'_>) -> Result<(), Error> {
        self.monitor.checkpoint()?;
        if self.is_there(here.name)? {
            return Ok(());
        }
        match here.seen.kind {
            Kind::File => self.file(here),
            Kind::Link => {
                let target = rustix::fs::readlinkat(here.folder, here.name, Vec::new());
                let target = target.map_err(|e| failed()(e.into()))?;
                rustix::fs::symlinkat(target, self.to.end()?, here.name).map_err(|e| failed()(e.into()))
            }
            Kind::Folder | Kind::Special => {
                self.special += 1;
                Ok(())
            }
        }
    }

    fn enter(&mut self, here: &Here<'_>) -> Result<Enter, Error> {
        self.monitor.checkpoint()?;
        if self.is_there(here.name)? {
            return Ok(Enter::Skip);
        }
        rustix::fs::mkdirat(self.to.end()?, here.name, Mode::RWXU).map_err(|e| failed()(e.into()))?;
        self.to.enter(here.name)?;
        self.carried.push(Xattrs::new());
        Ok(Enter::Go)
    }

    fn opened(&mut self, folder: BorrowedFd<'_>) -> Result<(), Error> {
        if let Some(last) = self.carried.last_mut() {
            *last = xattrs::of(folder).unwrap_or_default();
        }
        Ok(())
    }

    fn leave(&mut self, here: &Here<'_>) -> Result<(), Error> {
        let carried = self.carried.pop().unwrap_or_default();
        let folder: File = self.to.end()?.try_clone_to_owned()?.into();
        let attributes: Attributes = here.seen.attributes;
        one_file::put(&folder, &attributes, &carried)?;
        Ok(self.to.leave()?)
    }

    fn unreadable(&mut self, _: &[u8], why: io::Error) -> Result<(), Error> {
        // Gone meanwhile, which is its owner's wish. What is closed to us would be lost from its place.
        if why.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(failed()(why)) }
    }
}
