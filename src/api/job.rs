//! Jobs and runs.
use serde::Serialize;

use crate::domain::job::{Job, JobId};
use crate::domain::recorded_step::RecordedStep;
use crate::domain::run::Run;
use crate::domain::run_id::RunId;
use crate::jobs::Gauge;

/// An order was taken, and this job carries it out. Both keys name it.
#[derive(Debug, Serialize)]
pub struct Started {
    pub job: JobId,
    pub job_id: JobId,
}

impl From<JobId> for Started {
    fn from(job: JobId) -> Self {
        Started { job, job_id: job }
    }
}

/// A turn of a plan was begun: its jobs in the order in which they are done, and the first of them.
#[derive(Debug, Serialize)]
pub struct RunStarted {
    pub run: RunId,
    #[serde(flatten)]
    pub first: Started,
    pub jobs: Vec<JobId>,
}

/// Several orders were taken, each with a job.
#[derive(Debug, Serialize)]
pub struct JobsStarted {
    pub job_ids: Vec<JobId>,
}

/// Whether a job goes on; `cancelled` is false when it was over already.
#[derive(Debug, Serialize)]
pub struct JobCancelled {
    #[serde(flatten)]
    pub job: Started,
    pub cancelled: bool,
}

/// Whether the jobs of a run go on; `cancelled` is false when all were over already.
#[derive(Debug, Serialize)]
pub struct RunCancelled {
    pub run: RunId,
    pub cancelled: bool,
}

/// A job with its steps; `gauge` says how far it is while it runs in this program.
#[derive(Debug, Serialize)]
pub struct JobDetails<'a> {
    pub job: Option<&'a Job>,
    pub gauge: Option<&'a Gauge>,
    pub steps: &'a [RecordedStep],
}

#[derive(Debug, Serialize)]
pub struct RunDetails<'a> {
    pub run: Option<&'a Run>,
    pub jobs: &'a [Job],
}
