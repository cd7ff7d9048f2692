//! Links between snapshots and within them, as they lie on the drive that things are fetched from: what is one file there
//! becomes one file here. What came before is known by its inode there and by what it holds.
//!
//! Invariant: no file gets a name of another one unless both are one inode there and their manifests say the same of it.
use std::os::fd::BorrowedFd;

use super::Error;
use super::base::{Linked, link};
use crate::base::tree::walk::Here;
use crate::destination::snapshots::link_pool::{FileKey, Given, LinkPool};
use crate::domain::snapshot::entry::Entry;

/// Which links things have that were fetched.
#[derive(Debug, Clone, Copy)]
pub(super) enum Links<'a> {
    /// Those of the host, within what is fetched.
    AsSaved,
    /// All that lie there. Owners and modes are those that lie there, too, and what is missing is told.
    Kept(&'a LinkPool),
    /// What comes is one file with what lies there.
    Second,
}

/// Which file it is; `None` for one that has no other name.
pub(super) fn key(here: &Here<'_>, entry: &Entry) -> Option<FileKey> {
    let digest = entry.digest.unwrap_or_else(|| *blake3::hash(&entry.target).as_bytes());
    (here.seen.names > 1).then_some(FileKey { inode: here.seen.inode, digest })
}

impl Links<'_> {
    pub fn are_kept(self) -> bool {
        !matches!(self, Links::AsSaved)
    }

    /// Gives the thing another name of what came before, where that is known.
    pub fn give(self, key: Option<FileKey>, here: &Here<'_>, to: BorrowedFd<'_>) -> Result<Given, Error> {
        let failed = || Error::io("a file could not get another name on the drive");
        match (self, key) {
            (Links::Kept(pool), Some(key)) => pool.give(&key, to, here.name).map_err(failed()),
            (Links::Second, _) => Ok(match link(here.folder, here.name, to, here.name).map_err(failed())? {
                Linked::Yes => Given::Yes,
                Linked::TooMany => Given::TooMany,
                Linked::No => Given::Unknown,
            }),
            _ => Ok(Given::Unknown),
        }
    }

    /// The thing has come as a file of its own.
    pub fn remember(self, key: Option<FileKey>, to: BorrowedFd<'_>, name: &[u8]) -> Result<(), Error> {
        let (Links::Kept(pool), Some(key)) = (self, key) else { return Ok(()) };
        pool.remember(&key, to, name).map_err(Error::io("a file could not get another name on the drive"))
    }
}
