//! A folder that is to be replaced holds no other file system: its files would go aside with the folder.
use std::io;
use std::path::PathBuf;

use super::Error;
use crate::base::attributes::Kind;
use crate::base::dir::Dir;
use crate::base::tree::open_path::open_folder;
use crate::base::tree::walk::{Enter, Here, Visitor, look, walk};
use crate::domain::snapshot::request::SnapshotPath;

/// Refuses when another file system is mounted on one of the things in `target` that `paths` would replace, or in it.
pub(super) fn refuse_mounts(target: &Dir, paths: &[SnapshotPath]) -> Result<(), Error> {
    let device = target.seen_itself()?.device;
    for path in paths {
        let Ok(seen) = look(target.as_fd(), path.name()) else { continue };
        let place = target.path().join(printable_path(path.name()));
        if seen.device != device {
            return Err(Error::Mounted(place));
        }
        if seen.kind == Kind::Folder {
            let folder = open_folder(target.as_fd(), path.name())?;
            walk(folder, &mut Looker { device, place })?;
        }
    }
    Ok(())
}

fn printable_path(name: &[u8]) -> PathBuf {
    crate::base::rel_path::printable(name).into()
}

struct Looker {
    device: u64,
    place: PathBuf,
}

impl Visitor for Looker {
    type Error = Error;

    fn entry(&mut self, _: &Here<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn enter(&mut self, here: &Here<'_>) -> Result<Enter, Error> {
        if here.seen.device != self.device {
            return Err(Error::Mounted(self.place.join(printable_path(here.path))));
        }
        Ok(Enter::Go)
    }

    fn leave(&mut self, _: &Here<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn unreadable(&mut self, _: &[u8], _: io::Error) -> Result<(), Error> {
        Ok(())
    }
}
