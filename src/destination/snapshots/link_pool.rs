//! A name for every file that came from another tree, so that the next tree that has the very file gets it as one more
//! name: `.moving-ID/3f/INODE-DIGEST` beside the snapshots. It lies on the drive and not in memory, so that whole sets
//! of any size keep their links, and a killed run goes on with it.
//!
//! Invariant: a file that has its name here alone belongs to no snapshot. It may be half written, so it is taken out
//! before the pool is used again.
use std::collections::HashSet;
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::AtFlags;
use rustix::io::Errno;
use uuid::Uuid;

use super::store::SnapshotStore;
use super::trash::Trashed;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::base::tree::walk::look;
use crate::destination::own;
use crate::domain::snapshot::entry::hex;

const POOL: &str = ".moving-";
/// A file that is to take the place of one that can have no more names.
const INSTEAD: &str = "instead";
/// Folders that the names are shared out among.
const FOLDERS: u64 = 256;

#[derive(Debug)]
pub struct LinkPool {
    dir: Dir,
}

/// Which file it is: its inode where it came from, and what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileKey {
    pub inode: u64,
    pub digest: [u8; 32],
}

impl FileKey {
    fn folder(&self) -> RelPath {
        RelPath::of_our_own(&format!("{:02x}", self.inode % FOLDERS))
    }

    fn path(&self) -> String {
        format!("{:02x}/{:x}-{}", self.inode % FOLDERS, self.inode, hex(&self.digest))
    }
}

/// What became of a name that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    Yes,
    /// The file did not come yet.
    Unknown,
    /// The drive gives it no more names.
    TooMany,
}

impl SnapshotStore {
    /// The pool of this id, made where it is missing.
    pub fn link_pool(&self, id: Uuid) -> io::Result<LinkPool> {
        let place = place(id);
        match self.dir.make_dir(&place) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
            _ => {}
        }
        let dir = self.dir.dir(&place)?;
        if !own::has_sign(&dir, id) {
            own::sign(&dir, id)?;
        }
        Ok(LinkPool { dir })
    }

    /// Takes the pool away; `None` where there is none. Its files stay where else they have names.
    pub fn discard_link_pool(&self, id: Uuid) -> io::Result<Option<Trashed>> {
        let place = place(id);
        match self.dir.seen(&place)? {
            Some(_) => self.discard_signed(&place, id).map(Some),
            None => Ok(None),
        }
    }
}

impl LinkPool {
    /// Gives the file `key` the name `name` in `to`.
    pub fn give(&self, key: &FileKey, to: BorrowedFd<'_>, name: &[u8]) -> io::Result<Given> {
        match rustix::fs::linkat(self.dir.as_fd(), key.path(), to, name, AtFlags::empty()) {
            Ok(()) => Ok(Given::Yes),
            Err(Errno::NOENT) => Ok(Given::Unknown),
            Err(Errno::MLINK) => Ok(Given::TooMany),
            Err(e) => Err(e.into()),
        }
    }

    /// Remembers that the file `key` came as `name` in `from`, in the place of one that can have no more names.
    pub fn remember(&self, key: &FileKey, from: BorrowedFd<'_>, name: &[u8]) -> io::Result<()> {
        let (pool, path) = (self.dir.as_fd(), key.path());
        let link = |to: &str| rustix::fs::linkat(from, name, pool, to, AtFlags::empty());
        let linked = match link(&path) {
            Err(Errno::NOENT) => {
                self.dir.make_dir(&key.folder())?;
                link(&path)
            }
            other => other,
        };
        match linked {
            Err(Errno::EXIST) => {
                link(INSTEAD)?;
                Ok(rustix::fs::renameat(pool, INSTEAD, pool, path)?)
            }
            // A drive that gives it no second name gives it no further one either.
            Err(Errno::MLINK) => Ok(()),
            other => Ok(other?),
        }
    }

    /// Takes out every file that has its name here alone.
    pub fn tidy(&self) -> io::Result<()> {
        self.each(&mut |folder, name| {
            if look(folder, name)?.names < 2 {
                rustix::fs::unlinkat(folder, name, AtFlags::empty())?;
            }
            Ok(())
        })
    }

    /// The inodes of all files that came, as they are where they came from.
    pub fn inodes(&self) -> io::Result<HashSet<u64>> {
        let mut all = HashSet::new();
        self.each(&mut |_, name| {
            let text = std::str::from_utf8(name).ok().and_then(|name| name.split_once('-'));
            all.extend(text.and_then(|(inode, _)| u64::from_str_radix(inode, 16).ok()));
            Ok(())
        })?;
        Ok(all)
    }

    fn each(&self, see: &mut dyn FnMut(BorrowedFd<'_>, &[u8]) -> io::Result<()>) -> io::Result<()> {
        for name in self.dir.entries()? {
            if name == INSTEAD {
                see(self.dir.as_fd(), name.as_bytes())?;
                continue;
            }
            let Ok(place) = RelPath::parse(name.as_bytes()) else { continue };
            // Our sign is no folder.
            let Ok(folder) = self.dir.dir(&place) else { continue };
            folder.entries()?.iter().try_for_each(|name| see(folder.as_fd(), name.as_bytes()))?;
        }
        Ok(())
    }
}

fn place(id: Uuid) -> RelPath {
    RelPath::of_our_own(&format!("{POOL}{id}"))
}
