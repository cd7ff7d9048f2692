//! What is done to fill a snapshot, in steps: planned by one thread, done by several, and recorded in their order by
//! one. So the manifest has the order of the walk, however many cores work.
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use super::Error;
use super::base::Likeness;
use super::one_file::Kept;
use super::several_names::Inode;
use crate::base::attributes::Attributes;
use crate::base::ordered::Tasks;
use crate::base::tree::xattrs::Xattrs;
use crate::domain::monitor::Cancelled;
use crate::domain::snapshot::entry::{Entry, Looks, Names};

/// Steps that go to a core together.
const STEPS: usize = 256;
/// With so many bytes to be copied a core has enough.
const BYTES: u64 = 4 << 20;
/// Folders of one batch are open at the same time.
const FOLDERS: usize = 8;

/// A folder in which files are worked on, open on all sides.
pub(super) struct Folder {
    /// Below the top; empty at the top.
    pub path: Box<[u8]>,
    /// At the host; `None` when its files are on the drive already.
    pub from: Option<OwnedFd>,
    /// In the new snapshot.
    pub to: OwnedFd,
    /// In the snapshot before, where that has it.
    pub base: Option<OwnedFd>,
}

/// A file as the snapshot before has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    pub looks: Looks,
    pub digest: [u8; 32],
    pub names: Names,
}

impl Before {
    pub fn of(entry: &Entry) -> Before {
        Before { looks: entry.looks, digest: entry.digest.unwrap_or_default(), names: entry.names }
    }
}

/// What is to be done with a file or link.
pub(super) enum Todo {
    Copy(Likeness),
    /// It is the file of the snapshot before.
    Link(Before),
    /// It looks like that; only its bytes can tell.
    Compare(Before),
    /// It lies in the new snapshot, and only its digest is missing.
    ReadBack(Likeness),
    /// It lies in the new snapshot, and its digest is known.
    Known(Before),
    /// A link of the host.
    Symlink,
    /// A link that lies in the new snapshot.
    KnownSymlink,
    /// A link of the snapshot before.
    SymlinkTo(Vec<u8>),
}

pub(super) struct FileStep {
    pub folder: Arc<Folder>,
    pub name: Box<[u8]>,
    pub looks: Looks,
    pub inode: Inode,
    pub todo: Todo,
}

impl FileStep {
    /// Below the top.
    pub fn path(&self) -> Vec<u8> {
        let folder = &self.folder.path;
        if folder.is_empty() { self.name.to_vec() } else { [folder, &b"/"[..], &self.name].concat() }
    }
}

/// What the planner tells of by name.
pub(super) enum Told {
    Unreadable(io::Error),
    NotHeld(io::Error),
    OurName,
    TheDriveItself,
}

pub(super) enum Step {
    /// A folder was made.
    Enter {
        name: Box<[u8]>,
        looks: Looks,
    },
    /// Everything in it is done; then it gets what it carries.
    Leave {
        attributes: Attributes,
        carried: Xattrs,
    },
    File(FileStep),
    /// A file with several names: whether another one was met before is known to the recorder alone.
    Named(FileStep),
    Tell(Box<[u8]>, Told),
}

/// What became of a file or link.
pub(super) enum Outcome {
    Stored {
        looks: Looks,
        digest: [u8; 32],
        names: Names,
        likeness: Likeness,
        /// Bytes that were written for it.
        added_bytes: u64,
        changed: bool,
        /// The drive gave the file of the snapshot before no more names.
        had_many_names: bool,
        kept: Kept,
    },
    Symlink(Vec<u8>),
    Unreadable(io::Error),
    NotHeld(io::Error),
}

pub(super) enum Done {
    Step(Step),
    File(FileStep, Outcome),
}

pub(super) type Worked = Result<Vec<Done>, Error>;

/// Gathers steps and gives them out.
pub(super) struct Plan<'a> {
    tasks: &'a Tasks<Vec<Step>, Worked>,
    batch: Vec<Step>,
    bytes: u64,
    folders: usize,
}

impl<'a> Plan<'a> {
    pub fn new(tasks: &'a Tasks<Vec<Step>, Worked>) -> Plan<'a> {
        Plan { tasks, batch: Vec::new(), bytes: 0, folders: 0 }
    }

    pub fn add(&mut self, step: Step) -> Result<(), Error> {
        if let Step::File(FileStep { todo: Todo::Copy(_) | Todo::Compare(_) | Todo::ReadBack(_), looks, .. }) = &step {
            self.bytes += looks.bytes;
        }
        self.batch.push(step);
        if self.batch.len() >= STEPS || self.bytes >= BYTES { self.flush() } else { Ok(()) }
    }

    /// Another folder is open.
    pub fn count_folder(&mut self) -> Result<(), Error> {
        if self.folders >= FOLDERS {
            self.flush()?;
        }
        self.folders += 1;
        Ok(())
    }

    /// Gives out what was gathered. When nobody works any more, the recorder knows why.
    pub fn flush(&mut self) -> Result<(), Error> {
        (self.bytes, self.folders) = (0, 0);
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(STEPS));
        self.tasks.give(batch).map_err(|_| Cancelled.into())
    }
}
