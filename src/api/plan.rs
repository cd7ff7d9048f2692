//! Plans.
use serde::Serialize;

use crate::domain::failure::Failure;
use crate::domain::run_id::RunId;
use crate::jobs::Scheduled;
use crate::work::outcome::Outcome;

/// A turn that a terminal has carried out: what came out of each job, and what failed.
#[derive(Debug, Serialize)]
pub struct RunDone<'a> {
    pub run: RunId,
    pub items: &'a [Outcome],
    pub failures: &'a [Failure],
}

/// A plan with its next turns.
#[derive(Debug, Serialize)]
pub struct PlanDetails<'a> {
    #[serde(flatten)]
    pub plan: &'a Scheduled,
    /// Lets our key write to the folder at its target, and do nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorized_keys: Option<&'a str>,
}
