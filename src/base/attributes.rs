//! What a file is besides its bytes: its kind, its owner, group, mode and time, and which inode it is.
//!
//! Set on an open file and never by name, so that nobody can slip another file under our hands.
use std::io;
use std::os::fd::AsFd;

use rustix::fs::{FileType, Mode, Timespec, Timestamps, UTIME_OMIT};
use serde::{Deserialize, Serialize};

/// A time of a file as the kernel keeps it; also times that no calendar has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Moment {
    pub seconds: i64,
    pub nanos: u32,
}

/// Owner, group, mode and time of the last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Attributes {
    /// Permission bits alone, at most `0o7777`.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub mtime: Moment,
}

/// An attribute that this process may not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    Owner(u32),
    Group(u32),
    Mode(u32),
    /// The time of the last change. Shares of another owner take the present time only.
    Time,
}

impl std::fmt::Display for Denied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Denied::Owner(uid) => write!(f, "owner {uid}"),
            Denied::Group(gid) => write!(f, "group {gid}"),
            Denied::Mode(mode) => write!(f, "mode {mode:04o}"),
            Denied::Time => f.write_str("time"),
        }
    }
}

impl Attributes {
    /// Sets all on an open file or folder. What the kernel denies (`EPERM`) is returned, not an error.
    pub fn put_on(&self, fd: impl AsFd) -> io::Result<Vec<Denied>> {
        let fd = fd.as_fd();
        let mut denied = Vec::new();
        let now = Seen::from(&rustix::fs::fstat(fd)?).attributes;
        // Group before owner: once it is another's file we may change nothing any more. Owner and
        // group before the mode: a change of owner clears set-id bits.
        if now.gid != self.gid && refused(std::os::unix::fs::fchown(fd, None, Some(self.gid)))? {
            denied.push(Denied::Group(self.gid));
        }
        if now.uid != self.uid && refused(std::os::unix::fs::fchown(fd, Some(self.uid), None))? {
            denied.push(Denied::Owner(self.uid));
        }
        if (now.uid, now.gid, now.mode) != (self.uid, self.gid, self.mode) {
            denied.extend(put_mode(fd, self.mode)?);
        }
        let time = Timespec { tv_sec: self.mtime.seconds, tv_nsec: self.mtime.nanos.into() };
        denied.extend(put_times(fd, time, time)?);
        Ok(denied)
    }
}

/// Sets the permissions alone, where they are others; says when that is denied.
pub fn put_mode(fd: impl AsFd, mode: u32) -> io::Result<Option<Denied>> {
    let now = Seen::from(&rustix::fs::fstat(&fd)?).attributes;
    let set = || rustix::fs::fchmod(&fd, Mode::from_raw_mode(mode)).map_err(Into::into);
    Ok((now.mode != mode && refused(set())?).then_some(Denied::Mode(mode)))
}

/// Sets the time of the last change alone; says when that is denied.
pub fn put_mtime(fd: impl AsFd, mtime: Moment) -> io::Result<Option<Denied>> {
    let keep = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
    put_times(fd, keep, Timespec { tv_sec: mtime.seconds, tv_nsec: mtime.nanos.into() })
}

fn put_times(fd: impl AsFd, access: Timespec, modification: Timespec) -> io::Result<Option<Denied>> {
    let times = Timestamps { last_access: access, last_modification: modification };
    let set = rustix::fs::futimens(fd, &times).map_err(Into::into);
    Ok(refused(set)?.then_some(Denied::Time))
}

/// What shares say of what they do not let be set: that it is not ours to set, or that they know no such thing.
fn refused(outcome: io::Result<()>) -> io::Result<bool> {
    match outcome {
        Ok(()) => Ok(false),
        Err(e) if matches!(e.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported) => Ok(true),
        Err(e) => Err(e),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    Link,
    /// FIFO, socket or device.
    Special,
}

/// A directory entry as it is, links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub kind: Kind,
    pub device: u64,
    pub inode: u64,
    /// How many names this inode has.
    pub names: u64,
    pub bytes: u64,
    /// Room taken on the disk, in bytes.
    pub room: u64,
    pub attributes: Attributes,
    /// When anything of it was last changed, by the clock of its file system.
    pub changed: Moment,
}

impl From<&rustix::fs::Stat> for Seen {
    fn from(stat: &rustix::fs::Stat) -> Self {
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            FileType::Symlink => Kind::Link,
            _ => Kind::Special,
        };
        Seen {
            kind,
            device: stat.st_dev,
            inode: stat.st_ino,
            names: u64::from(stat.st_nlink as u32),
            bytes: stat.st_size as u64,
            room: stat.st_blocks as u64 * 512,
            attributes: Attributes {
                mode: stat.st_mode & 0o7777,
                uid: stat.st_uid,
                gid: stat.st_gid,
                mtime: Moment { seconds: stat.st_mtime, nanos: stat.st_mtime_nsec as u32 },
            },
            changed: Moment { seconds: stat.st_ctime, nanos: stat.st_ctime_nsec as u32 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_set_exactly_and_read_back() {
        let top = tempfile::tempdir().unwrap();
        let file = std::fs::File::create(top.path().join("f")).unwrap();
        let before = Seen::from(&rustix::fs::fstat(&file).unwrap());
        let wanted = Attributes { mode: 0o604, mtime: Moment { seconds: -5, nanos: 7 }, ..before.attributes };
        assert_eq!(wanted.put_on(&file).unwrap(), []);
        assert_eq!(Seen::from(&rustix::fs::fstat(&file).unwrap()).attributes, wanted);
    }

    #[test]
    fn an_owner_that_may_not_be_set_is_named_and_the_rest_is_set() {
        if rustix::process::geteuid().is_root() {
            return;
        }
        let file = tempfile::tempfile().unwrap();
        let before = Seen::from(&rustix::fs::fstat(&file).unwrap());
        let wanted = Attributes { mode: 0o640, uid: 0, ..before.attributes };
        assert_eq!(wanted.put_on(&file).unwrap(), [Denied::Owner(0)]);
        assert_eq!(Seen::from(&rustix::fs::fstat(&file).unwrap()).attributes.mode, 0o640);
    }
}
