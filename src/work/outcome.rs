//! What came out of an order that was carried out: one typed variant for each verb.
//!
//! Invariant: as JSON it is the value of its variant alone. So `--json` prints it and the history keeps it, and
//! the order of a job tells how its row is read back.
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::copy_plan::Report as CopiesReport;
use super::destinations::check::DriveChecked;
use super::destinations::set_up::DriveSetUp;
use super::hooks::report::HooksReport;
use super::nights::Report as NightsReport;
use super::plan::Report as PlanReport;
use super::prune::Pruned;
use super::prune_plan::Report as PlanPrunedReport;
use super::restore::{Restored, Undone};
use super::snapshot::adopting::outcome::Adopted;
use super::snapshot::archive::HostArchived;
use super::snapshot::delete::SnapshotDeleted;
use super::snapshot::give_back::GivenBack;
use super::snapshot::golden::{GoldenMade, GoldenVerified};
use super::snapshot::moving::outcome::Moved;
use super::snapshot::prune::Pruned as SnapshotsPruned;
use super::snapshot::pull::Taken;
use super::snapshot::verify::Verified as SnapshotVerified;
use super::sync::report::SyncReport;
use crate::base::counted::counted;
use crate::domain::archive::name::ArchiveName;
use crate::domain::failure::{Code, Failure};
use crate::domain::mail::Message;
use crate::domain::order::{ArchiveOrder, CameraOrder, DriveOrder, Order, PlanOrder, SnapshotOrder};
use crate::domain::snapshot::name::SnapshotName;
use crate::work::archive::checked::Checked;
use crate::work::archive::copy::Copied;
use crate::work::archive::create::Created;
use crate::work::archive::upload::Imported;

#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    Created(Created),
    /// The outcome of an import or an upload.
    Imported(Imported),
    /// The outcome of a verify or an inspect.
    Checked(Checked),
    AllChecked(Vec<Checked>),
    Deleted(Deleted),
    Copied(Copied),
    DriveSetUp(DriveSetUp),
    DriveChecked(DriveChecked),
    PlanRun(Box<PlanReport>),
    PlanCopied(CopiesReport),
    PlanPruned(PlanPrunedReport),
    Synced(SyncReport),
    HooksRun(HooksReport),
    LeftOut(LeftOut),
    ArchivesPruned(ArchivesPruned),
    Nights(Box<NightsReport>),
    SnapshotTaken(Box<Taken>),
    SnapshotsPruned(SnapshotsPruned),
    SnapshotDeleted(SnapshotDeleted),
    SnapshotVerified(SnapshotVerified),
    HostArchived(HostArchived),
    GoldenMade(Box<GoldenMade>),
    GoldenVerified(GoldenVerified),
    SnapshotsMoved(Box<Moved>),
    SnapshotsAdopted(Box<Adopted>),
    GivenBack(GivenBack),
    Restored(Box<Restored>),
    NightRestored(Box<Restored>),
    Undone(Undone),
}

/// An archive that is gone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Deleted {
    pub name: ArchiveName,
    pub deleted: bool,
}

/// A part of a run that was not begun, because one that it needs has not done its work.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LeftOut {
    /// Why.
    pub left_out: String,
}

/// One entry for each plan and kind of archive.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ArchivesPruned {
    pub items: Vec<Pruned>,
}

impl Outcome {
    /// What the history keeps of a job with this `order`. `None` for a run of the nights, which is told by its
    /// events, and for a row that this version cannot read.
    pub fn recall(order: &Order, kept: &Value) -> Option<Self> {
        fn read<T: serde::de::DeserializeOwned>(kept: &Value) -> Option<T> {
            T::deserialize(kept).ok()
        }
        if let Order::Plan(_) = order
            && let Some(left_out) = read(kept)
        {
            return Some(Outcome::LeftOut(left_out));
        }
        match order {
            Order::Archive(order) => match order {
                ArchiveOrder::CreateConfig { .. } | ArchiveOrder::CreateImages { .. } => {
                    read(kept).map(Outcome::Created)
                }
                ArchiveOrder::Import { .. } | ArchiveOrder::Upload { .. } => read(kept).map(Outcome::Imported),
                ArchiveOrder::Verify { .. } | ArchiveOrder::Inspect { .. } => read(kept).map(Outcome::Checked),
                ArchiveOrder::VerifyAll => read(kept).map(Outcome::AllChecked),
                ArchiveOrder::Delete { .. } => read(kept).map(Outcome::Deleted),
                ArchiveOrder::Copy { .. } => read(kept).map(Outcome::Copied),
            },
            Order::Drive(DriveOrder::SetUp { .. }) => read(kept).map(Outcome::DriveSetUp),
            Order::Drive(DriveOrder::Check { .. }) => read(kept).map(Outcome::DriveChecked),
            Order::Plan(PlanOrder::Run { .. }) => read(kept).map(Outcome::PlanRun),
            Order::Plan(PlanOrder::Copy { .. }) => read(kept).map(Outcome::PlanCopied),
            Order::Plan(PlanOrder::Retention { .. }) => read(kept).map(Outcome::PlanPruned),
            Order::Plan(PlanOrder::Sync { .. }) => read(kept).map(Outcome::Synced),
            Order::Plan(PlanOrder::Hooks { .. }) => read(kept).map(Outcome::HooksRun),
            Order::Plan(PlanOrder::Prune { .. }) => read(kept).map(Outcome::ArchivesPruned),
            Order::Snapshot(SnapshotOrder::Take { .. }) => read(kept).map(Outcome::SnapshotTaken),
            Order::Snapshot(SnapshotOrder::Prune { .. }) => read(kept).map(Outcome::SnapshotsPruned),
            Order::Snapshot(SnapshotOrder::Delete { .. }) => read(kept).map(Outcome::SnapshotDeleted),
            Order::Snapshot(SnapshotOrder::Verify { .. }) => read(kept).map(Outcome::SnapshotVerified),
            Order::Snapshot(SnapshotOrder::Archive { .. }) => read(kept).map(Outcome::HostArchived),
            Order::Snapshot(SnapshotOrder::VerifyArchive { .. }) => read(kept).map(Outcome::Checked),
            Order::Snapshot(SnapshotOrder::MakeGolden { .. }) => read(kept).map(Outcome::GoldenMade),
            Order::Snapshot(SnapshotOrder::VerifyGolden { .. }) => read(kept).map(Outcome::GoldenVerified),
            Order::Snapshot(SnapshotOrder::Move { .. }) => read(kept).map(Outcome::SnapshotsMoved),
            Order::Snapshot(SnapshotOrder::Adopt { .. }) => read(kept).map(Outcome::SnapshotsAdopted),
            Order::Snapshot(SnapshotOrder::Restore { .. }) => read(kept).map(Outcome::GivenBack),
            Order::Camera(CameraOrder::Restore { .. }) => read(kept).map(Outcome::Restored),
            Order::Camera(CameraOrder::RestoreNight { .. }) => read(kept).map(Outcome::NightRestored),
            Order::Camera(CameraOrder::Undo { .. }) => read(kept).map(Outcome::Undone),
            Order::Nights(_) => None,
        }
    }

    /// Why this is no success, although the order was carried out.
    pub fn finding(&self) -> Option<Failure> {
        match self {
            Outcome::Checked(checked) if !checked.ok => Some(damage_of(checked)),
            Outcome::AllChecked(all) => all.iter().find(|checked| !checked.is_no_alarm()).map(damage_of),
            Outcome::Nights(report) => report.failure.clone(),
            Outcome::PlanPruned(report) => report.failure.clone(),
            Outcome::HooksRun(report) => report.failure.clone(),
            Outcome::Synced(report) => report.failure.clone(),
            Outcome::Restored(restored) if restored.restore_id.is_none() && restored.obstructed > 0 => Some(Failure {
                code: Code::Failed,
                message: format!("nothing was restored: {} files are in the way", restored.obstructed),
                advice: format!("`allsky-backups restore {} --preview` names each with the reason.", restored.name),
            }),
            Outcome::SnapshotVerified(found) if !found.ok => {
                Some(damage_of_snapshot(found.snapshot, found.wrong, &found.findings))
            }
            Outcome::GoldenVerified(found) => damage_of_golden(found),
            Outcome::SnapshotsMoved(moved) => damage_of_set(moved),
            Outcome::GoldenMade(made) => made.scrubbed.as_ref().and_then(damage_of_golden),
            Outcome::PlanRun(report) => {
                let golden = report.golden.as_ref().and_then(|made| made.scrubbed.as_ref());
                golden.and_then(damage_of_golden)
            }
            Outcome::GivenBack(back) if !back.damaged.is_empty() => {
                Some(damage_of_snapshot(back.snapshot, back.damaged.len() as u64, &back.damaged))
            }
            Outcome::PlanCopied(report) => {
                let mut copied = report.destinations.iter().flat_map(|one| &one.copied);
                let damaged = copied.find_map(|one| one.damage.as_deref().map(|what| damage(&one.name, what)));
                damaged.or_else(|| report.missed())
            }
            Outcome::Copied(copied) => copied.damage.as_deref().map(|what| damage(&copied.name, what)),
            _ => None,
        }
    }

    /// True when there was nothing to do.
    pub fn is_nothing(&self) -> bool {
        match self {
            Outcome::PlanRun(report) => report.nothing.is_some(),
            Outcome::PlanCopied(report) => report.is_nothing(),
            Outcome::PlanPruned(report) => report.nothing.is_some(),
            Outcome::HooksRun(report) => report.nothing.is_some(),
            Outcome::Synced(report) => report.nothing.is_some(),
            Outcome::LeftOut(_) => true,
            _ => false,
        }
    }

    /// A message of its own that goes to the owner.
    pub fn message(&self) -> Option<&Message> {
        match self {
            Outcome::Nights(report) => report.told.as_ref(),
            _ => None,
        }
    }

    /// What the owner should read, besides what the monitor was told.
    pub fn warnings(&self) -> &[String] {
        match self {
            Outcome::Created(created) => &created.warnings,
            Outcome::Imported(imported) => &imported.created.warnings,
            Outcome::PlanRun(report) => &report.warnings,
            Outcome::PlanCopied(report) => &report.warnings,
            Outcome::PlanPruned(report) => &report.warnings,
            Outcome::HooksRun(report) => &report.warnings,
            Outcome::Synced(report) => &report.warnings,
            Outcome::Copied(copied) => &copied.warnings,
            Outcome::SnapshotTaken(taken) => &taken.warnings,
            Outcome::SnapshotsPruned(pruned) => &pruned.warnings,
            Outcome::SnapshotDeleted(gone) => &gone.warnings,
            Outcome::HostArchived(archived) => &archived.warnings,
            Outcome::GoldenMade(made) => &made.warnings,
            Outcome::SnapshotsMoved(moved) => &moved.warnings,
            Outcome::SnapshotsAdopted(adopted) => &adopted.warnings,
            Outcome::GivenBack(back) => &back.warnings,
            Outcome::Restored(restored) | Outcome::NightRestored(restored) => &restored.warnings,
            Outcome::Undone(undone) => &undone.warnings,
            _ => &[],
        }
    }

    /// Name of the snapshot, the archive or the golden month that a part of a run has made.
    pub fn made(&self) -> Option<String> {
        let Outcome::PlanRun(report) = self else { return None };
        let snapshot = report.snapshot.as_ref().map(|taken| taken.snapshot.to_string());
        let archived = report.host_archive.as_ref().and_then(|done| done.name.as_ref()).map(ArchiveName::to_string);
        let golden = report.golden.as_ref().and_then(|made| made.month).map(|month| month.to_string());
        snapshot.or(archived).or(golden).or_else(|| report.created.as_ref().map(|created| created.name.clone()))
    }

    /// The exit status of the program that a part of a run is, or of the first one that failed.
    pub fn exit_code(&self) -> Option<i32> {
        let Outcome::HooksRun(report) = self else { return None };
        let mut codes = report.hooks.iter().filter_map(|called| called.exit_code);
        let first = codes.clone().next();
        codes.find(|code| *code != 0).or(first)
    }

    /// Name of the archive that was made, for lists.
    pub fn archive(&self) -> Option<&str> {
        match self {
            Outcome::Created(created) => Some(&created.name),
            Outcome::Imported(imported) => Some(&imported.created.name),
            Outcome::Checked(checked) => Some(&checked.name),
            Outcome::Deleted(deleted) => Some(deleted.name.as_str()),
            Outcome::Copied(copied) => Some(&copied.name),
            Outcome::PlanRun(report) => report.created.as_ref().map(|created| created.name.as_str()),
            Outcome::Restored(restored) | Outcome::NightRestored(restored) => Some(&restored.name),
            Outcome::Undone(undone) => undone.name.as_deref(),
            Outcome::HostArchived(archived) => archived.name.as_ref().map(ArchiveName::as_str),
            Outcome::AllChecked(_)
            | Outcome::GoldenMade(_)
            | Outcome::GoldenVerified(_)
            | Outcome::PlanCopied(_)
            | Outcome::PlanPruned(_)
            | Outcome::HooksRun(_)
            | Outcome::Synced(_)
            | Outcome::LeftOut(_)
            | Outcome::ArchivesPruned(_)
            | Outcome::DriveChecked(_)
            | Outcome::DriveSetUp(_)
            | Outcome::Nights(_)
            | Outcome::SnapshotTaken(_)
            | Outcome::SnapshotsPruned(_)
            | Outcome::SnapshotDeleted(_)
            | Outcome::SnapshotVerified(_)
            | Outcome::SnapshotsMoved(_)
            | Outcome::SnapshotsAdopted(_)
            | Outcome::GivenBack(_) => None,
        }
    }
}

fn damage_of_golden(found: &GoldenVerified) -> Option<Failure> {
    let first = found.findings.first().map(String::as_str).unwrap_or_default();
    let (things, GoldenVerified { host, month, .. }) = (counted(found.wrong, "thing"), found);
    (!found.ok).then(|| Failure {
        code: Code::Damaged,
        message: format!("{things} in the golden month {month} of {host} not as saved: {first}"),
        advice: "Do not rely on this month: verify the others and the snapshots, and check the drive.".into(),
    })
}

fn damage_of_set(moved: &Moved) -> Option<Failure> {
    let first = moved.left.first()?;
    let things = counted(moved.left.iter().map(|left| left.count).sum(), "thing");
    let finding = first.findings.first().map(String::as_str).unwrap_or_default();
    Some(Failure {
        code: Code::Damaged,
        message: format!("{things} of {} did not come to {}: {}: {finding}", moved.host, moved.to, first.name),
        advice: format!(
            "Everything else lies on {}, and new snapshots go there. The old set stays on {}: check that drive, and look at what is in it.",
            moved.to, moved.from
        ),
    })
}

fn damage_of_snapshot(name: SnapshotName, wrong: u64, troubles: &[String]) -> Failure {
    let first = troubles.first().map(String::as_str).unwrap_or_default();
    Failure {
        code: Code::Damaged,
        message: format!("{} in {name} not as saved: {first}", counted(wrong, "thing")),
        advice: "Do not rely on this snapshot: take a new one, look into older ones, and check the drive.".into(),
    }
}

fn damage_of(checked: &Checked) -> Failure {
    damage(&checked.name, checked.error.as_deref().unwrap_or("it is damaged"))
}

fn damage(name: &str, what: &str) -> Failure {
    Failure {
        code: Code::Damaged,
        message: format!("{name}: {what}"),
        advice: "Do not rely on this archive: make a new one, and check the disk that it is on.".into(),
    }
}
