//! What dead processes left: a camera that rests, half files, and jobs that say they run.
//!
//! Run at every start, and safe at any time: what a living process has is left alone.
use std::path::Path;

use crate::catalog::Unfinished;
use crate::domain::failure::Failure;
use crate::domain::job::JobState;
use crate::domain::monitor::Unwatched;
use crate::domain::order::Order;
use crate::site::service;
use crate::work::{Tools, lease, restore, resume};

use super::ending::Ending;
use super::runner::finish_in;

/// Puts everything right and says what was done, in words; the camera comes first.
pub fn recover(tools: &Tools) -> Result<Vec<String>, Failure> {
    recover_with(tools, service::recover)
}

/// The same while the machine starts, before it starts the camera.
pub fn recover_at_boot(tools: &Tools) -> Result<Vec<String>, Failure> {
    recover_with(tools, service::leave_to_boot)
}

fn recover_with(
    tools: &Tools,
    camera: impl FnOnce(&Path) -> Result<Option<String>, service::Error>,
) -> Result<Vec<String>, Failure> {
    // Files before the camera: it must not start on half of a restore.
    let files = restore::recover(tools, &Unwatched).map_err(Failure::from);
    let camera = camera(&lease(tools)).map_err(|e| Failure::from(&e));
    let mut lines = bury_the_dead(tools)?;
    // A folder on a disk that is not there is swept when it is back.
    match tools.folder.sweep() {
        Ok(0) => {}
        Ok(n) => lines.push(format!("Removed {n} unfinished files that an earlier run left in the backups folder.")),
        Err(e) => tracing::info!("the backups folder was not swept: {}", Failure::from(&e).message),
    }
    match resume::sweep(tools) {
        Ok(0) => {}
        Ok(n) => lines.push(format!("Removed {n} unfinished uploads to which nothing had come for a week.")),
        Err(e) => tracing::info!("unfinished uploads were not swept: {}", Failure::from(&e).message),
    }
    lines.splice(0..0, files?);
    if let Some(line) = camera? {
        lines.insert(0, line);
    }
    Ok(lines)
}

/// The same for a program that runs: looks into the folder only when a job has lost its process, so
/// that a disk may sleep.
pub(super) fn recover_after_the_dead(tools: &Tools) -> Result<Vec<String>, Failure> {
    let open = tools.catalog.unfinished().map_err(|e| Failure::from(&e))?;
    if open.iter().any(is_dead) { recover(tools) } else { Ok(Vec::new()) }
}

/// Marks jobs of dead processes as interrupted.
fn bury_the_dead(tools: &Tools) -> Result<Vec<String>, Failure> {
    let open = tools.catalog.unfinished().map_err(|e| Failure::from(&e))?;
    let mut lines = Vec::new();
    for job in open.iter().filter(|job| is_dead(job)) {
        finish_in(tools, job.id, &Ending::interrupted());
        lines.push(format!("The job {} was interrupted: the program that ran it is gone.", job.order.verb()));
    }
    Ok(lines)
}

fn is_dead(job: &Unfinished) -> bool {
    match &job.runner {
        Some(runner) => !runner.is_alive(),
        // In the queue, for whoever has the lane; an upload cannot wait there.
        None => job.state == JobState::Running || matches!(job.order, Order::Upload { .. }),
    }
}
