//! One order, one verb: the files of `work` are called here, and nowhere else in this room.
use std::io::Read;

use crate::destination::upload::Upload;
use crate::destination::upload_reader::UploadReader;
use crate::domain::failure::{Code, Failure};
use crate::domain::monitor::{Monitor, Stage};
use crate::domain::order::{ArchiveOrder, CameraOrder, DriveOrder, Order, PlanOrder, SnapshotOrder};
use crate::work::archive::{copy, create, delete, import, inspect, resume, upload, verify};
use crate::work::outcome::{ArchivesPruned, Deleted, Outcome};
use crate::work::{Tools, copy_plan, destinations, hooks, nights, plan, prune_plan, restore, snapshot, sync};

/// Bytes that come from outside.
pub(super) enum Incoming {
    /// In one go; `expected` of them when known.
    Stream { expected: Option<u64>, input: Box<dyn Read + Send> },
    /// In pieces, into a file that stays until all is here.
    Upload { part: Box<Upload>, tail: UploadReader },
}

/// Does what `order` asks for.
pub(super) fn carry_out(
    tools: &Tools,
    order: &Order,
    incoming: Option<Incoming>,
    monitor: &dyn Monitor,
) -> Result<Outcome, Failure> {
    match order {
        Order::Archive(order) => archive(tools, order, incoming, monitor),
        Order::Nights(order) => Ok(Outcome::Nights(Box::new(nights::carry_out(tools, order, monitor)?))),
        Order::Plan(order) => of_plan(tools, order, monitor),
        Order::Drive(order) => drive(tools, order, monitor),
        Order::Snapshot(order) => of_snapshot(tools, order, monitor),
        Order::Camera(order) => camera(tools, order, monitor),
    }
}

fn archive(
    tools: &Tools,
    order: &ArchiveOrder,
    incoming: Option<Incoming>,
    monitor: &dyn Monitor,
) -> Result<Outcome, Failure> {
    Ok(match order {
        ArchiveOrder::CreateConfig { sections, pause } => {
            Outcome::Created(create::config(tools, sections, *pause, monitor)?)
        }
        ArchiveOrder::CreateImages { nights } => Outcome::Created(create::images(tools, nights, monitor)?),
        ArchiveOrder::Import { file } => Outcome::Imported(import::import(tools, file, monitor)?),
        ArchiveOrder::Upload { file_name } => Outcome::Imported(take_in(tools, file_name, incoming, monitor)?),
        ArchiveOrder::Verify { name } => Outcome::Checked(verify::verify(tools, name, monitor)?),
        ArchiveOrder::VerifyAll => Outcome::AllChecked(verify::verify_all(tools, monitor)?),
        ArchiveOrder::Inspect { name } => Outcome::Checked(inspect::inspect(tools, name, monitor)?),
        ArchiveOrder::Copy { name, from, to, original } => {
            Outcome::Copied(copy::copy(tools, name, &copy::Route { from, to }, *original, monitor)?)
        }
        ArchiveOrder::Delete { name } => {
            monitor.stages(&[Stage::Delete]);
            monitor.stage(Stage::Delete);
            delete::delete(tools, name)?;
            Outcome::Deleted(Deleted { name: name.clone(), deleted: true })
        }
    })
}

fn of_plan(tools: &Tools, order: &PlanOrder, monitor: &dyn Monitor) -> Result<Outcome, Failure> {
    Ok(match order {
        PlanOrder::Run { plan, source } => Outcome::PlanRun(Box::new(plan::run(tools, plan, source, monitor)?)),
        PlanOrder::Copy { plan, to } => Outcome::PlanCopied(copy_plan::copy_plan(tools, plan, to.as_ref(), monitor)?),
        PlanOrder::Retention { plan, run } => Outcome::PlanPruned(prune_plan::prune_plan(tools, plan, *run, monitor)?),
        PlanOrder::Sync { plan, run, wish } => Outcome::Synced(sync::run::sync(tools, plan, (*run, *wish), monitor)?),
        PlanOrder::Hooks { plan, run, time } => {
            Outcome::HooksRun(hooks::run::run_hooks(tools, plan, (*run, *time), monitor)?)
        }
        PlanOrder::Prune { plan } => {
            Outcome::ArchivesPruned(ArchivesPruned { items: plan::prune_all(tools, plan.as_ref(), monitor)? })
        }
    })
}

fn drive(tools: &Tools, order: &DriveOrder, monitor: &dyn Monitor) -> Result<Outcome, Failure> {
    Ok(match order {
        DriveOrder::SetUp { destination } => {
            Outcome::DriveSetUp(destinations::set_up::set_up_named(tools, destination, monitor)?)
        }
        DriveOrder::Check { destination } => {
            Outcome::DriveChecked(destinations::check::check_named(tools, destination, monitor)?)
        }
    })
}

fn of_snapshot(tools: &Tools, order: &SnapshotOrder, monitor: &dyn Monitor) -> Result<Outcome, Failure> {
    Ok(match order {
        SnapshotOrder::Take { host } => Outcome::SnapshotTaken(Box::new(snapshot::pull::take(tools, host, monitor)?)),
        SnapshotOrder::Prune { host } => Outcome::SnapshotsPruned(snapshot::prune::prune(tools, host, monitor)?),
        SnapshotOrder::Delete { host, snapshot } => {
            Outcome::SnapshotDeleted(snapshot::delete::delete(tools, host, *snapshot, monitor)?)
        }
        SnapshotOrder::Verify { host, snapshot } => {
            Outcome::SnapshotVerified(snapshot::verify::verify(tools, host, *snapshot, monitor)?)
        }
        SnapshotOrder::Archive { host, when } => {
            Outcome::HostArchived(snapshot::archive::archive(tools, host, *when, monitor)?)
        }
        SnapshotOrder::VerifyArchive { host, name } => {
            Outcome::Checked(snapshot::archive::verify_archive(tools, host, name, monitor)?)
        }
        SnapshotOrder::MakeGolden { host, when } => {
            Outcome::GoldenMade(Box::new(snapshot::golden::make(tools, host, *when, monitor)?))
        }
        SnapshotOrder::VerifyGolden { host, month } => {
            Outcome::GoldenVerified(snapshot::golden::verify(tools, host, *month, monitor)?)
        }
        SnapshotOrder::Move { host, to, old } => {
            Outcome::SnapshotsMoved(Box::new(snapshot::moving::run::move_set(tools, host, to, *old, monitor)?))
        }
        SnapshotOrder::Adopt { host, from, original } => {
            Outcome::SnapshotsAdopted(Box::new(snapshot::adopting::run::adopt(tools, host, from, *original, monitor)?))
        }
        SnapshotOrder::Restore { request } => {
            Outcome::GivenBack(snapshot::give_back::give_back(tools, request, monitor)?)
        }
    })
}

fn camera(tools: &Tools, order: &CameraOrder, monitor: &dyn Monitor) -> Result<Outcome, Failure> {
    Ok(match order {
        CameraOrder::Restore { request } => Outcome::Restored(Box::new(restore::apply(tools, request, monitor)?)),
        CameraOrder::RestoreNight { request } => {
            Outcome::NightRestored(Box::new(restore::night::apply(tools, request, monitor)?))
        }
        CameraOrder::Undo { id } => Outcome::Undone(restore::undo(tools, id.as_deref(), monitor)?),
    })
}

fn take_in(
    tools: &Tools,
    file_name: &str,
    incoming: Option<Incoming>,
    monitor: &dyn Monitor,
) -> Result<upload::Imported, Failure> {
    match incoming {
        Some(Incoming::Stream { expected, input }) => Ok(upload::upload(tools, file_name, expected, input, monitor)?),
        Some(Incoming::Upload { part, tail }) => Ok(resume::follow(tools, *part, tail, monitor)?),
        None => Err(Failure {
            code: Code::Failed,
            message: "the browser that sent this file is gone".into(),
            advice: "Upload it again.".into(),
        }),
    }
}
