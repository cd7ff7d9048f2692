//! Everything between the Upload button and a backup in the list.
//!
//! * `dialog` — choose a file; `unfinished` — what came of others, on the page
//! * `form` — all of it in one request: plain forms and small programs
//! * `pieces` — in pieces that go on after a cut, by the tus protocol; `protocol` — its headers
//! * `under_way` — the uploads in pieces that this program takes at this moment
//!
//! Invariant: whichever way the bytes come, the same work checks and stores them.
pub mod dialog;
pub mod form;
pub mod pieces;
mod protocol;
mod under_way;
pub mod unfinished;

use actix_web::web;
use tokio::sync::broadcast;

use super::http_error::HttpError;
use super::state::{PanelState, off_loop};
use crate::catalog::{Event, EventKind};
use crate::domain::job::{Job, JobId};

pub use under_way::UnderWay;

/// Waits until the job is over.
async fn outcome(
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
                Ok(Event { job, kind: EventKind::State { .. }, .. }) if job == id => break,
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => break,
                Err(broadcast::error::RecvError::Closed) => return Err(HttpError::stopping()),
            }
        }
    }
}
