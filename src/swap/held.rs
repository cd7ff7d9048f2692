//! The room that is held by what a swap keeps.
use std::collections::HashMap;
use std::io;

use super::error::Error;
use super::place::Root;
use crate::base::attributes::{Kind, Seen};
use crate::base::rel_path::RelPath;
use crate::base::tree::walk::{Enter, Here, Visitor, walk};

/// Names that were met of files with several names, by device and inode.
pub(super) type Shared = HashMap<(u64, u64), u64>;

/// Bytes on the disk that go when `kept` goes, which may be a file or a folder with all that it holds.
pub(super) fn bytes(root: &Root, kept: &RelPath, shared: &mut Shared) -> Result<u64, Error> {
    let Some(seen) = root.seen(kept)? else { return Ok(0) };
    let mut sum = Sum { bytes: 0, shared };
    sum.add(&seen);
    if seen.kind == Kind::Folder {
        let walked = root.dir.dir(kept).and_then(|folder| folder.as_fd().try_clone_to_owned());
        walked.and_then(|folder| walk(folder, &mut sum)).map_err(Error::io("look at", root.full(kept)))?;
    }
    Ok(sum.bytes)
}

struct Sum<'a> {
    bytes: u64,
    shared: &'a mut Shared,
}

impl Sum<'_> {
    /// A link group is kept under several names; while a live name is among them, nothing goes with the others.
    fn add(&mut self, seen: &Seen) {
        if seen.kind == Kind::Folder || seen.names < 2 {
            self.bytes += seen.room;
            return;
        }
        let met = self.shared.entry((seen.device, seen.inode)).or_insert(0);
        *met += 1;
        if *met == seen.names {
            self.bytes += seen.room;
        }
    }
}

impl Visitor for Sum<'_> {
    type Error = io::Error;

    fn entry(&mut self, here: &Here<'_>) -> io::Result<()> {
        self.add(&here.seen);
        Ok(())
    }

    fn enter(&mut self, here: &Here<'_>) -> io::Result<Enter> {
        self.add(&here.seen);
        Ok(Enter::Go)
    }

    fn leave(&mut self, _: &Here<'_>) -> io::Result<()> {
        Ok(())
    }

    fn unreadable(&mut self, _: &[u8], _: io::Error) -> io::Result<()> {
        Ok(())
    }
}
