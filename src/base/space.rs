//! Room left on a file system, in bytes and in inodes.
use std::io;
use std::path::Path;

use rustix::fs::{Access, StatVfs};

/// What an ordinary user may still use; the reserve of root is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    pub free_bytes: u64,
    pub total_bytes: u64,
    /// `None` where the file system makes inodes as it goes (btrfs, vfat, some network shares).
    pub free_inodes: Option<u64>,
}

impl Room {
    /// False where the file system tells no sizes (WebDAV, some clouds): then nothing is known of its room,
    /// and a write that does not fit says so itself.
    pub fn is_told(&self) -> bool {
        self.total_bytes > 0
    }
}

impl From<StatVfs> for Room {
    fn from(stat: StatVfs) -> Self {
        Room {
            free_bytes: stat.f_bavail * stat.f_frsize,
            total_bytes: stat.f_blocks * stat.f_frsize,
            free_inodes: (stat.f_files > 0).then_some(stat.f_favail),
        }
    }
}

/// Room on the file system that holds `path`, which must exist.
pub fn room_at(path: &Path) -> io::Result<Room> {
    Ok(rustix::fs::statvfs(path)?.into())
}

/// Why `folder`, or the one in which it would be made, takes nothing.
pub fn shut(folder: &Path) -> Option<io::Error> {
    let there = folder.ancestors().find(|folder| folder.is_dir())?;
    if let Err(why) = rustix::fs::access(there, Access::WRITE_OK | Access::EXEC_OK) {
        return Some(why.into());
    }
    let room = room_at(there).ok().filter(|room| room.is_told())?;
    (room.free_bytes == 0 || room.free_inodes == Some(0)).then(|| io::ErrorKind::StorageFull.into())
}
