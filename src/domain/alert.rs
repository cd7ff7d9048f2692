//! An alert: something is wrong until its cause is gone. It is raised once, seen again as often as the cause is, and
//! resolves itself.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// A plan ran, and its destination was away. The subject is the destination.
    DriveMissing,
    /// A plan has not run well for two of its turns.
    PlanOverdue,
    /// No snapshot of a host has gone well for longer than its limit. The subject is the host.
    HostStale,
    /// A run of a plan failed that nobody started by hand. The subject is the plan.
    PlanFailed,
    /// A verify found damage. The subject is the archive, with its destination.
    ArchiveDamaged,
    /// So much is gone that older snapshots are kept until its owner looks. The subject is host and snapshot.
    SnapshotNotTrusted,
    /// All backups lie on the disk of the camera.
    OneDisk,
    /// Retention deletes nothing, because the clock cannot be believed.
    ClockInDoubt,
    MailsFail,
    /// Messages to a channel have not gone out for long. The subject is the channel.
    ChannelFails,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    Open,
    /// Its owner has seen it; the cause is still there.
    Acknowledged,
    /// The cause is gone.
    Resolved,
}

/// An alert as the catalog keeps it and as pages and terminals show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alert {
    pub id: i64,
    pub kind: AlertKind,
    pub subject: String,
    pub since: Timestamp,
    pub last_seen: Timestamp,
    pub state: AlertState,
    /// What is wrong, in words, without a full stop.
    pub detail: String,
}

impl AlertKind {
    /// Whether mails tell of it. A new camera has one disk, and where mails fail they cannot tell of it.
    pub fn is_mailed(self) -> bool {
        !matches!(self, AlertKind::OneDisk | AlertKind::MailsFail)
    }
}

impl AlertState {
    /// One word, also in JSON.
    pub fn word(self) -> &'static str {
        match self {
            AlertState::Open => "open",
            AlertState::Acknowledged => "acknowledged",
            AlertState::Resolved => "resolved",
        }
    }
}
