//! Which lanes each order needs.
use std::path::Path;

use crate::domain::destination::DestinationName;
use crate::domain::host::settings::HostName;
use crate::domain::lane::{CameraUse, Lanes};
use crate::domain::order::{ArchiveOrder, CameraOrder, DriveOrder, Order, PlanOrder, SnapshotOrder};
use crate::domain::plan::Source;
use crate::domain::plan::name::PlanName;
use crate::domain::plan::remote::SyncTarget;
use crate::work::{Tools, snapshot};

/// The lanes of `order`, by the destinations and plans of `tools`.
pub(super) fn lanes(order: &Order, tools: &Tools) -> Lanes {
    let folder = || one_of(tools, tools.folder.destination());
    let nights = || tools.nights.drive.as_ref().map(|drive| one_of(tools, &drive.name));
    match order {
        Order::Archive(order) => match order {
            ArchiveOrder::CreateConfig { .. } | ArchiveOrder::CreateImages { .. } => {
                Lanes::new([folder()], CameraUse::Reads)
            }
            ArchiveOrder::Copy { from, to, .. } => {
                Lanes::new([one_of(tools, from), one_of(tools, to)], CameraUse::Nothing)
            }
            _ => Lanes::new([folder()], CameraUse::Nothing),
        },
        Order::Nights(_) => Lanes::new(nights(), CameraUse::Reads),
        Order::Plan(order) => of_plan_order(order, tools),
        Order::Drive(DriveOrder::SetUp { destination } | DriveOrder::Check { destination }) => {
            Lanes::new([one_of(tools, destination)], CameraUse::Nothing)
        }
        Order::Snapshot(order) => of_snapshot_order(order, tools),
        Order::Camera(CameraOrder::Restore { request }) => Lanes::new([folder()], onto(request.to.as_deref())),
        Order::Camera(CameraOrder::RestoreNight { request }) => Lanes::new(nights(), onto(request.to.as_deref())),
        Order::Camera(CameraOrder::Undo { .. }) => Lanes::new([], CameraUse::Changes),
    }
}

fn of_plan_order(order: &PlanOrder, tools: &Tools) -> Lanes {
    match order {
        PlanOrder::Run { source: Source::HostArchive(host) | Source::HostGolden(host), .. } => {
            of_host(tools, host, CameraUse::Nothing)
        }
        PlanOrder::Run { source: Source::Host(host), .. } => takes_host(tools, host),
        PlanOrder::Run { plan, .. } => {
            let plan = tools.plans.iter().find(|one| one.name == *plan);
            Lanes::new(plan.map(|plan| one_of(tools, &plan.destination)), CameraUse::Reads)
        }
        PlanOrder::Copy { plan, to } => Lanes::new(of_copy(tools, plan, to.as_ref()), CameraUse::Nothing),
        PlanOrder::Retention { plan, .. } => {
            Lanes::new(of_plans(tools, Some(plan)).chain(of_hosts(tools, plan)), CameraUse::Nothing)
        }
        PlanOrder::Sync { plan, .. } => {
            let own = of_plans(tools, Some(plan)).chain(of_hosts(tools, plan));
            Lanes::new(own.chain(of_target(tools, plan)), CameraUse::Nothing)
        }
        PlanOrder::Hooks { .. } => Lanes::new([], CameraUse::Nothing),
        PlanOrder::Prune { plan } => Lanes::new(of_plans(tools, plan.as_ref()), CameraUse::Nothing),
    }
}

/// The folder that things are given back to may be the camera's.
fn of_snapshot_order(order: &SnapshotOrder, tools: &Tools) -> Lanes {
    match order {
        SnapshotOrder::Take { host } => takes_host(tools, host),
        SnapshotOrder::Restore { request } => of_host(tools, &request.host, CameraUse::Changes),
        SnapshotOrder::Move { host, to, .. } => of_host(tools, host, CameraUse::Nothing).and_at(one_of(tools, to)),
        SnapshotOrder::Prune { host }
        | SnapshotOrder::Delete { host, .. }
        | SnapshotOrder::Verify { host, .. }
        | SnapshotOrder::Archive { host, .. }
        | SnapshotOrder::Adopt { host, .. }
        | SnapshotOrder::VerifyArchive { host, .. }
        | SnapshotOrder::MakeGolden { host, .. }
        | SnapshotOrder::VerifyGolden { host, .. } => of_host(tools, host, CameraUse::Nothing),
    }
}

/// A restore to another folder leaves the camera alone.
fn onto(elsewhere: Option<&Path>) -> CameraUse {
    if elsewhere.is_some() { CameraUse::Nothing } else { CameraUse::Changes }
}

/// The destinations of `plan`, or of all plans, with those of their copies.
fn of_plans<'a>(tools: &'a Tools, plan: Option<&'a PlanName>) -> impl Iterator<Item = DestinationName> {
    let wanted = tools.plans.iter().filter(move |one| plan.is_none_or(|name| one.name == *name));
    wanted.flat_map(|plan| plan.copies.iter().chain([&plan.destination])).map(|name| one_of(tools, name))
}

/// The destination of this machine that `plan` sends to.
fn of_target(tools: &Tools, plan: &PlanName) -> Option<DestinationName> {
    let plan = tools.plans.iter().find(|one| one.name == *plan)?;
    match &plan.remote.as_ref()?.target {
        SyncTarget::Here(name) => Some(one_of(tools, name)),
        SyncTarget::There(..) => None,
    }
}

/// Where the archives of `plan` lie, and where they are copied to.
fn of_copy<'a>(
    tools: &'a Tools,
    plan: &'a PlanName,
    to: Option<&'a DestinationName>,
) -> impl Iterator<Item = DestinationName> {
    let plan = tools.plans.iter().find(move |one| one.name == *plan);
    let to = move |one: &&DestinationName| to.is_none_or(|to| to == *one);
    plan.into_iter()
        .flat_map(move |plan| plan.copies.iter().filter(to).chain([&plan.destination]))
        .map(|name| one_of(tools, name))
}

/// The drives of the snapshots that `plan` takes.
fn of_hosts<'a>(tools: &'a Tools, plan: &'a PlanName) -> impl Iterator<Item = DestinationName> {
    let plan = tools.plans.iter().find(move |one| one.name == *plan);
    let hosts = plan.into_iter().flat_map(|plan| plan.sources.iter().filter_map(|source| source.host()));
    hosts.filter_map(|host| drive_of(tools, host))
}

/// The drive of the snapshots of `host`; none for a host that is not configured.
fn drive_of(tools: &Tools, host: &HostName) -> Option<DestinationName> {
    let host = snapshot::places::host(tools, host).ok()?;
    snapshot::places::drive(tools, host).ok().map(|drive| one_of(tools, &drive.name))
}

/// The lane of `host`, and a share of the drive of its snapshots.
fn of_host(tools: &Tools, host: &HostName, camera: CameraUse) -> Lanes {
    Lanes::of_host(host, drive_of(tools, host), camera)
}

/// A snapshot of `host` is taken. The folder of a host of this machine may be the camera's.
fn takes_host(tools: &Tools, host: &HostName) -> Lanes {
    let is_elsewhere = snapshot::places::host(tools, host).is_ok_and(|host| host.remote().is_some());
    let camera = if is_elsewhere { CameraUse::Nothing } else { CameraUse::Reads };
    of_host(tools, host, camera).among(tools.parallel_hosts)
}

/// One name for all destinations with the path of `name`, which have one lane.
fn one_of(tools: &Tools, name: &DestinationName) -> DestinationName {
    let path = tools.drives.iter().find(|one| one.name == *name).map(|one| &one.drive.path);
    let first = tools.drives.iter().find(|one| Some(&one.drive.path) == path);
    first.map_or(name, |one| &one.name).clone()
}
