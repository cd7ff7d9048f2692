//! Plans.
use serde::Serialize;

use crate::domain::failure::Failure;
use crate::domain::run_id::RunId;
use crate::work::outcome::Outcome;

/// A turn that a terminal has carried out: what came out of each job, and what failed.
#[derive(Debug, Serialize)]
pub struct RunDone<'a> {
    pub run: RunId,
    pub items: &'a [Outcome],
    pub failures: &'a [Failure],
}
