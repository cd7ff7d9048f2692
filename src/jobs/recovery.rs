//! What dead processes left: a camera that rests, half files, and jobs that say they run.
//!
//! Run at every start, and safe at any time: what a living process has is left alone.
use std::path::Path;

use crate::base::counted::counted;
use crate::catalog::Unfinished;
use crate::domain::failure::Failure;
use crate::domain::job::JobState;
use crate::domain::monitor::Unwatched;
use crate::domain::order::{ArchiveOrder, CameraOrder, Order, PlanOrder};
use crate::site::{Site, service};
use crate::work::archive::resume;
use crate::work::{Tools, leases, restore};

use super::CommandLine;
use super::ending::Ending;
use super::runner::finish_in;

/// Who starts the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraStart {
    /// We do.
    Now,
    /// The machine does in a moment, and waits for us with that.
    WithMachine,
}

/// What was done for the camera, and what could not be.
#[derive(Debug, Default)]
pub struct CameraRecovered {
    pub lines: Vec<String>,
    pub failure: Option<Failure>,
}

/// Puts everything right and says what was done, in words; the camera comes first.
pub fn recover(tools: &Tools, command: CommandLine) -> Result<Vec<String>, Failure> {
    let CameraRecovered { mut lines, failure } =
        recover_camera(tools.site.as_ref(), &tools.state_dir, CameraStart::Now);
    lines.extend(tidy(tools, command)?);
    failure.map_or(Ok(lines), Err)
}

/// True when [`recover`] would have something to do. Looks, and changes nothing; what cannot be looked at counts as
/// left alone.
pub fn is_interrupted(tools: &Tools) -> bool {
    let site = tools.site.as_ref();
    tools.catalog.unfinished().is_ok_and(|open| open.iter().any(is_dead))
        || leases(site, &tools.state_dir).iter().any(|lease| service::rests_for_the_dead(lease).unwrap_or(false))
        || restore::is_interrupted(site, &tools.state_dir)
        || tools.folder.has_litter().unwrap_or(false)
}

/// Makes the camera's files whole and lets it run again. It needs neither the history nor the backups folder, so
/// neither can keep a camera down.
pub fn recover_camera(site: &dyn Site, state: &Path, start: CameraStart) -> CameraRecovered {
    let mut recovered = CameraRecovered::default();
    // Files before the camera: it must not start on half of a restore.
    let files = restore::recover(site, state, &Unwatched);
    for lease in leases(site, state) {
        let done = match start {
            CameraStart::Now => service::recover(&lease, &site.units()),
            CameraStart::WithMachine => service::leave_to_boot(&lease),
        };
        match done {
            Ok(line) => recovered.lines.extend(line),
            Err(error) => recovered.failure = Some(Failure::of(&error)),
        }
    }
    match files {
        Ok(lines) => recovered.lines.extend(lines),
        Err(error) => recovered.failure = recovered.failure.or(Some(Failure::from(error))),
    }
    recovered
}

/// Puts the history and the backups folder right; says what was done.
pub fn tidy(tools: &Tools, command: CommandLine) -> Result<Vec<String>, Failure> {
    let mut lines = bury_the_dead(tools, command)?;
    // A folder on a disk that is not there is swept when it is back.
    match tools.folder.sweep() {
        Ok(0) => {}
        Ok(n) => {
            let files = counted(n as u64, "unfinished file");
            lines.push(format!("Removed {files} that an earlier run left in the backups folder."));
        }
        Err(e) => tracing::info!("the backups folder was not swept: {}", Failure::of(&e).message),
    }
    match resume::sweep(tools) {
        Ok(0) => {}
        Ok(n) => {
            let uploads = counted(n as u64, "unfinished upload");
            lines.push(format!("Removed {uploads} to which nothing had come for a week."));
        }
        Err(e) => tracing::info!("unfinished uploads were not swept: {}", Failure::of(&e).message),
    }
    Ok(lines)
}

/// Recovers beside a running program. Looks into the folder only when a job has lost its process, so that a disk
/// may sleep.
pub(super) fn recover_after_the_dead(tools: &Tools, command: CommandLine) -> Result<Vec<String>, Failure> {
    let open = tools.catalog.unfinished()?;
    if open.iter().any(is_dead) { recover(tools, command) } else { Ok(Vec::new()) }
}

/// Marks jobs of dead processes as interrupted.
fn bury_the_dead(tools: &Tools, command: CommandLine) -> Result<Vec<String>, Failure> {
    let open = tools.catalog.unfinished()?;
    let mut lines = Vec::new();
    for job in open.iter().filter(|job| is_dead(job)) {
        match &job.order {
            Order::Plan(PlanOrder::Hooks { plan, time, .. }) if job.state == JobState::Queued => {
                finish_in(tools, command, job.id, &Ending::never_begun());
                lines.push(format!(
                    "The hooks of plan {plan} {} did not run: the program that ran the plan is gone.",
                    time.words()
                ));
            }
            order => {
                finish_in(tools, command, job.id, &Ending::interrupted());
                lines.push(format!("The job {} was interrupted: the program that ran it is gone.", order.verb()));
            }
        }
        lines.extend(completed_restore(tools, job));
    }
    Ok(lines)
}

/// A restore that was killed behind its exchange has changed everything that it should.
fn completed_restore(tools: &Tools, job: &Unfinished) -> Option<String> {
    let Order::Camera(CameraOrder::Restore { request }) = &job.order else { return None };
    let newest = restore::restores(tools).ok()?.into_iter().next()?;
    let is_it = newest.restored.as_ref().is_some_and(|one| one.name == request.name.as_str());
    let started = tools.catalog.job(job.id).ok()??.started_at;
    let is_of_the_job = started.is_some_and(|started| newest.created >= started);
    (is_it && is_of_the_job).then(|| {
        let id = newest.restore_id;
        format!("All its files were in their places by then. To go back: allsky-backups undo {id}")
    })
}

fn is_dead(job: &Unfinished) -> bool {
    match &job.runner {
        Some(runner) => !runner.is_alive(),
        // It waits for free lanes; an upload cannot wait there.
        None => job.state == JobState::Running || matches!(job.order, Order::Archive(ArchiveOrder::Upload { .. })),
    }
}
