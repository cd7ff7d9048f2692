//! What became of a move, as `--json` prints it.
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::destination::snapshots::origin::Left;
use crate::domain::destination::DestinationName;
use crate::domain::host::settings::HostName;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Moved {
    pub host: HostName,
    pub from: DestinationName,
    pub to: DestinationName,
    pub snapshots: u64,
    pub golden: u64,
    pub archives: u64,
    /// Of all these: what an earlier run had brought already.
    pub were_there: u64,
    /// Files that were copied and read back.
    pub copied_files: u64,
    pub copied_bytes: u64,
    /// Files that became one more name of what was copied before.
    pub linked_files: u64,
    /// What did not come, because it is not as it was saved or cannot be read.
    pub left: Vec<Left>,
    pub old_set: OldSet,
    pub warnings: Vec<String>,
}

/// What became of the set on the drive that it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum OldSet {
    Stays {
        place: PathBuf,
        /// Why it was not removed, although its owner asked for that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    Gone,
}

/// What would be moved. Nothing was changed.
#[derive(Debug, Clone, Serialize)]
pub struct WouldMove {
    pub host: HostName,
    pub from: DestinationName,
    pub to: DestinationName,
    pub snapshots: u64,
    pub golden: u64,
    pub archives: u64,
    /// Of all these: what an earlier run has brought already.
    pub are_there: u64,
    /// Files, folders and links that would be made on the new drive, each once.
    pub new_files: u64,
    /// Room that they take.
    pub new_bytes: u64,
    /// What lies among the snapshots and is none; it stays.
    pub strangers: u64,
}
