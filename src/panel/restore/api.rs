//! Restore for programs: the same order, the same checks, the same refusals.
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::form::RestoreForm;
use super::orders;
use super::previews::Previews;
use crate::api::archive::Restores;
use crate::domain::archive::name::ArchiveName;
use crate::domain::order::{CameraOrder, Order};
use crate::panel::archives::orders::submit;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::{PanelState, off_loop};
use crate::work::restore;

type Answer = Result<HttpResponse, HttpError>;

/// An order with the archive that it is about; `digest` beside `name` binds it to a preview.
struct Named {
    name: ArchiveName,
    order: RestoreForm,
}

impl Named {
    /// The name is taken out first, because an order knows no other keys than its own.
    fn read(body: &[u8]) -> Result<Self, HttpError> {
        let bad = |why: String| {
            HttpError::usage(
                format!("This request to restore could not be understood: {why}"),
                "Send JSON with the archive's name and what to take of it.",
            )
        };
        let mut value: serde_json::Value = serde_json::from_slice(body).map_err(|why| bad(why.to_string()))?;
        let name = value.as_object_mut().and_then(|fields| fields.remove("name"));
        let name = name.as_ref().and_then(|name| name.as_str()).ok_or_else(|| bad("it has no name".to_owned()))?;
        let name = ArchiveName::parse(name).map_err(|why| bad(why.to_string()))?;
        let order = serde_json::from_value(value).map_err(|why| bad(why.to_string()))?;
        Ok(Named { name, order })
    }
}

/// `POST api/restore/preview`: what the terminal prints with `--preview --json`.
pub async fn preview(panel: web::Data<PanelState>, previews: web::Data<Previews>, body: web::Bytes) -> Answer {
    let Named { name, order } = Named::read(&body)?;
    let look = orders::again(&panel, &previews, &name, order).await?;
    let mut told =
        serde_json::to_value(&*look.preview).map_err(actix_web::error::ErrorInternalServerError).unwrap_or_default();
    if let (Some(fields), Some(list)) = (told.as_object_mut(), look.form.list) {
        // Confirm with this instead of the long list of files.
        fields.insert("list".to_owned(), json!(list));
    }
    Ok(HttpResponse::Ok().json(told))
}

/// `POST api/restore`: 202 with the job.
pub async fn restore(
    panel: web::Data<PanelState>,
    previews: web::Data<Previews>,
    request: HttpRequest,
    body: web::Bytes,
) -> Answer {
    let Named { name, order } = Named::read(&body)?;
    let seen = order.digest.clone();
    let look = orders::again(&panel, &previews, &name, order).await?;
    if seen.as_ref().is_some_and(|seen| *seen != look.preview.digest) {
        return Err(orders::changed().into());
    }
    let seen = seen.or_else(|| Some(look.preview.digest.clone()));
    orders::confirm(panel, request, &name, look, seen).await
}

/// `GET api/restores`: what can be undone, newest first.
pub async fn restores(panel: web::Data<PanelState>) -> Answer {
    let kept = off_loop(&panel, |panel| restore::restores(&panel.tools()).map_err(HttpError::from)).await?;
    Ok(HttpResponse::Ok().json(Restores { restores: kept }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UndoForm {
    /// The newest when left out.
    #[serde(default)]
    restore_id: Option<String>,
}

/// `POST api/undo`: 202 with the job.
pub async fn undo(panel: web::Data<PanelState>, request: HttpRequest, order: web::Json<UndoForm>) -> Answer {
    submit(panel, request, Order::Camera(CameraOrder::Undo { id: order.into_inner().restore_id })).await
}
