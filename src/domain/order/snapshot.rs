//! Orders that take, check, give back and delete snapshots of hosts.
use serde::{Deserialize, Serialize};

use crate::domain::host::settings::HostName;
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::request::SnapshotRequest;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order")]
pub enum SnapshotOrder {
    /// A snapshot of a host, as it is now.
    #[serde(rename = "take_snapshot")]
    Take { host: HostName },
    /// Snapshots that the rules of their host no longer keep.
    #[serde(rename = "prune_snapshots")]
    Prune { host: HostName },
    #[serde(rename = "verify_snapshot")]
    Verify {
        host: HostName,
        /// `None` = the newest.
        snapshot: Option<SnapshotName>,
    },
    /// Parts of a snapshot go to a folder.
    #[serde(rename = "restore_snapshot")]
    Restore { request: Box<SnapshotRequest> },
}

impl SnapshotOrder {
    pub(super) fn verb(&self) -> &'static str {
        match self {
            SnapshotOrder::Take { .. } => "take_snapshot",
            SnapshotOrder::Prune { .. } => "prune_snapshots",
            SnapshotOrder::Verify { .. } => "verify_snapshot",
            SnapshotOrder::Restore { .. } => "restore_snapshot",
        }
    }

    pub(super) fn title(&self) -> String {
        match self {
            SnapshotOrder::Take { host } => format!("Take a snapshot of {host}"),
            SnapshotOrder::Prune { host } => format!("Delete snapshots of {host} that are no longer kept"),
            SnapshotOrder::Verify { host, .. } => format!("Verify a snapshot of {host}"),
            SnapshotOrder::Restore { request } => {
                format!("Restore from the snapshot {} of {}", request.snapshot, request.host)
            }
        }
    }
}
