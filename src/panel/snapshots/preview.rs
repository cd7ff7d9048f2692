//! What the rules of a host would let go, and why everything else stays.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::patience::{PATIENCE, within};
use crate::api::dry_run::{DryRun, Previews};
use crate::domain::host::settings::HostName;
use crate::domain::retention::decision::Fate;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{error_page, forms, layout, words};
use crate::panel::state::{PanelState, off_loop};
use crate::work::snapshot::prune::{Line, Preview, would_prune};

/// `GET snapshots/HOST/preview`; as JSON what `snapshots prune HOST --dry-run --json` says.
pub async fn preview(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    host: web::Path<HostName>,
) -> Result<HttpResponse, HttpError> {
    let host = host.into_inner();
    let own = host.clone();
    let looked = off_loop(&panel, move |panel| Ok(would_prune(&panel.tools(), &own)?));
    let preview = within(PATIENCE, looked).await?;
    if error_page::is_for_program(&panel, &request) {
        return Ok(HttpResponse::Ok().json(DryRun::of(Previews { items: [preview] })));
    }
    let going = preview.going().count() as u64;
    let others = preview.others_going().count() as u64;
    let body = html! {
        div.ab-dry-run {
            div.modal-header { h4.modal-title { "Dry run of the snapshots of " (host) } }
            div.modal-body {
                p.ab-nothing-yet { (icon(Icon::About)) " Nothing was changed." }
                h5 { @if going + others == 0 { "Everything stays." } @else { (words::counted(going, "snapshot")) @if others > 0 { " and " (words::count(others)) " archives or golden months" } " would go" } }
                (others_of(&preview, Fate::Drop))
                (lines(&preview, Fate::Drop))
                details.ab-listed open[going + others == 0] {
                    summary { "Stays (" ((preview.lines.len() + preview.others.len()) as u64 - going - others) ")" }
                    (others_of(&preview, Fate::Keep))
                    (lines(&preview, Fate::Keep))
                }
            }
            div.modal-footer {
                @if going + others > 0 {
                    (forms::button(&frame, &format!("snapshots/{host}/prune"), "btn btn-danger", "ab-prune-now", html! { "Let them go" }))
                }
                a.btn.btn-default href=(frame.url("snapshots")) data-act="close" { "Close" }
            }
        }
    };
    Ok(layout::page(&frame, &request, "Dry run", body))
}

fn lines(preview: &Preview, fate: Fate) -> Markup {
    let lines: Vec<&Line> = preview.lines.iter().rev().filter(|line| line.action == fate).collect();
    html! {
        @if !lines.is_empty() {
            ul.list-group.ab-findings {
                @for line in lines { li.list-group-item { (line.snapshot) p.ab-small { (line.why) } } }
            }
        }
    }
}

fn others_of(preview: &Preview, fate: Fate) -> Markup {
    let lines: Vec<_> = preview.others.iter().rev().filter(|line| line.action == fate).collect();
    html! {
        @if !lines.is_empty() {
            ul.list-group.ab-findings {
                @for line in lines { li.list-group-item { (line.thing) ", " (words::size(line.bytes)) p.ab-small { (line.why) } } }
            }
        }
    }
}
