//! What jobs and the look of every few minutes say of alerts: raised when something is found, resolved when it is
//! right again.
use std::collections::BTreeSet;

use jiff::{SignedDuration, Zoned};

use super::needs::lanes;
use super::schedule::plans;
use crate::catalog::LastTurn;
use crate::domain::alert::{Alert, AlertKind, AlertState};
use crate::domain::archive::name::ArchiveName;
use crate::domain::destination::DestinationName;
use crate::domain::failure::{Code, Failure};
use crate::domain::job::JobState;
use crate::domain::order::{Order, PlanOrder};
use crate::domain::plan::Plan;
use crate::domain::run::Run;
use crate::domain::turn::plan_of;
use crate::work::alerts::{raise, raise_told, resolve};
use crate::work::archive::verify::{Checked, Finding};
use crate::work::outcome::Outcome;
use crate::work::snapshot::pull::Taken;
use crate::work::{Tools, one_disk, retention_gate};

/// Runs that are looked through for one that went well.
const RUNS: u32 = 60;

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
        Ok(Outcome::SnapshotTaken(taken)) => trust(tools, taken),
        Ok(Outcome::PlanRun(report)) => report.snapshot.iter().for_each(|taken| trust(tools, taken)),
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

fn trust(tools: &Tools, taken: &Taken) {
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
    match one_disk::holds_every_backup(tools) {
        true => raise(tools, AlertKind::OneDisk, "", one_disk::WARNING),
        false => resolve(tools, AlertKind::OneDisk, ""),
    }
    if retention_gate::is_clock_sound(tools) {
        resolve(tools, AlertKind::ClockInDoubt, "");
    }
    for plan in plans(tools) {
        if let Err(failure) = look_at(tools, &plan) {
            tracing::warn!("the runs of plan {} could not be read: {}", plan.name, failure.message);
        }
    }
    let open = tools.catalog.alerts(100).unwrap_or_default();
    for alert in open {
        let is_gone = match alert.kind {
            AlertKind::DriveMissing => is_back(tools, &alert.subject),
            AlertKind::ArchiveDamaged => is_no_more(tools, &alert.subject),
            AlertKind::PlanOverdue | AlertKind::PlanFailed => {
                plans(tools).iter().all(|plan| plan.name.as_str() != alert.subject)
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

fn look_at(tools: &Tools, plan: &Plan) -> Result<(), Failure> {
    let turn = tools.catalog.turn(plan.name.as_str())?;
    let runs = tools.catalog.runs(Some(&plan.name), RUNS)?;
    match overdue_since(plan, turn, &runs, &(tools.now)()) {
        Some(since) => {
            let detail = format!("plan {} has not run well since {}", plan.name, since.strftime("%Y-%m-%d %H:%M"));
            raise(tools, AlertKind::PlanOverdue, plan.name.as_str(), &detail);
        }
        None => resolve(tools, AlertKind::PlanOverdue, plan.name.as_str()),
    }
    Ok(())
}

/// When the last run was that went well, or the plan began, if two turns have passed since without one. A plan that
/// rests is not overdue.
fn overdue_since(plan: &Plan, turn: Option<LastTurn>, runs: &[Run], now: &Zoned) -> Option<Zoned> {
    let turn = turn.filter(|turn| plan.enabled && !turn.is_paused)?;
    let latest = plan.schedule.latest(now)?;
    let before = plan.schedule.latest(&latest.checked_sub(SignedDuration::from_secs(1)).ok()?)?;
    let is_good = |run: &&Run| matches!(run.state, JobState::Success | JobState::Warning | JobState::Skipped);
    let good = runs.iter().find(is_good).map(|run| run.queued_at);
    // A plan that has never run well began with its first turn, whose run is in the list unless it has only begun.
    let since = good.or_else(|| runs.last().map(|run| run.queued_at)).unwrap_or(turn.at);
    (since < before.timestamp()).then(|| since.to_zoned(now.time_zone().clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::job::Trigger;
    use crate::domain::run_id::RunId;

    fn run(at: &str, state: JobState) -> Run {
        Run {
            id: RunId::nil(),
            plan: Plan::weekly_config().name,
            trigger: Trigger::Schedule,
            slot: None,
            state,
            queued_at: at.parse().unwrap(),
            started_at: None,
            ended_at: None,
        }
    }

    #[test]
    fn a_plan_is_overdue_when_two_turns_have_passed_without_a_run_that_went_well() {
        use JobState::{Failed, Skipped, Success};
        let plan = Plan::weekly_config();
        // A Thursday; the turns were on Sundays, the 22nd and the 15th.
        let now: Zoned = "2026-11-26T10:00:00+01:00[Europe/Berlin]".parse().unwrap();
        let turn = |paused| Some(LastTurn { at: "2026-11-22T11:15:00Z".parse().unwrap(), is_paused: paused });
        let overdue = |runs: &[Run], paused| overdue_since(&plan, turn(paused), runs, &now).is_some();
        let (recent, old) = ("2026-11-22T11:15:20Z", "2026-11-08T11:15:20Z");
        assert!(!overdue(&[run(recent, Success), run(old, Failed)], false));
        assert!(!overdue(&[run(recent, Skipped)], false), "nothing was due");
        assert!(overdue(&[run(recent, Failed), run(old, Success)], false));
        assert!(overdue(&[run(recent, Failed), run(old, Failed)], false));
        assert!(!overdue(&[run(recent, Failed)], false), "the first turn has only failed once");
        assert!(!overdue(&[run(recent, Failed), run(old, Success)], true), "it rests");
        assert!(!overdue(&[], false), "it is new");
    }
}
