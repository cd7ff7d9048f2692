//! What would change, line by line, before anything is saved.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::page;
use super::sheet::Sheet;
use crate::domain::restore::diff;
use crate::domain::settings::veil;
use crate::panel::error_page;
use crate::panel::http_error::HttpError;
use crate::panel::restore::texts;
use crate::panel::state::{PanelState, off_loop};
use crate::panel::{forms, layout};

/// `POST settings/preview`: the change, or 422 and the same fields with what is wrong beside them.
pub async fn preview(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    form: web::Bytes,
) -> Result<HttpResponse, HttpError> {
    let form = String::from_utf8_lossy(&form).into_owned();
    let sheet = off_loop(&panel, move |panel| Sheet::sent(panel, &form)).await?;
    Ok(shown(&panel, &request, &sheet))
}

/// The page for a sheet that was sent.
pub fn shown(panel: &PanelState, request: &HttpRequest, sheet: &Sheet) -> HttpResponse {
    let right = sheet.mistakes.is_empty();
    let inside = if right { change(panel, sheet) } else { page::editor(panel, sheet) };
    let page = layout::html_answer(layout::show(panel, request, "Settings", page::frame(panel, sheet, None, &inside)));
    if right { page } else { error_page::with_own_page(page, StatusCode::UNPROCESSABLE_ENTITY) }
}

fn change(panel: &PanelState, sheet: &Sheet) -> Markup {
    let back = panel.url(&format!("settings?as={}", sheet.view.name()));
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
            form.ab-settings-save method="post" action=(panel.url("settings/change")) {
                (forms::token())
                input type="hidden" name="digest" value=(sheet.now.digest);
                textarea name="text" hidden { "\n" (new) }
                (forms::typed("change"))
                a.btn.btn-default href=(back) { "Cancel" } " "
                button.btn.btn-primary type="submit" { "Save" }
            }
        }
    }
}
