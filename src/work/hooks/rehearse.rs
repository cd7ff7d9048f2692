//! The hooks of a plan in a dry run: those before it, those of a success, and those at the end, in this order.
use serde::Serialize;

use super::report::HooksReport;
use super::run::all;
use super::surroundings::Surroundings;
use crate::domain::failure::Failure;
use crate::domain::monitor::Monitor;
use crate::domain::plan::Plan;
use crate::domain::plan::hook::{Hook, HookEvent};

/// What ran, as `--json` prints it.
#[derive(Debug, Clone, Serialize)]
pub struct Rehearsal {
    /// One entry for each event that has hooks.
    pub events: Vec<HooksReport>,
}

/// Runs them as a real run would; `AB_STATUS` is `dry-run`, and `AB_JOB` is empty.
pub fn rehearse(plan: &Plan, monitor: &dyn Monitor) -> Result<Rehearsal, Failure> {
    let told = Surroundings::without_run(plan);
    let (mut events, mut ending) = (Vec::new(), Some(HookEvent::Success));
    let of = |event: HookEvent| -> Vec<&Hook> { plan.hooks.iter().filter(|hook| hook.on == event).collect() };
    let before = of(HookEvent::Before);
    if !before.is_empty() {
        let report = all(plan, &before, &told, monitor)?;
        ending = match (&report.nothing, &report.failure) {
            (Some(_), _) => None,
            (None, Some(_)) => Some(HookEvent::Failure),
            (None, None) => ending,
        };
        events.push(report);
    }
    for event in ending.into_iter().chain([HookEvent::Finally]) {
        let wanted = of(event);
        if !wanted.is_empty() {
            events.push(all(plan, &wanted, &told, monitor)?);
        }
    }
    Ok(Rehearsal { events })
}
