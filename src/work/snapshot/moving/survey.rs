//! What there is to be moved, and the room that it needs on the new drive: every file once, whatever names it has.
use std::collections::HashSet;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use rustix::fs::{Access, AtFlags};
use rustix::io::Errno;

use super::Error;
use super::ends::End;
use super::piece::Piece;
use crate::base::attributes::Kind;
use crate::base::handover::is_root;
use crate::base::space::Room;
use crate::base::tree::walk::{Enter, Here, Visitor, walk};
use crate::domain::monitor::Monitor;
use crate::work::snapshot;

/// What a file, a folder or a link takes at least on file systems of Linux.
const BLOCK: u64 = 4096;
/// The folder of a snapshot, its marker and its manifest.
const OF_EACH: u64 = 3;
/// Folders of the host, and of the pool that keeps links.
const OF_THE_SET: u64 = 300;

/// What would be made on the new drive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Need {
    pub files: u64,
    pub bytes: u64,
}

impl Need {
    pub fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes.max(BLOCK);
    }

    /// Refuses a drive that has not the room.
    pub fn fits(&self, room: &Room) -> Result<(), Error> {
        let (need_bytes, need_files) = (self.bytes + OF_THE_SET * BLOCK, self.files + OF_THE_SET);
        if room.is_told() && need_bytes > room.free_bytes {
            return Err(snapshot::Error::Full { need: need_bytes, have: room.free_bytes }.into());
        }
        match room.free_inodes {
            Some(have) if need_files > have => Err(snapshot::Error::FullOfFiles { need: need_files, have }.into()),
            _ => Ok(()),
        }
    }
}

/// Of all `pieces`; files whose inodes are `known` are on the new drive already.
pub(super) fn survey(from: &End, pieces: &[&Piece], known: HashSet<u64>, monitor: &dyn Monitor) -> Result<Need, Error> {
    let mut looker = Looker { need: Need::default(), known, top: PathBuf::new(), monitor };
    for piece in pieces {
        let tree = piece.tree(&from.store).map_err(snapshot::Error::io("a snapshot could not be read"))?;
        looker.top = tree.path().to_owned();
        (0..OF_EACH).for_each(|_| looker.need.add(BLOCK));
        walk(tree.as_fd().try_clone_to_owned()?, &mut looker)?;
    }
    Ok(looker.need)
}

struct Looker<'a> {
    need: Need,
    known: HashSet<u64>,
    top: PathBuf,
    monitor: &'a dyn Monitor,
}

impl Looker<'_> {
    /// A file that we may not read would cost itself in every snapshot.
    fn refuse_closed(&self, here: &Here<'_>) -> Result<(), Error> {
        if is_root() || here.seen.kind != Kind::File {
            return Ok(());
        }
        match rustix::fs::accessat(here.folder, here.name, Access::READ_OK, AtFlags::empty()) {
            Err(Errno::ACCESS) => Err(Error::Closed(self.top.join(OsStr::from_bytes(here.path)))),
            _ => Ok(()),
        }
    }
}

impl Visitor for Looker<'_> {
    type Error = Error;

    fn entry(&mut self, here: &Here<'_>) -> Result<(), Error> {
        self.monitor.checkpoint()?;
        if here.seen.names > 1 && !self.known.insert(here.seen.inode) {
            return Ok(());
        }
        self.need.add(here.seen.room);
        self.refuse_closed(here)
    }

    fn enter(&mut self, here: &Here<'_>) -> Result<Enter, Error> {
        self.monitor.checkpoint()?;
        self.need.add(here.seen.room);
        Ok(Enter::Go)
    }

    fn leave(&mut self, _: &Here<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// What cannot be looked at is told when it is to be copied.
    fn unreadable(&mut self, _: &[u8], _: io::Error) -> Result<(), Error> {
        Ok(())
    }
}
