//! What a snapshot says of itself. A folder without this is no snapshot: it is written last.
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::counts::Counts;
use super::month::Month;
use super::name::SnapshotName;
use crate::domain::anomaly::measure::Measure;
use crate::domain::anomaly::rules::Finding;
use crate::domain::host::settings::{HostName, Sharing};

/// The version of markers and manifests that this program writes.
pub const FORMAT: u32 = 1;

/// Names of our own files at the top of a snapshot: this text, and the list of everything in it.
pub const MARKER_FILE: &str = ".snapshot_complete";
pub const MANIFEST_FILE: &str = ".snapshot_manifest.gz";

/// Whether a name at the top of a snapshot is ours: one of both files, or of what is to become one of them.
pub fn is_our_name(name: &[u8]) -> bool {
    [MARKER_FILE.as_bytes(), b".snapshot_manifest."].iter().any(|ours| name.starts_with(ours))
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Marker {
    pub format: u32,
    /// Of the run that made it.
    pub run: Uuid,
    pub host: HostName,
    pub name: SnapshotName,
    /// When the hour of the name began.
    pub slot: Timestamp,
    pub started: Timestamp,
    pub finished: Timestamp,
    /// The drive's own clock when the first file was about to be read.
    pub drive_clock: Timestamp,
    /// The folder that was taken.
    pub source: PathBuf,
    pub sharing: Sharing,
    /// The snapshot that unchanged files are shared with.
    pub base: Option<SnapshotName>,
    pub counts: Counts,
    /// What changed since the newest good snapshot before, as far as that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
    /// What of that is out of the ordinary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Why it is not trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspect: Option<String>,
    /// The month whose golden copy this is; missing for a snapshot of an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub golden: Option<Month>,
    /// The folder of another program that it was, for one that was taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted: Option<PathBuf>,
    /// BLAKE3 of the manifest as it lies on the drive, in hex.
    pub manifest: String,
    /// The version of the program.
    pub program: String,
}
