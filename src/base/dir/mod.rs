//! A folder held open. Everything below it is reached through the handle and without following
//! links, so that nobody who swaps a folder for a link can lead us elsewhere.
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, ResolveFlags, StatxFlags};
use rustix::io::Errno;

mod folders;
mod small_files;

use super::attributes::{Attributes, Denied, Seen};
use super::rel_path::RelPath;
use super::space::Room;
use super::{handover, plain};

/// An open folder and the path by which it was opened (for messages only).
#[derive(Debug)]
pub struct Dir {
    fd: OwnedFd,
    path: PathBuf,
}

impl Dir {
    /// Opens `path`, which must be a folder; links in the path that its owner chose are followed.
    pub fn open(path: &Path) -> io::Result<Self> {
        let fd = rustix::fs::open(path, OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { fd, path: path.to_owned() })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a folder below this one.
    pub fn dir(&self, name: &RelPath) -> io::Result<Dir> {
        let fd = self.beneath(name, OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty())?;
        Ok(Dir { fd, path: self.path.join(name.as_path()) })
    }

    /// Opens a regular file below this folder for reading. A link anywhere in `name` is `ELOOP`; a FIFO
    /// or a device is an error and does not block.
    pub fn read(&self, name: &RelPath) -> io::Result<File> {
        plain::checked(self.beneath(name, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY, Mode::empty())?.into())
    }

    /// Makes a new file below this folder, readable and writable by its owner alone; it must not exist. One that
    /// root makes belongs to the owner of the folder in which it lies.
    pub fn create_new(&self, name: &RelPath) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
        let file = self.beneath(name, flags, Mode::RUSR | Mode::WUSR)?;
        if handover::is_root() {
            handover::give(&file, self.parent_of(name)?.0)?;
        }
        Ok(file.into())
    }

    /// Opens a file of ours below this folder for reading and writing; it must exist.
    pub fn write(&self, name: &RelPath) -> io::Result<File> {
        Ok(self.beneath(name, OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY, Mode::empty())?.into())
    }

    /// Makes a folder below this one, 0700; its parent must exist. One that root makes belongs to the owner of
    /// its parent.
    pub fn make_dir(&self, name: &RelPath) -> io::Result<()> {
        let (parent, last) = self.parent_of(name)?;
        rustix::fs::mkdirat(parent.as_fd(), OsStr::from_bytes(last), Mode::RWXU)?;
        match self.dir(name) {
            _ if !handover::is_root() => Ok(()),
            // A sweep may have removed it already.
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            made => handover::give_folder(made?.fd, parent),
        }
    }

    /// Moves `from` below this folder to `to` below `target`; an existing `to` is left alone
    /// (`AlreadyExists`). Where the file system lacks `RENAME_NOREPLACE` (NFS), by a hard link; where that
    /// cannot be either (folders, exFAT over FUSE), after a look, so that only a name that somebody makes in
    /// that very moment is lost.
    pub fn rename_new(&self, from: &RelPath, target: &Dir, to: &RelPath) -> io::Result<()> {
        let (from_dir, from_name) = self.parent_of(from)?;
        let (to_dir, to_name) = target.parent_of(to)?;
        let (from_name, to_name) = (OsStr::from_bytes(from_name), OsStr::from_bytes(to_name));
        match rustix::fs::renameat_with(from_dir.as_fd(), from_name, to_dir.as_fd(), to_name, RenameFlags::NOREPLACE) {
            Err(Errno::INVAL | Errno::NOSYS) => {}
            other => return Ok(other?),
        }
        match rustix::fs::linkat(from_dir.as_fd(), from_name, to_dir.as_fd(), to_name, AtFlags::empty()) {
            Ok(()) => return Ok(rustix::fs::unlinkat(from_dir.as_fd(), from_name, AtFlags::empty())?),
            // NOENT is what the kernel says of a file that a share counts no names of; MLINK of one with too many.
            Err(Errno::PERM | Errno::NOSYS | Errno::OPNOTSUPP | Errno::NOENT | Errno::MLINK) => {}
            Err(e) => return Err(e.into()),
        }
        match rustix::fs::statat(to_dir.as_fd(), to_name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => Ok(rustix::fs::renameat(from_dir.as_fd(), from_name, to_dir.as_fd(), to_name)?),
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(e) => Err(e.into()),
        }
    }

    /// Moves `from` to `to`, both below this folder, replacing a file that is there.
    pub fn rename(&self, from: &RelPath, to: &RelPath) -> io::Result<()> {
        let (from_dir, from_name) = self.parent_of(from)?;
        let (to_dir, to_name) = self.parent_of(to)?;
        Ok(rustix::fs::renameat(
            from_dir.as_fd(),
            OsStr::from_bytes(from_name),
            to_dir.as_fd(),
            OsStr::from_bytes(to_name),
        )?)
    }

    /// Replaces a file where a rename onto a name that is taken may be refused, as some shares do. There the old
    /// file goes first, and for a moment there is none: only for what can be made again.
    pub fn replace(&self, from: &RelPath, to: &RelPath) -> io::Result<()> {
        match self.rename(from, to) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                self.remove_file(to)?;
                self.rename(from, to)
            }
            other => other,
        }
    }

    /// Gives the file `from` a second name `to`; both below this folder. `to` must not exist.
    pub fn link(&self, from: &RelPath, to: &RelPath) -> io::Result<()> {
        let (from_dir, from_name) = self.parent_of(from)?;
        let (to_dir, to_name) = self.parent_of(to)?;
        let (from_name, to_name) = (OsStr::from_bytes(from_name), OsStr::from_bytes(to_name));
        Ok(rustix::fs::linkat(from_dir.as_fd(), from_name, to_dir.as_fd(), to_name, AtFlags::empty())?)
    }

    /// Two names change places in one step; neither is ever missing. `InvalidInput` where the file
    /// system cannot do it.
    pub fn exchange(&self, one: &RelPath, other: &RelPath) -> io::Result<()> {
        let (one_dir, one_name) = self.parent_of(one)?;
        let (other_dir, other_name) = self.parent_of(other)?;
        let (one_name, other_name) = (OsStr::from_bytes(one_name), OsStr::from_bytes(other_name));
        let flags = RenameFlags::EXCHANGE;
        Ok(rustix::fs::renameat_with(one_dir.as_fd(), one_name, other_dir.as_fd(), other_name, flags)?)
    }

    /// What is there under this name; a link is itself, not what it points at. `None` when the name
    /// or a folder on the way is missing, and when this disk cannot hold such a name at all.
    pub fn seen(&self, name: &RelPath) -> io::Result<Option<Seen>> {
        let found = self.parent_of(name).and_then(|(parent, last)| {
            Ok(rustix::fs::statat(parent.as_fd(), OsStr::from_bytes(last), AtFlags::SYMLINK_NOFOLLOW)?)
        });
        match found {
            Ok(stat) => Ok(Some(Seen::from(&stat))),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) if no_such_names(&e) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// This folder itself.
    pub fn seen_itself(&self) -> io::Result<Seen> {
        Ok(Seen::from(&rustix::fs::fstat(&self.fd)?))
    }

    /// Sets owner, group, mode and time of this folder; see [`Attributes::put_on`].
    pub fn put_attributes(&self, attributes: &Attributes) -> io::Result<Vec<Denied>> {
        attributes.put_on(&self.fd)
    }

    /// Which mount this folder lies on, as a number that means something until the next restart.
    /// The device number alone is blind to a bind mount, across which nothing can be renamed.
    pub fn mount(&self) -> io::Result<(u64, u64)> {
        let device = self.seen_itself()?.device;
        match rustix::fs::statx(&self.fd, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID) {
            Ok(found) => Ok((device, found.stx_mnt_id)),
            // Kernels before 4.11 and some sandboxes: the device is what we have.
            Err(Errno::NOSYS) => Ok((device, 0)),
            Err(e) => Err(e.into()),
        }
    }

    /// Removes an empty folder below this one.
    pub fn remove_dir(&self, name: &RelPath) -> io::Result<()> {
        let (parent, last) = self.parent_of(name)?;
        Ok(rustix::fs::unlinkat(parent.as_fd(), OsStr::from_bytes(last), AtFlags::REMOVEDIR)?)
    }

    /// Room on the file system of this folder.
    pub fn room(&self) -> io::Result<Room> {
        Ok(rustix::fs::fstatvfs(&self.fd)?.into())
    }

    /// Waits until everything written to the file system of this folder is on the disk. Since Linux
    /// 5.8 it also fails when such a write was lost after this folder was opened.
    pub fn sync_file_system(&self) -> io::Result<()> {
        Ok(rustix::fs::syncfs(&self.fd)?)
    }

    pub fn remove_file(&self, name: &RelPath) -> io::Result<()> {
        let (parent, last) = self.parent_of(name)?;
        Ok(rustix::fs::unlinkat(parent.as_fd(), OsStr::from_bytes(last), AtFlags::empty())?)
    }

    /// Names directly in this folder, unsorted, without `.` and `..`.
    pub fn entries(&self) -> io::Result<Vec<std::ffi::OsString>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.fd)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        Ok(names)
    }

    /// Makes names that were added to or removed from this folder survive a power cut. Shares that cannot do
    /// it for folders do it at once or not at all: there is nothing to wait for.
    pub fn sync(&self) -> io::Result<()> {
        match rustix::fs::fsync(&self.fd) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Ok(()),
            other => Ok(other?),
        }
    }

    pub fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.fd.as_fd()
    }

    fn parent_of<'a>(&self, name: &'a RelPath) -> io::Result<(OwnedFd, &'a [u8])> {
        let fd = match name.parent() {
            Some(parent) => self.beneath(&parent, OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty())?,
            None => self.fd.try_clone()?,
        };
        Ok((fd, name.name()))
    }

    fn beneath(&self, name: &RelPath, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        match rustix::fs::openat2(&self.fd, name.as_path(), flags, mode, resolve) {
            // Kernels before 5.6 and some sandboxes lack openat2: go down part by part.
            Err(Errno::NOSYS) => self.walk_beneath(name, flags, mode),
            other => Ok(other?),
        }
    }

    fn walk_beneath(&self, name: &RelPath, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
        let mut here = self.fd.try_clone()?;
        let mut parts = name.parts().peekable();
        while let Some(part) = parts.next() {
            let last = parts.peek().is_none();
            let step =
                if last { flags } else { OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW };
            here = rustix::fs::openat(&here, OsStr::from_bytes(part), step, mode)?;
        }
        Ok(here)
    }
}

/// True when a disk says that it has no names like this one: too long, with letters that FAT does not
/// know, or in an encoding that it refuses.
fn no_such_names(e: &io::Error) -> bool {
    matches!(Errno::from_io_error(e), Some(Errno::NAMETOOLONG | Errno::INVAL | Errno::ILSEQ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RelPath {
        RelPath::parse(text).unwrap()
    }

    #[test]
    fn a_link_in_the_way_is_refused_by_both_ways_down() {
        let top = tempfile::tempdir().unwrap();
        std::fs::create_dir(top.path().join("real")).unwrap();
        std::fs::write(top.path().join("real/file"), "x").unwrap();
        std::os::unix::fs::symlink("real", top.path().join("link")).unwrap();
        let dir = Dir::open(top.path()).unwrap();
        assert!(dir.read(&path("real/file")).is_ok());
        assert!(dir.read(&path("link/file")).is_err());
        assert!(dir.walk_beneath(&path("real/file"), OFlags::RDONLY, Mode::empty()).is_ok());
        assert!(dir.walk_beneath(&path("link/file"), OFlags::RDONLY | OFlags::NOFOLLOW, Mode::empty()).is_err());
    }

    #[test]
    fn a_new_name_never_replaces_an_old_one() {
        let top = tempfile::tempdir().unwrap();
        let dir = Dir::open(top.path()).unwrap();
        dir.create_new(&path("a")).unwrap();
        dir.create_new(&path("b")).unwrap();
        assert_eq!(dir.rename_new(&path("a"), &dir, &path("b")).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        dir.rename_new(&path("a"), &dir, &path("c")).unwrap();
    }

    #[test]
    fn an_exchange_leaves_both_names_and_a_link_gives_one_file_two() {
        let top = tempfile::tempdir().unwrap();
        std::fs::write(top.path().join("a"), "1").unwrap();
        std::fs::write(top.path().join("b"), "2").unwrap();
        let dir = Dir::open(top.path()).unwrap();
        let before = dir.seen(&path("a")).unwrap().unwrap();
        dir.exchange(&path("a"), &path("b")).unwrap();
        let after = dir.seen(&path("b")).unwrap().unwrap();
        assert_eq!(Seen { changed: before.changed, ..after }, before, "but for its time of change");
        assert_eq!(std::fs::read(top.path().join("a")).unwrap(), b"2");
        dir.link(&path("a"), &path("c")).unwrap();
        let (a, c) = (dir.seen(&path("a")).unwrap().unwrap(), dir.seen(&path("c")).unwrap().unwrap());
        assert_eq!((a.inode, a.names), (c.inode, 2));
        assert_eq!(dir.link(&path("a"), &path("b")).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_look_sees_the_link_itself_and_never_through_one() {
        let top = tempfile::tempdir().unwrap();
        std::fs::create_dir(top.path().join("real")).unwrap();
        std::fs::write(top.path().join("real/f"), "x").unwrap();
        std::os::unix::fs::symlink("real", top.path().join("l")).unwrap();
        let dir = Dir::open(top.path()).unwrap();
        assert_eq!(dir.seen(&path("l")).unwrap().unwrap().kind, crate::base::attributes::Kind::Link);
        assert!(dir.seen(&path("l/f")).is_err());
        assert_eq!(dir.seen(&path("missing/f")).unwrap(), None);
        assert_eq!(dir.dir(&path("real")).unwrap().mount().unwrap(), dir.mount().unwrap());
    }
}
