//! Plans that have not run well for two of their turns: told once, over with a run that goes well.
//!
//! Invariant: a clock that jumped makes no plan overdue, and neither does a run that is owed or under way now.
use jiff::{SignedDuration, Zoned};

use super::schedule::plans;
use crate::catalog::LastTurn;
use crate::domain::alert::AlertKind;
use crate::domain::failure::Failure;
use crate::domain::host::silence::longest_between;
use crate::domain::job::JobState;
use crate::domain::plan::Plan;
use crate::domain::run::Run;
use crate::work::alerts::{raise, resolve};
use crate::work::{Tools, retention_gate};

/// Runs that are looked through for one that went well.
const RUNS: u32 = 60;

pub(super) fn look(tools: &Tools) {
    for plan in plans(tools) {
        if let Err(failure) = look_at(tools, &plan) {
            tracing::warn!("the runs of plan {} could not be read: {}", plan.name, failure.message);
        }
    }
}

fn look_at(tools: &Tools, plan: &Plan) -> Result<(), Failure> {
    let now = (tools.now)();
    let name = plan.name.as_str();
    let has_drive = !plan.name.is_nights() || tools.nights.drive.is_some();
    let turn = tools.catalog.turn(name)?.filter(|turn| plan.enabled && has_drive && !turn.is_paused);
    let Some(turn) = turn else {
        resolve(tools, AlertKind::PlanOverdue, name);
        return Ok(());
    };
    if !retention_gate::is_sound_between(tools, longest_between(&plan.schedule, &now).unwrap_or_default()) {
        return Ok(());
    }
    match judge(plan, turn, &tools.catalog.runs(Some(&plan.name), RUNS)?, &now) {
        Judged::OverdueSince(since) => {
            let detail = format!("plan {name} has not run well since {}", since.strftime("%Y-%m-%d %H:%M"));
            raise(tools, AlertKind::PlanOverdue, name, &detail);
        }
        Judged::InTime => resolve(tools, AlertKind::PlanOverdue, name),
        Judged::AtIt => {}
    }
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Judged {
    InTime,
    /// Its turn is owed, or its run is under way: how that ends decides.
    AtIt,
    /// When the last run was that went well, or the plan began.
    OverdueSince(Zoned),
}

/// Two turns without a run that went well are told.
fn judge(plan: &Plan, turn: LastTurn, runs: &[Run], now: &Zoned) -> Judged {
    let turns = plan.schedule.latest(now).and_then(|latest| {
        let before = plan.schedule.latest(&latest.checked_sub(SignedDuration::from_secs(1)).ok()?)?;
        Some((before.timestamp(), latest.timestamp()))
    });
    let Some((before, latest)) = turns else { return Judged::InTime };
    let is_good = |run: &&Run| matches!(run.state, JobState::Success | JobState::Warning | JobState::Skipped);
    let good = runs.iter().find(is_good).map(|run| run.queued_at);
    // A plan that has never run well began with its first turn, whose run is in the list unless it has only begun.
    let since = good.or_else(|| runs.last().map(|run| run.queued_at)).unwrap_or(turn.at);
    let is_under_way = runs.first().is_some_and(|run| !run.state.is_over() && run.queued_at >= before);
    match since < before {
        false => Judged::InTime,
        true if turn.at < latest || is_under_way => Judged::AtIt,
        true => Judged::OverdueSince(since.to_zoned(now.time_zone().clone())),
    }
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
        use JobState::{Failed, Running, Skipped, Success};
        let plan = Plan::weekly_config();
        // A Thursday; the turns were on Sundays, the 22nd and the 15th.
        let now: Zoned = "2026-11-26T10:00:00+01:00[Europe/Berlin]".parse().unwrap();
        let turn = |at: &str| LastTurn { at: at.parse().unwrap(), is_paused: false };
        let judged = |runs: &[Run]| judge(&plan, turn("2026-11-22T11:15:00Z"), runs, &now);
        let overdue = |runs: &[Run]| matches!(judged(runs), Judged::OverdueSince(_));
        let (recent, old) = ("2026-11-22T11:15:20Z", "2026-11-08T11:15:20Z");
        assert!(!overdue(&[run(recent, Success), run(old, Failed)]));
        assert!(!overdue(&[run(recent, Skipped)]), "nothing was due");
        assert!(overdue(&[run(recent, Failed), run(old, Success)]));
        assert!(overdue(&[run(recent, Failed), run(old, Failed)]));
        assert!(!overdue(&[run(recent, Failed)]), "the first turn has only failed once");
        assert!(!overdue(&[]), "it is new");
        assert_eq!(judged(&[run(recent, Running), run(old, Success)]), Judged::AtIt, "its run is under way");
        assert!(overdue(&[run("2026-11-14T11:15:20Z", Running), run(old, Success)]), "it runs since before two turns");
        let owed = judge(&plan, turn("2026-11-08T11:15:00Z"), &[run(old, Success)], &now);
        assert_eq!(owed, Judged::AtIt, "the machine was off, and it is caught up within seconds");
    }
}
