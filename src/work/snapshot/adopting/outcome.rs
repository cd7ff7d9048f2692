//! What became of trees of another program, as `--json` prints it.
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::host::settings::HostName;
use crate::domain::snapshot::name::SnapshotName;

/// A tree that is taken, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    pub folder: String,
    pub snapshot: SnapshotName,
    /// When it was made, by its name or by the time of its folder.
    pub at: Timestamp,
}

/// Something that stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stays {
    pub folder: String,
    pub why: String,
}

/// How trees come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coming {
    /// The folder itself gets its place among ours.
    Renamed,
    /// Its files get second names, and the folder stays.
    Linked,
    /// It lies on another file system: it is copied with its links, and stays.
    Copied,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Adopted {
    pub host: HostName,
    pub from: PathBuf,
    pub coming: Coming,
    pub taken: Vec<Tree>,
    pub stays: Vec<Stays>,
    pub warnings: Vec<String>,
}
