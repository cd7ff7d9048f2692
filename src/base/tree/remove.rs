//! Removes a tree: never through a link, and never on another device, whatever its depth and whatever the modes of its
//! folders are.
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::open_path::open_folder;
use super::walk::{Enter, Here, Visitor, look, walk};
use crate::base::attributes::Kind;

const OWNERS: u32 = 0o700;

/// Removes `name` in `folder` with all that it holds; nothing happens where it is not there. `go_on` is asked before
/// each thing, so that the work can be stopped, and later begun anew.
pub fn remove_below<E: From<io::Error>>(
    folder: BorrowedFd<'_>,
    name: &[u8],
    go_on: &mut dyn FnMut() -> Result<(), E>,
) -> Result<(), E> {
    let seen = match look(folder, name) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    if seen.kind != Kind::Folder {
        return Ok(unlink(folder, name, AtFlags::empty())?);
    }
    open_to_owner(folder, name, seen.attributes.mode)?;
    walk(open_folder(folder, name)?, &mut Remover { device: seen.device, go_on })?;
    Ok(unlink(folder, name, AtFlags::REMOVEDIR)?)
}

struct Remover<'a, E> {
    device: u64,
    go_on: &'a mut dyn FnMut() -> Result<(), E>,
}

impl<E: From<io::Error>> Visitor for Remover<'_, E> {
    type Error = E;

    fn entry(&mut self, here: &Here<'_>) -> Result<(), E> {
        (self.go_on)()?;
        Ok(unlink(here.folder, here.name, AtFlags::empty())?)
    }

    fn enter(&mut self, here: &Here<'_>) -> Result<Enter, E> {
        (self.go_on)()?;
        if here.seen.device != self.device {
            return Err(io::Error::from(Errno::XDEV).into());
        }
        open_to_owner(here.folder, here.name, here.seen.attributes.mode)?;
        Ok(Enter::Go)
    }

    fn leave(&mut self, here: &Here<'_>) -> Result<(), E> {
        Ok(unlink(here.folder, here.name, AtFlags::REMOVEDIR)?)
    }

    fn unreadable(&mut self, _: &[u8], why: io::Error) -> Result<(), E> {
        // Somebody else removed it.
        if why.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(why.into()) }
    }
}

fn unlink(folder: BorrowedFd<'_>, name: &[u8], flags: AtFlags) -> io::Result<()> {
    match rustix::fs::unlinkat(folder, name, flags) {
        Err(Errno::NOENT) => Ok(()),
        other => Ok(other?),
    }
}

/// What is in a folder can be removed by its owner only while the folder lets him write. Only folders are changed: they
/// have one name each, and what is changed goes.
fn open_to_owner(folder: BorrowedFd<'_>, name: &[u8], mode: u32) -> io::Result<()> {
    if mode & OWNERS == OWNERS || rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let found: OwnedFd = rustix::fs::openat(folder, name, flags, Mode::empty())?;
    let by_number = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&found.as_fd()));
    Ok(rustix::fs::chmod(by_number, Mode::from_raw_mode(mode | OWNERS))?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_tree_goes_with_closed_folders_and_links_and_what_links_point_at_stays() {
        let top = tempfile::tempdir().unwrap();
        let at = |name: &str| top.path().join(name);
        std::fs::create_dir_all(at("tree/a/b")).unwrap();
        std::fs::create_dir(at("other")).unwrap();
        std::fs::write(at("other/file"), "mine").unwrap();
        std::fs::write(at("tree/a/b/c"), "x").unwrap();
        symlink("../other", at("tree/link")).unwrap();
        std::fs::set_permissions(at("tree/a/b"), std::fs::Permissions::from_mode(0o000)).unwrap();
        std::fs::set_permissions(at("tree/a"), std::fs::Permissions::from_mode(0o500)).unwrap();
        let folder = std::fs::File::open(top.path()).unwrap();
        let mut asked = 0;
        let mut stop = || {
            asked += 1;
            if asked > 2 { Err(io::Error::other("stopped")) } else { Ok(()) }
        };
        assert!(remove_below(folder.as_fd(), b"tree", &mut stop).is_err());
        let mut go_on = || Ok::<_, io::Error>(());
        remove_below(folder.as_fd(), b"tree", &mut go_on).unwrap();
        remove_below(folder.as_fd(), b"tree", &mut go_on).unwrap();
        assert!(!at("tree").exists() && at("other/file").exists());
    }
}
