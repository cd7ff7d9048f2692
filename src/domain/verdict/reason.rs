//! One thing that is wrong or worth knowing, and the one press that leads to mending it.
use serde::Serialize;

use super::Level;
use crate::domain::host::settings::HostName;
use crate::domain::plan::name::PlanName;

/// Said where all backups lie on the disk of the camera.
pub const ONE_DISK: &str = "All your backups are on the disk of the camera itself";

/// What is wrong; of two reasons on one level the upper kind counts more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    BackupsFolder,
    NoBackup,
    ArchiveDamaged,
    HostNotTrusted,
    NightsAtRisk,
    ConfigOld,
    PlanOverdue,
    HostStale,
    DriveNotUsable,
    NoConfig,
    PlanFailed,
    DriveAway,
    OneDisk,
    ClockInDoubt,
    MailsFail,
    PlanPaused,
    HostWithoutPlan,
    NotVerified,
}

/// What leads to mending it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    CreateBackup,
    VerifyAll,
    ShowBackups,
    ShowNights,
    ShowSnapshots,
    ShowDestinations,
    ShowMails,
    MakePlan,
    RunPlan(PlanName),
    ResumePlan(PlanName),
    TakeSnapshot(HostName),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    pub kind: ReasonKind,
    pub level: Level,
    /// In a few words, without a full stop.
    pub headline: String,
    /// What is wrong, without a full stop.
    pub text: String,
    pub remedy: Remedy,
    /// The alert that says it, for "I have seen it".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert: Option<i64>,
    /// Its owner has seen it. It counts one level less.
    pub is_seen: bool,
}
