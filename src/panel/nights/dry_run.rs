//! Dry run: what the next run would save and delete, without doing any of it.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::html;
use serde_json::json;

use super::preview::{now_on_drive, plan};
use super::{is_for_program, labels, patience, survey};
use crate::panel::desk::{Desk, off_loop};
use crate::panel::icons::{Icon, icon};
use crate::panel::trouble::Trouble;
use crate::panel::{forms, layout, words};
use crate::work::nights::would_save_of;

/// `GET nights/dry-run`; as JSON what `run nights --dry-run --json` says.
pub async fn dry_run(desk: web::Data<Desk>, request: HttpRequest) -> Result<HttpResponse, Trouble> {
    let patience = patience(&desk, &request);
    let (save, glance, now) = off_loop(&desk, move |desk| {
        let glance = now_on_drive(desk);
        let save = would_save_of(&desk.tools(), &survey::nights(desk, patience)?)?;
        Ok((save, glance, (desk.tools().now)()))
    })
    .await?;
    if is_for_program(&desk, &request) {
        return Ok(HttpResponse::Ok().json(json!({ "dry_run": true, "would_save": save, "plan": glance?.plan })));
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
                    (forms::button(&desk, "nights/run", "btn btn-primary", "ab-dry-run-now", html! { "Run now" }))
                }
                a.btn.btn-default href=(desk.url("nights")) data-act="close" { "Close" }
            }
        }
    };
    Ok(layout::page(&desk, &request, "Dry run", body))
}
