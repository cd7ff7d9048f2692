//! Files of the host with several names: the second name of one becomes a second name on the drive. Only files that
//! have several names are remembered, and only until all of them were met.
use std::collections::HashMap;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

use super::base::{Linked, link};
use crate::base::attributes::Seen;
use crate::base::tree::open_path::{open_below, split};
use crate::domain::snapshot::entry::Looks;

/// A file that is on the drive under one of its names.
#[derive(Debug, Clone)]
pub(super) struct FirstName {
    left: u64,
    path: Box<[u8]>,
    pub looks: Looks,
    pub digest: [u8; 32],
}

/// Which file it is, and how many names it has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inode {
    pub device: u64,
    pub inode: u64,
    pub names: u64,
}

impl Inode {
    pub fn of(seen: &Seen) -> Inode {
        Inode { device: seen.device, inode: seen.inode, names: seen.names }
    }
}

#[derive(Debug, Default)]
pub(super) struct SeveralNames {
    files: HashMap<(u64, u64), FirstName>,
    /// The folder of the name that was linked last: many names of one file often lie together.
    last: Option<(Box<[u8]>, OwnedFd)>,
}

impl SeveralNames {
    pub fn get(&self, seen: Inode) -> Option<&FirstName> {
        self.files.get(&(seen.device, seen.inode))
    }

    /// Links the name `name` in `to` to the first name of the file below `top`.
    pub fn link(
        &mut self,
        first: &FirstName,
        top: BorrowedFd<'_>,
        to: BorrowedFd<'_>,
        name: &[u8],
    ) -> io::Result<Linked> {
        let (folder, first_name) = split(&first.path);
        let folder_fd = match self.last.take().filter(|(path, _)| **path == *folder) {
            Some((_, fd)) => fd,
            None => open_below(top, folder)?,
        };
        let linked = link(&folder_fd, first_name, to, name);
        self.last = Some((folder.into(), folder_fd));
        linked
    }

    /// Another name of the file was met; it is on the drive under `path`.
    pub fn met(&mut self, seen: Inode, path: &[u8], looks: Looks, digest: [u8; 32]) {
        if seen.names < 2 {
            return;
        }
        let key = (seen.device, seen.inode);
        let left = self.files.get(&key).map_or(seen.names, |first| first.left).saturating_sub(1);
        if left == 0 {
            self.files.remove(&key);
        } else {
            self.files.insert(key, FirstName { left, path: path.into(), looks, digest });
        }
    }
}
