//! Work as the page shows it: what runs, what ran, one job, one run of a plan, and the stream of what happens.
pub(crate) mod events;
pub(crate) mod job_page;
pub(crate) mod job_result;
mod logs;
pub(crate) mod recent_work;
pub(crate) mod run_page;
pub(crate) mod snapshot_result;
