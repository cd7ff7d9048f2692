//! Dry run: what the next run would save and delete, without doing any of it.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::html;

use super::preview::{now_on_drive, plan};
use super::{labels, patience, survey};
use crate::api::dry_run::{DryRun, Saving};
use crate::panel::parts::error_page;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, layout, words};
use crate::panel::state::{PanelState, off_loop};
use crate::work::nights::would_save_of;

/// `GET nights/dry-run`; as JSON what `run nights --dry-run --json` says.
pub async fn dry_run(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    let patience = patience(&panel, &request);
    let (save, glance, now) = off_loop(&panel, move |panel| {
        let glance = now_on_drive(panel);
        let save = would_save_of(&panel.tools(), &survey::nights(panel, patience)?)?;
        Ok((save, glance, (panel.tools().now)()))
    })
    .await?;
    if error_page::is_for_program(&panel, &request) {
        return Ok(HttpResponse::Ok().json(DryRun::of(Saving { would_save: save, plan: glance?.plan })));
    }
    let body = html! {
        div.ab-dry-run {
            div.modal-header { h4.modal-title { "Dry run" } }
            div.modal-body {
                p.ab-nothing-yet { (icon(Icon::About)) " Nothing was changed. This is what a run would do now." }
                h5 { "Would save: " (words::counted(save.len() as u64, "night")) }
                @if save.is_empty() { p.text-muted { "Every night that is worth it has its copy." } }
                ol.ab-plan-lines {
                    @for item in &save {
                        li {
                            span { (words::night(item.key)) }
                            span { (labels::class_word(item.class)) ": " (item.reason) }
                            span { @if let Some(bytes) = item.bytes.filter(|bytes| *bytes > 0) { (words::size(bytes)) } }
                        }
                    }
                }
                h5 { "Would make room" }
                (plan(&glance, &now))
            }
            div.modal-footer {
                @if glance.is_ok() {
                    (forms::button(&frame, "nights/run", "btn btn-primary", "ab-dry-run-now", html! { "Run now" }))
                }
                a.btn.btn-default href=(frame.url("nights")) data-act="close" { "Close" }
            }
        }
    };
    Ok(layout::page(&frame, &request, "Dry run", body))
}
