//! What would change, line by line, before anything is saved.
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::{Markup, html};

use super::page;
use super::sheet::Sheet;
use crate::domain::restore::diff;
use crate::domain::settings::veil;
use crate::panel::parts::error_page;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::{forms, layout};
use crate::panel::restore::texts;
use crate::panel::state::{PanelState, off_loop};

/// `POST settings/preview`: the change, or 422 and the same fields with what is wrong beside them.
pub async fn preview(panel: web::Data<PanelState>, frame: Frame, form: web::Bytes) -> Result<HttpResponse, HttpError> {
    let form = String::from_utf8_lossy(&form).into_owned();
    let sheet = off_loop(&panel, move |panel| Sheet::sent(panel, &form)).await?;
    Ok(shown(&panel, &frame, &sheet))
}

/// The page for a sheet that was sent.
pub fn shown(panel: &PanelState, frame: &Frame, sheet: &Sheet) -> HttpResponse {
    let right = sheet.mistakes.is_empty();
    let inside = if right { change(frame, sheet) } else { page::editor(frame, sheet) };
    let page =
        layout::html_answer(layout::show(frame, "Settings", page::with_heading(panel, frame, sheet, None, &inside)));
    if right { page } else { error_page::with_own_page(page, StatusCode::UNPROCESSABLE_ENTITY) }
}

fn change(frame: &Frame, sheet: &Sheet) -> Markup {
    let back = frame.url(&format!("settings?as={}", sheet.view.name()));
    let (old, new) = (veil::veiled(&sheet.now.text), sheet.shown_text());
    let lines = diff::lines(&old, &new);
    let same = sheet.text == sheet.now.text;
    html! {
        @if same {
            p { "Nothing would change." }
            a.btn.btn-default href=(back) { "Back" }
        } @else {
            h4 { "This would change" }
            @match lines {
                Some(lines) => pre.ab-diff { @for line in &lines { (texts::drawn(line)) } },
                None => p.text-muted { "The two texts differ too much to be shown line by line." },
            }
            form.ab-settings-save method="post" action=(frame.url("settings/change")) {
                (forms::token(frame))
                input type="hidden" name="digest" value=(sheet.now.digest);
                textarea name="text" hidden { "\n" (new) }
                (forms::typed(frame, "change"))
                a.btn.btn-default href=(back) { "Cancel" } " "
                button.btn.btn-primary type="submit" { "Save" }
            }
        }
    }
}
