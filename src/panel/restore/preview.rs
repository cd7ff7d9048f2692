//! Preview changes: what a restore would do, and Confirm. Nothing is written.
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::form::RestoreForm;
use super::look::{Look, look};
use super::previews::Previews;
use super::{checks, databases, dialog, files, settings_table, texts};
use crate::domain::archive::name::ArchiveName;
use crate::domain::restore::check::{Check, Verdict};
use crate::domain::restore::preview::Preview;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, layout, words};
use crate::panel::state::{PanelState, off_loop};

/// `POST archive/NAME/restore/preview`, JSON or a form.
pub async fn preview(
    panel: web::Data<PanelState>,
    previews: web::Data<Previews>,
    frame: Frame,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
    body: web::Bytes,
) -> Result<HttpResponse, HttpError> {
    let name = name.into_inner();
    let form = read(&request, &body)?;
    let look = off_loop(&panel, {
        let name = name.clone();
        move |panel| look(panel, &previews, &name, form)
    })
    .await?;
    Ok(layout::page(&frame, &request, "Preview changes", page(&frame, &name, &look, None)))
}

pub fn read(request: &HttpRequest, body: &[u8]) -> Result<RestoreForm, HttpError> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        RestoreForm::of_json(body)
    } else {
        RestoreForm::of_form(&String::from_utf8_lossy(body))
    }
}

/// What is shown instead when something changed after the preview.
pub fn stale(frame: &Frame, request: &HttpRequest, name: &ArchiveName, look: &Look) -> HttpResponse {
    let body = page(
        frame,
        name,
        look,
        Some(
            "Something has changed since the preview was shown, so nothing was restored. This is how it is now: look through it, then confirm again.",
        ),
    );
    let mut answer = layout::page(frame, request, "Preview changes", body);
    *answer.status_mut() = StatusCode::CONFLICT;
    answer
}

/// In parts that scripts put where they belong in the open dialog.
fn page(frame: &Frame, name: &ArchiveName, look: &Look, news: Option<&str>) -> Markup {
    let preview = &look.preview;
    html! {
        div.ab-restore data-archive=(name) data-digest=(preview.digest) {
            div.modal-header { h4.modal-title { "Preview changes" } (dialog::steps()) }
            div.modal-body {
                div data-slot="words" {
                    @if let Some(news) = news { div.alert.alert-warning role="alert" { (icon(Icon::Warning)) " " (news) } }
                }
                div data-slot="checks" { (checks::draw(&preview.checks)) }
                div data-slot="changes" { (changes(frame, name, look)) }
            }
            div.modal-footer {
                a.btn.btn-default href=(frame.url(&format!("archive/{name}/restore"))) { "Back" }
                div.ab-confirm-slot data-slot="confirm" { (confirm(frame, name, look)) }
            }
        }
    }
}

fn changes(frame: &Frame, name: &ArchiveName, look: &Look) -> Markup {
    let preview = &look.preview;
    html! {
        p.ab-nothing-yet {
            (icon(Icon::About)) " Nothing has been written. "
            strong { (words::size(preview.bytes)) } " would be."
        }
        (files::draw(frame, name, preview))
        (databases::draw(&preview.databases))
        (settings_table::draw(look))
        (texts::draw(&preview.texts))
    }
}

/// The check that forbids it.
pub fn blocking(preview: &Preview) -> Option<&Check> {
    preview.checks.iter().find(|check| check.result == Verdict::Fail)
}

/// Beside a Confirm that cannot be pressed.
pub fn why_not(check: &Check) -> Markup {
    html! {
        p.ab-why #ab-why {
            (icon(Icon::Cross)) " " strong { "Not possible: " } (checks::title(check.name)) ". " (check.detail) " " (checks::advice(check))
        }
    }
}

fn confirm(frame: &Frame, name: &ArchiveName, look: &Look) -> Markup {
    let form = RestoreForm { digest: Some(look.preview.digest.clone()), ..look.form.clone() };
    let text = serde_json::to_string(&form).unwrap_or_default();
    let blocked = blocking(&look.preview);
    html! {
        form #ab-restore-confirm.ab-confirm method="post" action=(frame.url(&format!("archive/{name}/restore"))) data-restore-confirm="" {
            (forms::token(frame))
            input type="hidden" name="form" value=(text);
            @if blocked.is_none() { (forms::typed(frame, "restore")) }
            @if let Some(check) = blocked { (why_not(check)) }
            button.btn.btn-warning #ab-confirm type="submit" disabled[blocked.is_some()]
                aria-describedby=[blocked.is_some().then_some("ab-why")] { "Confirm Restore" }
        }
    }
}
