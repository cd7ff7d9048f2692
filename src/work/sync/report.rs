//! What a sync did, for the history and for `--json`.
use serde::{Deserialize, Serialize};

use crate::domain::failure::Failure;
use crate::domain::plan::name::PlanName;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SyncReport {
    pub plan: PlanName,
    /// As it stands in the file.
    pub target: String,
    pub sets: Vec<SyncedSet>,
    /// Why nothing was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nothing: Option<String>,
    /// The first thing that could not be done; all else was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    pub warnings: Vec<String>,
}

/// The snapshots of a host, or the archives of a destination.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncedSet {
    /// Where it lies at the target: `hosts/pi`, `archives`.
    pub set: String,
    /// Files here, and their bytes; names of one file count each.
    pub files: u64,
    pub bytes: u64,
    /// What had to be sent.
    pub sent_files: u64,
    pub sent_bytes: u64,
    /// Files and folders that went at the target.
    pub deleted: u64,
    /// Whether all that is here was found there afterwards.
    pub verified: bool,
    /// Why it did not go, or why nothing was deleted there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back: Option<String>,
}
