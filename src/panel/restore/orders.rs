//! Confirm and Undo. Both become jobs; Confirm looks once more before it does.
use actix_web::{HttpRequest, HttpResponse, web};

use super::form::RestoreForm;
use super::look::{Look, look};
use super::preview;
use super::previews::Previews;
use crate::domain::archive::name::ArchiveName;
use crate::domain::failure::{Code, Failure};
use crate::domain::order::{CameraOrder, Order};
use crate::domain::restore::check::Check;
use crate::panel::archives::orders::submit;
use crate::panel::parts::error_page;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::{PanelState, off_loop};
use crate::work::restore;

type Answer = Result<HttpResponse, HttpError>;

/// `POST archive/NAME/restore`: what was shown, if it is still so.
pub async fn restore(
    panel: web::Data<PanelState>,
    previews: web::Data<Previews>,
    frame: Frame,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
    body: web::Bytes,
) -> Answer {
    let name = name.into_inner();
    let form = preview::read(&request, &body)?;
    let Some(seen) = form.digest.clone() else {
        return Err(HttpError::usage("The changes have not been looked at", "Press Preview Changes first."));
    };
    let look = again(&panel, &previews, &name, form).await?;
    if look.preview.digest != seen {
        if error_page::wants_json(&panel, &request) {
            return Err(changed().into());
        }
        return Ok(preview::stale(&frame, &request, &name, &look));
    }
    confirm(panel, request, &name, look, Some(seen)).await
}

/// The preview as it is now.
pub async fn again(
    panel: &web::Data<PanelState>,
    previews: &web::Data<Previews>,
    name: &ArchiveName,
    form: RestoreForm,
) -> Result<Look, HttpError> {
    let (name, previews) = (name.clone(), previews.clone());
    off_loop(panel, move |panel| look(panel, &previews, &name, form)).await
}

/// Gives the order, unless a check forbids it.
pub async fn confirm(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    name: &ArchiveName,
    look: Look,
    seen: Option<String>,
) -> Answer {
    if let Some(check) = preview::blocking(&look.preview) {
        return Err(refused(check).into());
    }
    let ask = RestoreForm { digest: seen, ..look.form }.ask(&panel, name)?;
    submit(panel, request, Order::Camera(CameraOrder::Restore { request: Box::new(ask) })).await
}

/// A check that failed, as an answer.
pub fn refused(check: &Check) -> Failure {
    let message = format!("The check “{}” failed: {}", check.name, check.detail.trim_end_matches('.'));
    Failure { code: Code::Refused, message, advice: check.advice.clone() }
}

/// The camera or the archive is not as it was shown.
pub fn changed() -> Failure {
    Failure {
        // What a browser gets as 409.
        code: Code::Protected,
        message: "Something has changed since the preview was shown, so nothing was restored".to_owned(),
        advice: "Look through the new preview, then confirm again.".to_owned(),
    }
}

/// `POST restores/ID/undo`. An id that nobody has becomes no job: its text would stay in the history.
pub async fn undo(panel: web::Data<PanelState>, request: HttpRequest, id: web::Path<String>) -> Answer {
    let id = id.into_inner();
    let known = off_loop(&panel, {
        let id = id.clone();
        move |panel| {
            Ok(restore::restores(&panel.tools()).map_err(Failure::from)?.iter().any(|one| one.restore_id == id))
        }
    })
    .await?;
    if !known {
        return Err(HttpError::not_found("There is no such restore that can be undone"));
    }
    submit(panel, request, Order::Camera(CameraOrder::Undo { id: Some(id) })).await
}
