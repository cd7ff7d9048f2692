//! From where to where a job works, for its row in the history.
use std::path::Path;

use crate::domain::destination::DestinationName;
use crate::domain::host::settings::HostName;
use crate::domain::job::Way;
use crate::domain::order::{NightsOrder, Order, PlanOrder, SnapshotOrder};
use crate::domain::plan::Source;
use crate::domain::plan::name::PlanName;
use crate::work::Tools;
use crate::work::snapshot::places;

/// The way of a part of a run, and of a snapshot that is taken by hand. Nothing is looked at on any disk.
pub(super) fn way(order: &Order, tools: &Tools) -> Way {
    match order {
        Order::Nights(NightsOrder::Run) => {
            let drive = tools.nights.drive.as_ref().map(|drive| shown(&drive.drive.path));
            Way { from: Some(shown(&tools.site.images_place())), to: drive }
        }
        Order::Snapshot(SnapshotOrder::Take { host }) => of_host(tools, host),
        Order::Snapshot(SnapshotOrder::Move { host, to, .. }) => {
            Way { from: of_host(tools, host).to, to: place(tools, to) }
        }
        Order::Plan(PlanOrder::Run { source: Source::Host(host), .. }) => of_host(tools, host),
        Order::Plan(PlanOrder::Run { source: Source::HostArchive(host) | Source::HostGolden(host), .. }) => {
            let store = of_host(tools, host).to;
            Way { from: store.clone(), to: store }
        }
        Order::Plan(PlanOrder::Run { plan, .. }) => {
            Way { from: Some(shown(tools.site.home())), to: of_plan(tools, plan) }
        }
        Order::Plan(PlanOrder::Copy { plan, to }) => {
            Way { from: of_plan(tools, plan), to: to.as_ref().and_then(|to| place(tools, to)) }
        }
        Order::Plan(PlanOrder::Retention { plan, .. }) => Way { from: None, to: of_retention(tools, plan) },
        Order::Plan(PlanOrder::Sync { plan, .. }) => {
            let from = of_retention(tools, plan);
            let remote = tools.plans.iter().find(|one| one.name == *plan).and_then(|plan| plan.remote.as_ref());
            Way { from, to: remote.map(|remote| remote.target.to_string()) }
        }
        _ => Way::default(),
    }
}

fn of_plan(tools: &Tools, plan: &PlanName) -> Option<String> {
    let plan = tools.plans.iter().find(|one| one.name == *plan)?;
    place(tools, &plan.destination)
}

/// The store of the only host of a plan; else where its archives lie.
fn of_retention(tools: &Tools, plan: &PlanName) -> Option<String> {
    let found = tools.plans.iter().find(|one| one.name == *plan)?;
    match found.sources.iter().find_map(Source::host) {
        Some(host) if found.kinds().is_empty() => of_host(tools, host).to,
        _ => place(tools, &found.destination),
    }
}

fn place(tools: &Tools, name: &DestinationName) -> Option<String> {
    if name == tools.folder.destination() {
        return Some(shown(tools.folder.path()));
    }
    tools.drives.iter().find(|drive| drive.name == *name).map(|drive| shown(&drive.drive.path))
}

fn of_host(tools: &Tools, name: &HostName) -> Way {
    let Ok(host) = places::host(tools, name) else { return Way::default() };
    let drive = places::drive(tools, host).ok();
    let to = drive.map(|drive| shown(&drive.drive.path.join("hosts").join(name.as_str())));
    Way { from: Some(shown(&host.source.shown())), to }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
