//! What an owner can ask for that takes time. An order is data: it is stored with its job and can be
//! run after a restart.
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::archive_name::ArchiveName;
use super::destination::DestinationName;
use super::host::settings::HostName;
use super::night::Night;
use super::nights::ask::NightAsk;
use super::nights::wish::NightsWish;
use super::plan::name::PlanName;
use super::plan::{Plan, Source};
use super::restore::ask::Ask;
use super::snapshot::ask::SnapshotAsk;
use super::snapshot::name::SnapshotName;

/// Which optional sections a config archive takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionChoice {
    All,
    /// The required ones only.
    None,
    /// Keys of optional sections; the required ones come on top.
    Keys(Vec<String>),
}

/// Which folders an images archive takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NightChoice {
    /// Every folder below images, nights or not.
    All,
    /// Folder names directly below images; nights by their date, others by name.
    Folders(Vec<String>),
}

impl NightChoice {
    pub fn nights(nights: &[Night]) -> Self {
        NightChoice::Folders(nights.iter().map(Night::to_string).collect())
    }
}

/// Whether the camera rests while databases are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum PauseChoice {
    /// Only for databases that cannot be copied live.
    #[default]
    WhenNeeded,
    Always,
    Never,
}

/// What becomes of an archive that was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Original {
    Stays,
    /// It is deleted when its copy was verified.
    Goes,
}

/// One order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Order {
    CreateConfig {
        sections: SectionChoice,
        #[serde(default)]
        pause: PauseChoice,
    },
    CreateImages {
        nights: NightChoice,
    },
    Nights {
        #[serde(flatten)]
        wish: NightsWish,
    },
    /// A saved night goes back to the camera.
    RestoreNight {
        ask: NightAsk,
    },
    /// One source of a plan, in its turn or by hand.
    RunPlan {
        plan: PlanName,
        source: Source,
    },
    /// Archives of a plan go to the other destinations that it names.
    CopyPlan {
        plan: PlanName,
    },
    /// Archives that the rules of their plans no longer keep.
    PruneArchives {
        /// `None` = all plans.
        plan: Option<PlanName>,
    },
    Verify {
        name: ArchiveName,
    },
    /// Every archive in the folder.
    VerifyAll,
    /// A file on this machine.
    Import {
        file: PathBuf,
    },
    /// Bytes that come through the browser under this name; cannot be run again after a restart.
    Upload {
        file_name: String,
    },
    /// Read an archive that we did not make once, to know what is in it.
    Inspect {
        name: ArchiveName,
    },
    Delete {
        name: ArchiveName,
    },
    /// An archive goes to another destination.
    CopyArchive {
        name: ArchiveName,
        from: DestinationName,
        to: DestinationName,
        original: Original,
    },
    /// A drive gets its mark, and becomes the chosen one.
    SetUpDrive {
        destination: DestinationName,
    },
    /// A drive is tried: is it there, writable, the chosen one, and what can it do.
    CheckDrive {
        destination: DestinationName,
    },
    Restore {
        ask: Box<Ask>,
    },
    /// A snapshot of a host, as it is now.
    TakeSnapshot {
        host: HostName,
    },
    /// Snapshots that the rules of their host no longer keep.
    PruneSnapshots {
        host: HostName,
    },
    VerifySnapshot {
        host: HostName,
        /// `None` = the newest.
        snapshot: Option<SnapshotName>,
    },
    /// Parts of a snapshot go to a folder.
    RestoreSnapshot {
        ask: Box<SnapshotAsk>,
    },
    /// Puts back what a restore replaced.
    Undo {
        /// `None` = the newest that can be undone.
        id: Option<String>,
    },
}

impl Order {
    /// What a turn of `plan` takes, in this order: each source, then the copies of its archives.
    pub fn of_turn(plan: &Plan) -> Vec<Order> {
        let sources = plan.sources.iter().map(|source| match source {
            Source::Nights => Order::Nights { wish: NightsWish::Run },
            _ => Order::RunPlan { plan: plan.name.clone(), source: source.clone() },
        });
        let copies = (!plan.copies.is_empty()).then(|| Order::CopyPlan { plan: plan.name.clone() });
        sources.chain(copies).collect()
    }

    /// Verb for lists and logs: `create_config`, `verify` …
    pub fn verb(&self) -> &'static str {
        match self {
            Order::CreateConfig { .. } => "create_config",
            Order::CreateImages { .. } => "create_images",
            Order::Nights { wish } => wish.verb(),
            Order::RestoreNight { .. } => "restore_night",
            Order::RunPlan { .. } => "run_plan",
            Order::CopyPlan { .. } => "copy_plan",
            Order::PruneArchives { .. } => "prune_archives",
            Order::Verify { .. } => "verify",
            Order::VerifyAll => "verify_all",
            Order::Import { .. } => "import",
            Order::Upload { .. } => "upload",
            Order::Inspect { .. } => "inspect",
            Order::Delete { .. } => "delete",
            Order::CopyArchive { original: Original::Stays, .. } => "copy",
            Order::CopyArchive { original: Original::Goes, .. } => "move",
            Order::SetUpDrive { .. } => "set_up_drive",
            Order::CheckDrive { .. } => "check_drive",
            Order::TakeSnapshot { .. } => "take_snapshot",
            Order::PruneSnapshots { .. } => "prune_snapshots",
            Order::VerifySnapshot { .. } => "verify_snapshot",
            Order::RestoreSnapshot { .. } => "restore_snapshot",
            Order::Restore { .. } => "restore",
            Order::Undo { .. } => "undo",
        }
    }
}
