//! What jobs and the look of every few minutes say of alerts: raised when something is found, resolved when it is
//! right again.
use std::collections::BTreeSet;

use super::needs::lanes;
use super::schedule::plans;
use super::{host_silence, plan_overdue};
use crate::domain::alert::{Alert, AlertKind, AlertState};
use crate::domain::archive::name::ArchiveName;
use crate::domain::destination::DestinationName;
use crate::domain::failure::{Code, Failure};
use crate::domain::order::{Order, PlanOrder};
use crate::domain::turn::plan_of;
use crate::work::alerts::{raise, raise_told, resolve};
use crate::work::archive::verify::{Checked, Finding};
use crate::work::outcome::Outcome;
use crate::work::snapshot::pull::Taken;
use crate::work::{Tools, one_disk, retention_gate};

/// After a job: `ended` is what came out, `finding` why it is no success nevertheless.
pub(super) fn after(tools: &Tools, order: &Order, ended: Result<&Outcome, &Failure>, finding: Option<&Failure>) {
    let mut used: BTreeSet<_> = lanes(order, tools).destinations.into_keys().collect();
    match (order, ended) {
        // It looks only where the jobs before it found their destinations.
        (Order::Plan(PlanOrder::Retention { .. } | PlanOrder::Prune { .. }), _) => used.clear(),
        // What it says of a missing drive is said of the one that is copied to; it fails where the other one is away.
        (Order::Plan(PlanOrder::Copy { to: Some(to), .. }), Ok(_)) => used.retain(|name| name == to),
        (Order::Plan(PlanOrder::Copy { to: Some(to), .. }), Err(_)) => used.retain(|name| name != to),
        _ => {}
    }
    match ended.err().or(finding) {
        Some(failure) if failure.code == Code::NotReady && plan_of(order).is_some() => {
            let raise = if is_told_by_run(tools, order) { raise_told } else { raise };
            used.iter().for_each(|name| raise(tools, AlertKind::DriveMissing, name.as_str(), &failure.message));
        }
        None => used.iter().for_each(|name| resolve(tools, AlertKind::DriveMissing, name.as_str())),
        Some(_) => {}
    }
    match ended {
        Ok(Outcome::Checked(checked)) => judge(tools, checked),
        Ok(Outcome::AllChecked(all)) => all.iter().for_each(|checked| judge(tools, checked)),
        Ok(Outcome::Deleted(gone)) => resolve(tools, AlertKind::ArchiveDamaged, &named(tools, gone.name.as_str())),
        Ok(Outcome::SnapshotTaken(one)) => taken(tools, one),
        Ok(Outcome::PlanRun(report)) => report.snapshot.iter().for_each(|one| taken(tools, one)),
        _ => {}
    }
}

/// A failed run of the nights has a mail of its own, and some plans tell each run.
fn is_told_by_run(tools: &Tools, order: &Order) -> bool {
    let plan = plan_of(order).and_then(|name| tools.plans.iter().find(|plan| plan.name == name));
    matches!(order, Order::Nights(_))
        || plan.is_some_and(|plan| plan.tells_each_run(tools.notify.report, &(tools.now)()))
}

/// Whether [`after`] raises an alert for a job that failed in this way, whose mail then tells of it.
pub(super) fn tells_of(tools: &Tools, order: &Order, failure: &Failure) -> bool {
    let looks_again = matches!(order, Order::Plan(PlanOrder::Retention { .. }));
    let is_of_plan = plan_of(order).is_some() && !looks_again;
    failure.code == Code::NotReady && is_of_plan && !lanes(order, tools).destinations.is_empty()
}

/// An archive as alerts name it: with its destination, where that is not the backups folder.
fn named(tools: &Tools, name: &str) -> String {
    let destination = tools.folder.destination();
    if destination.is_backups() { name.to_owned() } else { format!("{name} on {destination}") }
}

fn judge(tools: &Tools, checked: &Checked) {
    let subject = named(tools, &checked.name);
    match checked.finding {
        Finding::Damaged => {
            let why = checked.error.as_deref().unwrap_or("it is damaged");
            raise(tools, AlertKind::ArchiveDamaged, &subject, &format!("{subject} is damaged: {why}"));
        }
        Finding::Whole => resolve(tools, AlertKind::ArchiveDamaged, &subject),
        Finding::Foreign | Finding::Unread => {}
    }
}

/// Those that are not resolved come first.
const MOST_ALERTS: u32 = 200;

fn taken(tools: &Tools, taken: &Taken) {
    host_silence::heard(tools, &taken.host);
    if let Some(why) = &taken.suspect {
        let subject = format!("{} {}", taken.host, taken.snapshot);
        // While its owner has not answered, the snapshots that follow say the same of the host.
        let of_host = format!("{} ", taken.host);
        let goes_on = |alert: &Alert| {
            let is_open = alert.kind == AlertKind::SnapshotNotTrusted && alert.state != AlertState::Resolved;
            is_open && alert.subject.starts_with(&of_host) && alert.subject != subject
        };
        if tools.catalog.alerts(MOST_ALERTS).is_ok_and(|all| all.iter().any(goes_on)) {
            return;
        }
        let detail = format!("the snapshot {} of {} is not trusted, because {why}", taken.snapshot, taken.host);
        raise(tools, AlertKind::SnapshotNotTrusted, &subject, &detail);
    }
}

/// Looks at what no job says: plans, the clock, the disk, and whether causes of alerts are gone by themselves.
pub(super) fn look(tools: &Tools) {
    // The clock first: the next job that ends makes it seem sound.
    host_silence::look(tools);
    plan_overdue::look(tools);
    if retention_gate::is_clock_sound(tools) {
        resolve(tools, AlertKind::ClockInDoubt, "");
    }
    match one_disk::holds_every_backup(tools) {
        true => raise(tools, AlertKind::OneDisk, "", one_disk::WARNING),
        false => resolve(tools, AlertKind::OneDisk, ""),
    }
    let open = tools.catalog.alerts(100).unwrap_or_default();
    for alert in open {
        let is_gone = match alert.kind {
            AlertKind::DriveMissing => is_back(tools, &alert.subject),
            AlertKind::ArchiveDamaged => is_no_more(tools, &alert.subject),
            AlertKind::PlanOverdue | AlertKind::PlanFailed => {
                plans(tools).iter().all(|plan| plan.name.as_str() != alert.subject)
            }
            AlertKind::ChannelFails => {
                tools.notify.channels.iter().all(|channel| channel.name.as_str() != alert.subject)
            }
            _ => false,
        };
        if is_gone {
            resolve(tools, alert.kind, &alert.subject);
        }
    }
}

/// A destination that is not in the configuration any more is missed by nobody.
fn is_back(tools: &Tools, name: &str) -> bool {
    let Ok(name) = DestinationName::try_from(name.to_owned()) else { return true };
    match tools.drives.iter().find(|drive| drive.name == name) {
        Some(drive) => drive.drive.ready_to_read().is_ok(),
        None => !name.is_backups() || tools.folder.archives().is_ok(),
    }
}

/// Only of the backups folder: drives are not looked at for it.
fn is_no_more(tools: &Tools, subject: &str) -> bool {
    use crate::destination::folder::Error::NoArchive;
    ArchiveName::parse(subject).is_ok_and(|name| matches!(tools.folder.found(&name), Err(NoArchive(_))))
}
