//! What a verdict is made of. Whoever gathers it waits for no disk longer than he wants: what is not known is left out.
use jiff::{SignedDuration, Timestamp};

use crate::domain::alert::Alert;
use crate::domain::destination::DestinationName;
use crate::domain::drives::state::DriveState;
use crate::domain::failure::Failure;
use crate::domain::host::settings::HostName;
use crate::domain::plan::name::PlanName;

#[derive(Debug, Clone)]
pub struct Facts {
    /// `None` while the backups folder is looked at for the first time.
    pub archives: Option<Result<ArchiveFacts, Failure>>,
    /// All backups lie on the disk of the camera.
    pub is_one_disk: bool,
    /// Places that were looked at.
    pub places: Vec<(DestinationName, DriveState)>,
    /// Nights worth keeping that the camera deletes soon. `None` while they are read, or cannot be.
    pub nights_at_risk: Option<u64>,
    /// When a night was saved and verified last.
    pub night_saved_at: Option<Timestamp>,
    /// Those that are not over.
    pub alerts: Vec<Alert>,
    /// Hosts that no plan takes by itself.
    pub hosts_without_plan: Vec<HostName>,
    pub paused: Vec<PlanName>,
    /// The longest time between two turns of the plan that makes config backups; `None` where none does.
    pub config_between: Option<SignedDuration>,
    pub clock: Clock,
}

/// Whether ages can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    Sound,
    InDoubt,
}

/// The archives of the backups folder, and config archives elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchiveFacts {
    /// Besides files of somebody else.
    pub number: u64,
    pub damaged: u64,
    pub not_verified: u64,
    pub config: Config,
    /// The newest verified images archive.
    pub images_at: Option<Timestamp>,
}

/// The newest config archive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Config {
    #[default]
    None,
    /// There are some, and none is verified.
    NotVerified,
    /// It lacks the settings of the camera.
    Incomplete {
        made_at: Timestamp,
    },
    Verified {
        made_at: Timestamp,
    },
}
