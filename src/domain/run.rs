//! A run: one turn of a plan, with a job for each of its parts.
//!
//! Invariant: the state of a run follows from the states of its jobs alone, so that no crash can leave the two apart.
use jiff::Timestamp;
use serde::Serialize;

use super::job::{JobState, Trigger};
use super::order::Order;
use super::plan::name::PlanName;
use super::run_id::RunId;
use super::turn::{Part, part};

/// A run as the catalog keeps it and as pages and terminals show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    pub id: RunId,
    pub plan: PlanName,
    pub trigger: Trigger,
    /// The turn of the plan that it is; `None` for a run that somebody started by hand.
    pub slot: Option<Timestamp>,
    pub state: JobState,
    pub queued_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

/// What the state of a job says of its run. Hooks that did well count as skipped: what a run has done is what its other
/// jobs have done.
pub fn counted_as(order: &Order, state: JobState) -> JobState {
    match part(order).is_some_and(Part::is_hooks) && state == JobState::Success {
        true => JobState::Skipped,
        false => state,
    }
}

/// The state of a run whose jobs are in these states: the worst of them once all are over. Of hooks it counts
/// what `counted_as` says.
pub fn state_of(jobs: &[JobState]) -> JobState {
    if jobs.iter().all(|state| *state == JobState::Queued) {
        return JobState::Queued;
    }
    match jobs.iter().all(|state| state.is_over()) {
        true => jobs.iter().copied().max_by_key(|state| state.badness()).unwrap_or(JobState::Queued),
        false => JobState::Running,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use JobState::{Cancelled, Failed, Interrupted, Queued, Running, Skipped, Success, Warning};

    #[test]
    fn a_run_is_as_bad_as_the_worst_of_its_jobs_and_over_when_all_of_them_are() {
        for (jobs, state) in [
            (&[Queued, Queued][..], Queued),
            (&[Running, Queued], Running),
            (&[Success, Queued], Running),
            (&[Failed, Running], Running),
            (&[Success, Skipped], Success),
            (&[Skipped, Skipped], Skipped),
            (&[Warning, Success, Skipped], Warning),
            (&[Success, Failed, Warning], Failed),
            (&[Cancelled, Success], Cancelled),
            (&[Interrupted, Warning], Interrupted),
        ] {
            assert_eq!(state_of(jobs), state, "{jobs:?}");
        }
    }
}
