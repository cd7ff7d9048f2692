//! Plans and their turns.
use jiff::Timestamp;
use serde::Serialize;

use crate::domain::job::JobState;
use crate::domain::plan::name::PlanName;
use crate::domain::plan::schedule::Schedule;
use crate::jobs::Scheduled;

/// A plan with its turns.
#[derive(Debug, Serialize)]
pub struct ScheduleLine {
    pub id: PlanName,
    pub plan: PlanName,
    pub trigger: Schedule,
    pub next_run: Option<Timestamp>,
    pub last_run: Option<Timestamp>,
    pub last_status: Option<JobState>,
    pub paused: bool,
}

impl From<Scheduled> for ScheduleLine {
    fn from(plan: Scheduled) -> Self {
        ScheduleLine {
            id: plan.plan.clone(),
            plan: plan.plan,
            trigger: plan.schedule,
            next_run: plan.next,
            last_run: plan.last,
            last_status: plan.last_state,
            paused: plan.paused,
        }
    }
}
