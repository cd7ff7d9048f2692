//! A saved night goes back to the camera: what would change, and Confirm. The button that leads here
//! stands on the page of nights.
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::preview::{blocking, why_not};
use super::{checks, orders, texts};
use crate::domain::monitor::Unwatched;
use crate::domain::night::Night;
use crate::domain::nights::request::{Differing, NightRequest};
use crate::domain::order::{CameraOrder, Order};
use crate::domain::restore::preview::{Change, Preview};
use crate::domain::restore::program::Programs;
use crate::panel::archives::orders::submit;
use crate::panel::parts::error_page;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, layout, query, words};
use crate::panel::state::{PanelState, off_loop};
use crate::work::restore;

/// Names of each kind that are shown; a night has thousands.
const SHOWN: usize = 20;

const KINDS: [(Change, &str, Icon, &str); 6] = [
    (Change::New, "New", Icon::Plus, "not on the camera now"),
    (Change::Changed, "Replaced", Icon::Change, "not as they were saved"),
    (Change::Kept, "Left alone", Icon::Foreign, "not as they were saved, they stay as they are"),
    (Change::LeftProgram, "Left on the drive", Icon::Foreign, "no pictures, films or data; a web server may run them"),
    (
        Change::Obstructed,
        "Not restored: something is in the way",
        Icon::Warning,
        "what lies in their place stays as it is",
    ),
    (Change::Same, "Same", Icon::Check, "there already, not touched"),
];

/// `GET nights/DATE/restore?replace=1`.
pub async fn dialog(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    date: web::Path<String>,
) -> Result<HttpResponse, HttpError> {
    let ask = ask(&date, request.query_string())?;
    let preview = look(&panel, ask.clone()).await?;
    Ok(layout::page(&frame, &request, "Restore night", draw(&frame, &ask, &preview, None)))
}

/// `POST nights/DATE/restore`: what was shown, if it is still so.
pub async fn restore(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    date: web::Path<String>,
    form: web::Bytes,
) -> Result<HttpResponse, HttpError> {
    let form = String::from_utf8_lossy(&form).into_owned();
    let ask = ask(&date, &form)?;
    let Some(seen) = query::field(&form, "digest").map(|digest| String::from_utf8_lossy(&digest).into_owned()) else {
        return Err(HttpError::usage("The changes have not been looked at", "Open the preview of this night first."));
    };
    let preview = look(&panel, ask.clone()).await?;
    if preview.digest != seen {
        if error_page::wants_json(&panel, &request) {
            return Err(orders::changed().into());
        }
        let news = "Something has changed since the preview was shown, so nothing was restored. This is how it is now.";
        let body = draw(&frame, &ask, &preview, Some(news));
        let mut answer = layout::page(&frame, &request, "Restore night", body);
        *answer.status_mut() = StatusCode::CONFLICT;
        return Ok(answer);
    }
    if let Some(check) = blocking(&preview) {
        return Err(orders::refused(check).into());
    }
    submit(
        panel,
        request,
        Order::Camera(CameraOrder::RestoreNight { request: NightRequest { seen: Some(seen), ..ask } }),
    )
    .await
}

fn ask(date: &str, fields: &str) -> Result<NightRequest, HttpError> {
    let night = Night::parse_any(date).map_err(|why| HttpError::not_found(why.to_string()))?;
    let differing = if query::field(fields, "replace").is_some() { Differing::Replace } else { Differing::Keep };
    let programs = if query::field(fields, "programs").is_some() { Programs::Take } else { Programs::Leave };
    Ok(NightRequest { night, to: None, differing, programs, seen: None })
}

async fn look(panel: &web::Data<PanelState>, ask: NightRequest) -> Result<Arc<Preview>, HttpError> {
    off_loop(panel, move |panel| {
        restore::night::preview(&panel.tools(), &ask, &Unwatched).map(Arc::new).map_err(HttpError::from)
    })
    .await
}

fn draw(frame: &Frame, ask: &NightRequest, preview: &Preview, news: Option<&str>) -> Markup {
    let counts = preview.counts();
    let work = counts["new"] + counts["changed"];
    html! {
        div.ab-restore data-night=(ask.night.date()) data-digest=(preview.digest) {
            div.modal-header { h4.modal-title { "Restore the night of " (words::night(ask.night)) } }
            div.modal-body {
                @if let Some(news) = news { div.alert.alert-warning role="alert" { (icon(Icon::Warning)) " " (news) } }
                (checks::draw(&preview.checks))
                p.ab-nothing-yet {
                    (icon(Icon::About)) " Nothing has been written. "
                    @if work == 0 && counts["obstructed"] > 0 { "Nothing of this night can be put in its place." }
                    @else if work == 0 { "The camera has everything already." }
                    @else { strong { (words::counted(work, "file")) " with " (words::size(preview.bytes)) } " would be." }
                }
                (files(preview))
                (texts::draw(&preview.texts))
                (other_way(frame, ask, &counts))
            }
            div.modal-footer {
                a.btn.btn-default href=(frame.url("nights")) data-act="close" { "Cancel" }
                (confirm(frame, ask, preview, work))
            }
        }
    }
}

fn files(preview: &Preview) -> Markup {
    html! {
        section.ab-changes aria-label="Files" {
            @for (change, label, sign, means) in KINDS {
                @let all: Vec<_> = preview.files.iter().filter(|file| file.change == change).collect();
                @if !all.is_empty() {
                    details.ab-change open[all.len() <= SHOWN && change != Change::Same] {
                        summary {
                            (icon(sign)) " " strong { (label) } " "
                            span.ab-change-count { (words::count(all.len() as u64)) } span.ab-small.ab-inline { (means) }
                        }
                        ul.ab-change-list {
                            @for file in all.iter().take(SHOWN) { li { (file.path) } }
                            @if all.len() > SHOWN { li { "and " (words::count((all.len() - SHOWN) as u64)) " more" } }
                        }
                    }
                }
            }
        }
    }
}

/// Links to this preview with other answers; nothing where no file differs and none is a program.
fn other_way(frame: &Frame, ask: &NightRequest, counts: &std::collections::BTreeMap<&'static str, u64>) -> Markup {
    let path = |differing: Differing, programs: Programs| {
        let replace = if differing == Differing::Replace { "replace=1" } else { "" };
        let programs = if programs == Programs::Take { "&programs=1" } else { "" };
        frame.url(&format!("nights/{}/restore?{replace}{programs}", ask.night.date()))
    };
    html! {
        @if counts["kept"] > 0 {
            p { a #ab-night-replace href=(path(Differing::Replace, ask.programs)) data-dialog="night" { "Replace files that differ" } }
        } @else if counts["changed"] > 0 {
            p { a #ab-night-keep href=(path(Differing::Keep, ask.programs)) data-dialog="night" { "Leave files that differ alone" } }
        }
        @if counts["left_program"] > 0 {
            p { a #ab-night-programs href=(path(ask.differing, Programs::Take)) data-dialog="night" { "Also restore what may be run, and show it" } }
        } @else if ask.programs == Programs::Take {
            p { a #ab-night-no-programs href=(path(ask.differing, Programs::Leave)) data-dialog="night" { "Leave programs on the drive" } }
        }
    }
}

fn confirm(frame: &Frame, ask: &NightRequest, preview: &Preview, work: u64) -> Markup {
    let blocked = blocking(preview);
    html! {
        form.ab-confirm method="post" action=(frame.url(&format!("nights/{}/restore", ask.night.date()))) data-send="job" {
            (forms::token(frame))
            input type="hidden" name="digest" value=(preview.digest);
            @if ask.differing == Differing::Replace { input type="hidden" name="replace" value="1"; }
            @if ask.programs == Programs::Take { input type="hidden" name="programs" value="1"; }
            @match blocked {
                Some(check) => (why_not(check)),
                None => (forms::typed(frame, "restore")),
            }
            button #ab-confirm-night.btn.btn-warning type="submit" disabled[blocked.is_some() || work == 0]
                aria-describedby=[blocked.is_some().then_some("ab-why")] { "Restore Night" }
        }
    }
}
