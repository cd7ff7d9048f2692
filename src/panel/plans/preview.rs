//! Dry run of a plan: what its rules would delete, and why everything else stays.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use crate::api::dry_run::{DryRun, Previews};
use crate::domain::plan::name::PlanName;
use crate::domain::plan::sentence::sentence;
use crate::domain::retention::decision::Fate;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{error_page, forms, layout, words};
use crate::panel::state::{PanelState, off_loop};
use crate::work::plan;
use crate::work::prune::{Line, Preview, would_prune};

/// `GET plans/NAME/preview`; as JSON what `prune --plan NAME --dry-run --json` says.
pub async fn preview(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    name: web::Path<PlanName>,
) -> Result<HttpResponse, HttpError> {
    let name = name.into_inner();
    let (told, previews, now) = off_loop(&panel, {
        let name = name.clone();
        move |panel| {
            let tools = panel.tools();
            let plan = plan::named(&tools, &name)?;
            Ok((sentence(plan), would_prune(&tools, plan)?, (tools.now)()))
        }
    })
    .await?;
    if error_page::is_for_program(&panel, &request) {
        return Ok(HttpResponse::Ok().json(DryRun::of(Previews { items: previews })));
    }
    let body = html! {
        div.ab-dry-run {
            div.modal-header { h4.modal-title { "Dry run of " (name) } }
            div.modal-body {
                p.ab-nothing-yet { (icon(Icon::About)) " Nothing was changed." }
                p { (told) }
                @for preview in &previews { (of_kind(preview, &now)) }
            }
            div.modal-footer {
                (forms::button(&frame, &format!("plans/{name}/run"), "btn btn-primary", "ab-dry-run-now", html! { "Run now" }))
                a.btn.btn-default href=(frame.url("plans")) data-act="close" { "Close" }
            }
        }
    };
    Ok(layout::page(&frame, &request, "Dry run", body))
}

fn of_kind(preview: &Preview, now: &jiff::Zoned) -> Markup {
    let going: Vec<&Line> = preview.going().collect();
    html! {
        h5 { "A run makes a new " (preview.kind) " backup, and would then delete " (words::counted(going.len() as u64, "backup")) }
        @if going.is_empty() { p.text-muted { "Everything stays." } }
        @else {
            p.text-muted { (words::size(preview.bytes)) " would become free." }
            (lines(going.into_iter(), now))
        }
        @let staying: Vec<&Line> = preview.lines.iter().filter(|line| line.action == Fate::Keep).collect();
        @if !staying.is_empty() {
            details.ab-listed open[preview.going().next().is_none()] {
                summary { "Stays (" (staying.len()) ")" }
                (lines(staying.into_iter(), now))
            }
        }
    }
}

fn lines<'a>(lines: impl Iterator<Item = &'a Line>, now: &jiff::Zoned) -> Markup {
    html! {
        ol.ab-plan-lines {
            @for line in lines {
                li {
                    span { (words::moment(&line.created, now)) }
                    span { (line.why) }
                    span { (words::size(line.bytes)) }
                }
            }
        }
    }
}
