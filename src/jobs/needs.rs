//! Which lanes each order needs.
use std::path::Path;

use crate::domain::destination::DestinationName;
use crate::domain::host::settings::HostName;
use crate::domain::lane::{CameraUse, Lanes};
use crate::domain::order::Order;
use crate::domain::plan::Source;
use crate::domain::plan::name::PlanName;
use crate::work::{Tools, snapshot};

/// The lanes of `order`, by the destinations and plans of `tools`.
pub(super) fn lanes(order: &Order, tools: &Tools) -> Lanes {
    let folder = || one_of(tools, tools.folder.destination());
    let nights = || tools.nights.drive.as_ref().map(|drive| one_of(tools, &drive.name));
    match order {
        Order::CreateConfig { .. } | Order::CreateImages { .. } => Lanes::new([folder()], CameraUse::Reads),
        Order::Import { .. }
        | Order::Upload { .. }
        | Order::Verify { .. }
        | Order::VerifyAll
        | Order::Inspect { .. }
        | Order::Delete { .. } => Lanes::new([folder()], CameraUse::Nothing),
        Order::CopyArchive { from, to, .. } => Lanes::new([one_of(tools, from), one_of(tools, to)], CameraUse::Nothing),
        Order::SetUpDrive { destination } | Order::CheckDrive { destination } => {
            Lanes::new([one_of(tools, destination)], CameraUse::Nothing)
        }
        Order::RunPlan { source: Source::Host(host), .. } => Lanes::new(of_host(tools, host), CameraUse::Reads),
        Order::RunPlan { plan, .. } => {
            let plan = tools.plans.iter().find(|one| one.name == *plan);
            Lanes::new(plan.map(|plan| one_of(tools, &plan.destination)), CameraUse::Reads)
        }
        Order::CopyPlan { plan } => Lanes::new(of_plans(tools, Some(plan)), CameraUse::Nothing),
        Order::PruneArchives { plan } => Lanes::new(of_plans(tools, plan.as_ref()), CameraUse::Nothing),
        Order::Nights { .. } => Lanes::new(nights(), CameraUse::Reads),
        Order::RestoreNight { ask } => Lanes::new(nights(), onto(ask.to.as_deref())),
        Order::Restore { ask } => Lanes::new([folder()], onto(ask.to.as_deref())),
        // The folder of a host, and the one that things are given back to, may be the camera's.
        Order::TakeSnapshot { host } => Lanes::new(of_host(tools, host), CameraUse::Reads),
        Order::RestoreSnapshot { ask } => Lanes::new(of_host(tools, &ask.host), CameraUse::Changes),
        Order::PruneSnapshots { host } | Order::VerifySnapshot { host, .. } => {
            Lanes::new(of_host(tools, host), CameraUse::Nothing)
        }
        Order::Undo { .. } => Lanes::new([], CameraUse::Changes),
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

/// The drive of the snapshots of `host`; none for a host that is not configured.
fn of_host(tools: &Tools, host: &HostName) -> Option<DestinationName> {
    let host = snapshot::places::host(tools, host).ok()?;
    snapshot::places::drive(tools, host).ok().map(|drive| one_of(tools, &drive.name))
}

/// One name for all destinations with the path of `name`, which have one lane.
fn one_of(tools: &Tools, name: &DestinationName) -> DestinationName {
    let path = tools.drives.iter().find(|one| one.name == *name).map(|one| &one.drive.path);
    let first = tools.drives.iter().find(|one| Some(&one.drive.path) == path);
    first.map_or(name, |one| &one.name).clone()
}
