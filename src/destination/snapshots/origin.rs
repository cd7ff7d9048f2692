//! `.moved.json` beside the snapshots: from which drive the set came that is being moved here, or was moved here, as
//! long as the old set may still be there. A set without it was made here, and nothing is moved on top of it.
use std::io;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store::SnapshotStore;
use crate::base::plain::read_open;
use crate::base::rel_path::RelPath;
use crate::domain::destination::DestinationName;
use crate::domain::host::settings::HostName;

const FILE: &str = ".moved.json";
const FORMAT: u32 = 1;
/// More than a list of a hundred thousand snapshots.
const MOST_BYTES: u64 = 16 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub format: u32,
    /// Of the move, and of its pool of links.
    pub id: Uuid,
    pub host: HostName,
    /// The drive that the set comes from, by its mark.
    pub drive: Uuid,
    /// What that drive is called in the configuration.
    pub destination: DestinationName,
    pub begun: Timestamp,
    /// Everything that was brought here or is in `left`, with the run that made it; empty until all of it was tried.
    pub moved: Vec<Item>,
    /// What did not come, in words.
    pub left: Vec<Left>,
}

/// A snapshot, a golden month or an archive, as it is called in its folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Item {
    pub name: String,
    /// `None` for an archive, which names no run.
    pub run: Option<Uuid>,
}

/// What is missing of a thing that was moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    pub name: String,
    pub count: u64,
    /// The first of them.
    pub findings: Vec<String>,
}

impl Origin {
    pub fn new(host: HostName, (drive, destination): (Uuid, DestinationName), begun: Timestamp) -> Origin {
        let (id, moved, left) = (Uuid::now_v7(), Vec::new(), Vec::new());
        Origin { format: FORMAT, id, host, drive, destination, begun, moved, left }
    }

    /// Whether everything that can be moved lies here.
    pub fn is_complete(&self) -> bool {
        !self.moved.is_empty()
    }

    /// Notes what did not come of a thing, in the place of what was noted of it before. Returns whether that is news.
    pub fn note(&mut self, left: Left) -> bool {
        let before = self.left.clone();
        self.left.retain(|one| one.name != left.name);
        if left.count > 0 {
            self.left.push(left);
        }
        self.left != before
    }
}

impl SnapshotStore {
    /// Where the set came from; `None` for a set that was made here.
    pub fn origin(&self) -> io::Result<Option<Origin>> {
        let text = match self.dir.read(&place()) {
            Ok(file) => read_open(file, MOST_BYTES)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let read: Option<Origin> = serde_json::from_slice(&text).ok();
        Ok(read.filter(|origin| origin.format == FORMAT && origin.host == self.host))
    }

    /// Whole or not at all.
    pub fn put_origin(&self, origin: &Origin) -> io::Result<()> {
        self.dir.write_atomic(&place(), &serde_json::to_vec_pretty(origin)?)
    }

    /// The set is at home here from now on.
    pub fn forget_origin(&self) -> io::Result<()> {
        self.dir.remove_file(&place())?;
        self.dir.sync()
    }
}

fn place() -> RelPath {
    RelPath::of_our_own(FILE)
}
