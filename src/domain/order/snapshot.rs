//! Orders that take, check, give back, move and delete snapshots of hosts.
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Original;
use crate::domain::archive::name::ArchiveName;
use crate::domain::destination::DestinationName;
use crate::domain::host::settings::HostName;
use crate::domain::snapshot::month::Month;
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::request::SnapshotRequest;

/// Whether something is made now, or only when its time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    Now,
    Due,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order")]
pub enum SnapshotOrder {
    /// A snapshot of a host, as it is now.
    #[serde(rename = "take_snapshot")]
    Take { host: HostName },
    /// Snapshots that the rules of their host no longer keep.
    #[serde(rename = "prune_snapshots")]
    Prune { host: HostName },
    /// One snapshot that its owner wants no more.
    #[serde(rename = "delete_snapshot")]
    Delete { host: HostName, snapshot: SnapshotName },
    #[serde(rename = "verify_snapshot")]
    Verify {
        host: HostName,
        /// `None` = the newest.
        snapshot: Option<SnapshotName>,
    },
    /// An archive of the newest good snapshot of a host.
    #[serde(rename = "archive_host")]
    Archive { host: HostName, when: When },
    #[serde(rename = "verify_host_archive")]
    VerifyArchive { host: HostName, name: ArchiveName },
    /// The golden month of a host.
    #[serde(rename = "make_golden")]
    MakeGolden { host: HostName, when: When },
    #[serde(rename = "verify_golden")]
    VerifyGolden { host: HostName, month: Month },
    /// All snapshots of a host go to another drive, with their archives and golden months.
    #[serde(rename = "move_snapshots")]
    Move { host: HostName, to: DestinationName, old: Original },
    /// Snapshots that another program made become those of a host.
    #[serde(rename = "adopt_snapshots")]
    Adopt { host: HostName, from: PathBuf, original: Original },
    /// Parts of a snapshot go to a folder.
    #[serde(rename = "restore_snapshot")]
    Restore { request: Box<SnapshotRequest> },
}

impl SnapshotOrder {
    pub(super) fn verb(&self) -> &'static str {
        match self {
            SnapshotOrder::Take { .. } => "take_snapshot",
            SnapshotOrder::Prune { .. } => "prune_snapshots",
            SnapshotOrder::Delete { .. } => "delete_snapshot",
            SnapshotOrder::Verify { .. } => "verify_snapshot",
            SnapshotOrder::Archive { .. } => "archive_host",
            SnapshotOrder::VerifyArchive { .. } => "verify_host_archive",
            SnapshotOrder::MakeGolden { .. } => "make_golden",
            SnapshotOrder::VerifyGolden { .. } => "verify_golden",
            SnapshotOrder::Move { .. } => "move_snapshots",
            SnapshotOrder::Adopt { .. } => "adopt_snapshots",
            SnapshotOrder::Restore { .. } => "restore_snapshot",
        }
    }

    pub(super) fn title(&self) -> String {
        match self {
            SnapshotOrder::Take { host } => format!("Take a snapshot of {host}"),
            SnapshotOrder::Prune { host } => format!("Delete snapshots of {host} that are no longer kept"),
            SnapshotOrder::Delete { host, snapshot } => format!("Delete the snapshot {snapshot} of {host}"),
            SnapshotOrder::Verify { host, .. } => format!("Verify a snapshot of {host}"),
            SnapshotOrder::Archive { host, .. } => format!("Make an archive of {host}"),
            SnapshotOrder::VerifyArchive { name, .. } => format!("Verify {name}"),
            SnapshotOrder::MakeGolden { host, .. } => format!("Make the golden month of {host}"),
            SnapshotOrder::VerifyGolden { host, month } => format!("Verify the golden month {month} of {host}"),
            SnapshotOrder::Move { host, to, .. } => format!("Move the snapshots of {host} to {to}"),
            SnapshotOrder::Adopt { host, from, .. } => format!("Take over {} for {host}", from.display()),
            SnapshotOrder::Restore { request } => {
                format!("Restore from the snapshot {} of {}", request.snapshot, request.host)
            }
        }
    }
}
