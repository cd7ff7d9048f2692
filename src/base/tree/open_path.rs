//! A way down from an open folder. Only its last folders are kept open, so that a tree of any depth can be walked; a
//! folder that was closed is opened again from below, and must be the very folder that it was.
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags};

/// Folders that stay open at the lower end, besides the top.
const OPEN: usize = 24;

#[derive(Debug)]
pub struct OpenPath {
    top: Level,
    below: Vec<Level>,
}

#[derive(Debug)]
struct Level {
    /// `None` while it is closed.
    fd: Option<OwnedFd>,
    name: Box<[u8]>,
    identity: (u64, u64),
}

impl Level {
    fn of(fd: OwnedFd, name: &[u8]) -> io::Result<Level> {
        let identity = identity(&fd)?;
        Ok(Level { fd: Some(fd), name: name.into(), identity })
    }
}

fn identity(fd: impl AsFd) -> io::Result<(u64, u64)> {
    let found = rustix::fs::fstat(fd)?;
    Ok((found.st_dev, found.st_ino))
}

/// Opens a folder by one name in `folder`; a link is refused.
pub fn open_folder(folder: impl AsFd, name: &[u8]) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    Ok(rustix::fs::openat(folder, name, flags, Mode::empty())?)
}

impl OpenPath {
    pub fn new(top: OwnedFd) -> io::Result<OpenPath> {
        Ok(OpenPath { top: Level::of(top, b"")?, below: Vec::new() })
    }

    /// The folder at the lower end.
    pub fn end(&self) -> io::Result<BorrowedFd<'_>> {
        let last = self.below.last().unwrap_or(&self.top);
        last.fd.as_ref().map(AsFd::as_fd).ok_or_else(moved)
    }

    /// How many folders lie between the top and the lower end.
    pub fn depth(&self) -> usize {
        self.below.len()
    }

    /// Goes down into `name`.
    pub fn enter(&mut self, name: &[u8]) -> io::Result<()> {
        let level = Level::of(open_folder(self.end()?, name)?, name)?;
        self.below.push(level);
        if let Some(far) = self.below.len().checked_sub(OPEN + 1) {
            self.below[far].fd = None;
        }
        Ok(())
    }

    /// Goes up by one. At the top it stays there.
    pub fn leave(&mut self) -> io::Result<()> {
        let Some(left) = self.below.pop() else { return Ok(()) };
        let Some(last) = self.below.last() else { return Ok(()) };
        if last.fd.is_some() {
            return Ok(());
        }
        let wanted = last.identity;
        let from_below = left.fd.and_then(|fd| open_folder(&fd, b"..").ok());
        let found = match from_below {
            Some(fd) if identity(&fd)? == wanted => fd,
            _ => self.reopened()?,
        };
        if identity(&found)? != wanted {
            return Err(moved());
        }
        if let Some(last) = self.below.last_mut() {
            last.fd = Some(found);
        }
        Ok(())
    }

    fn reopened(&self) -> io::Result<OwnedFd> {
        let top = self.top.fd.as_ref().ok_or_else(moved)?;
        self.below.iter().try_fold(top.try_clone()?, |fd, level| open_folder(&fd, &level.name))
    }
}

/// Opens the folder at `path` below `top`, part by part, so that no path is too long.
pub fn open_below(top: impl AsFd, path: &[u8]) -> io::Result<OwnedFd> {
    let here = top.as_fd().try_clone_to_owned()?;
    path.split(|byte| *byte == b'/').filter(|part| !part.is_empty()).try_fold(here, |fd, part| open_folder(&fd, part))
}

/// Whether `folder` is the folder with this device and inode, or lies below it.
pub fn lies_within(folder: impl AsFd, other: (u64, u64)) -> io::Result<bool> {
    let mut here = folder.as_fd().try_clone_to_owned()?;
    let mut at = identity(&here)?;
    while at != other {
        // A folder that may not be read may still be gone through.
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let Ok(above) = rustix::fs::openat(&here, "..", flags, Mode::empty()) else { return Ok(false) };
        let next = identity(&above)?;
        if next == at {
            return Ok(false);
        }
        (here, at) = (above, next);
    }
    Ok(true)
}

/// The folder part and the name of a path.
pub fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (b"", path),
    }
}

/// A number for a path, so that very many can be remembered. Two paths have one number once in a billion billions.
pub fn number_of(path: &[u8]) -> u64 {
    first_eight(blake3::hash(path).as_bytes())
}

/// The first bytes of a digest as a number.
pub fn first_eight(digest: &[u8; 32]) -> u64 {
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

fn moved() -> io::Error {
    io::Error::other("a folder was moved while it was read")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_of_any_depth_goes_down_and_up_again_with_few_folders_open() {
        let top = tempfile::tempdir().unwrap();
        let mut way = OpenPath::new(std::fs::File::open(top.path()).unwrap().into()).unwrap();
        for _ in 0..600 {
            rustix::fs::mkdirat(way.end().unwrap(), "folder-with-a-name", Mode::RWXU).unwrap();
            way.enter(b"folder-with-a-name").unwrap();
        }
        for depth in (0..600).rev() {
            rustix::fs::openat(way.end().unwrap(), "here", OFlags::CREATE | OFlags::WRONLY, Mode::RUSR).unwrap();
            way.leave().unwrap();
            assert_eq!(way.depth(), depth);
        }
        way.leave().unwrap();
        super::super::remove::remove_below(way.end().unwrap(), b"folder-with-a-name", &mut || Ok::<_, io::Error>(()))
            .unwrap();
        assert_eq!(std::fs::read_dir(top.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_link_is_no_way_down() {
        let top = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/tmp", top.path().join("link")).unwrap();
        let mut way = OpenPath::new(std::fs::File::open(top.path()).unwrap().into()).unwrap();
        assert!(way.enter(b"link").is_err());
    }
}
