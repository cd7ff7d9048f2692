//! Saving, for the page and for programs.
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::preview;
use super::sheet::{Sheet, View, file, written_on_page};
use crate::api::settings::{Mistaken, Saved, SettingsText};
use crate::domain::failure::Failure;
use crate::panel::parts::error_page;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::{PanelState, off_loop};
use crate::work::settings::save::{self, Unsaved};

/// `POST settings/change`: `text` on top of the file whose `digest` was seen.
pub async fn change(panel: web::Data<PanelState>, frame: Frame, form: web::Bytes) -> Result<HttpResponse, HttpError> {
    let form = String::from_utf8_lossy(&form).into_owned();
    let sheet = off_loop(&panel, move |panel| {
        let sheet = Sheet::sent(panel, &form)?;
        match save::save(&sheet.now.file, &sheet.now.digest, &sheet.text) {
            Ok(()) => {
                panel.in_use.adopt(&panel.jobs);
                Ok(sheet)
            }
            Err(Unsaved::Mistaken(_)) => Ok(sheet),
            Err(error) => Err(error.into()),
        }
    })
    .await?;
    if !sheet.mistakes.is_empty() {
        return Ok(preview::shown(&panel, &frame, &sheet));
    }
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, panel.url("settings?saved"))).finish())
}

/// `GET api/settings`: the file, its digest, and everything that is wrong with it.
pub async fn look(panel: web::Data<PanelState>) -> Result<HttpResponse, HttpError> {
    let sheet = off_loop(&panel, |panel| Sheet::of_file(panel, View::Text)).await?;
    Ok(HttpResponse::Ok().json(SettingsText {
        file: &sheet.now.file,
        digest: &sheet.now.digest,
        text: &sheet.shown_text(),
        ok: sheet.mistakes.is_empty(),
        mistakes: &sheet.mistakes,
    }))
}

/// What a program sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangedText {
    text: String,
    /// As `GET api/settings` told it.
    digest: String,
}

/// `POST api/settings/change`: 422 with all mistakes, 409 when the file is another one by now.
pub async fn change_json(
    panel: web::Data<PanelState>,
    sent: web::Json<ChangedText>,
) -> Result<HttpResponse, HttpError> {
    let ChangedText { text, digest } = sent.into_inner();
    let refused = off_loop(&panel, move |panel| {
        let now = save::look(&file(panel)?)?;
        let text = written_on_page(&text, &now);
        match save::save(&now.file, &digest, &text) {
            Ok(()) => {
                panel.in_use.adopt(&panel.jobs);
                Ok(None)
            }
            Err(Unsaved::Mistaken(mistaken)) => Ok(Some(mistaken)),
            Err(error) => Err(error.into()),
        }
    })
    .await?;
    Ok(match refused {
        None => HttpResponse::Ok().json(Saved::with(panel.in_use.trouble())),
        Some(mistaken) => {
            let told = Mistaken { error: &Failure::of(&mistaken), mistakes: &mistaken.mistakes };
            error_page::with_own_page(HttpResponse::Ok().json(told), StatusCode::UNPROCESSABLE_ENTITY)
        }
    })
}
