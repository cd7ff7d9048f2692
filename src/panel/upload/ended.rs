//! Waits for the end of the job that stores an upload, for an answer that tells what came of it.
use actix_web::web;
use tokio::sync::broadcast;

use crate::catalog::{Event, EventKind};
use crate::domain::job::{Job, JobId};
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::{PanelState, off_loop};

/// The job once it is over. `events` was subscribed before the job was started, so that its end is not missed.
pub(super) async fn ended(
    panel: &web::Data<PanelState>,
    id: JobId,
    mut events: broadcast::Receiver<Event>,
) -> Result<Job, HttpError> {
    loop {
        let job = off_loop(panel, move |panel| Ok(panel.jobs.job(id)?)).await?;
        match job {
            Some(job) if job.state.is_over() => return Ok(job),
            Some(_) => {}
            None => return Err(HttpError::not_found("The upload's job is gone")),
        }
        loop {
            match events.recv().await {
                Ok(Event { job, kind: EventKind::State { .. }, .. }) if job == Some(id) => break,
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => break,
                Err(broadcast::error::RecvError::Closed) => return Err(HttpError::stopping()),
            }
        }
    }
}
