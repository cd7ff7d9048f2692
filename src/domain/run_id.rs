//! The number of a run, which orders, jobs and the run itself carry.
use uuid::Uuid;

/// Sorts by the time when the run was wanted.
pub type RunId = Uuid;
