//! `GET dashboard`.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::filter::Filter;
use super::view::View;
use super::{charts, hosts, places, plans, recent};
use crate::panel::jobs::{job_page, run_page};
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::layout::{self, Tab};
use crate::panel::parts::room::{self, Room};
use crate::panel::state::{PanelState, off_loop};
use crate::panel::verdict::{self, Named};

pub async fn dashboard(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    let filter = Filter::parse(request.query_string());
    let view = off_loop(&panel, move |panel| View::read(panel, filter)).await?;
    let body = body(&frame, &view);
    Ok(layout::html_answer(if layout::is_fragment(&request) {
        body
    } else {
        layout::show_as(&frame, &tab(&view), body)
    }))
}

fn tab(view: &View) -> Tab {
    let running = view.running();
    Tab {
        title: verdict::tab_title(&view.verdict, running, Room::Dashboard.title()),
        icon: verdict::tab_icon(&view.verdict, running),
    }
}

fn body(frame: &Frame, view: &View) -> Markup {
    let create = html! {
        a.btn.btn-primary #ab-create href=(frame.url("create")) data-dialog="create" { (icon(Icon::Plus)) " Create Backup" }
    };
    html! {
        // Without scripts the page itself looks again.
        noscript { meta http-equiv="refresh" content="10"; }
        div.panel.panel-default.ab-page {
            div.panel-heading { (room::heading(frame, Room::Dashboard, Room::Dashboard.title(), &create)) }
            div.panel-body { (board(frame, view)) }
        }
        div.sr-only #ab-say role="status" aria-live="polite" {}
    }
}

/// Everything that changes; scripts fetch it again from `data-address` when something has happened.
fn board(frame: &Frame, view: &View) -> Markup {
    let address = frame.url(&format!("dashboard{}", view.filter.query()));
    let tab = tab(view);
    html! {
        div #ab-board.ab-dashboard data-event=(view.event) data-address=(address) data-tab=(layout::tab_text(&tab)) data-icon=(layout::tab_icon(frame, &tab)) {
            section #ab-verdict aria-label="Verdict" { (verdict::draw(frame, &view.verdict, Named::All)) }
            section #ab-dashboard-running aria-label="Running work" {
                @for job in run_page::shown(&view.jobs) {
                    (job_page::banner(frame, job, view.gauges.iter().find(|gauge| gauge.job == job.id)))
                }
            }
            section #ab-dashboard-hosts aria-label="Hosts" { (hosts::draw(frame, view)) }
            section #ab-dashboard-plans aria-label="Plans" { (plans::draw(frame, view)) }
            section #ab-dashboard-places aria-label="Destinations" { (places::draw(frame, view)) }
            section #ab-dashboard-charts aria-label="Sizes and durations" { (charts::draw(view)) }
            section #ab-dashboard-recent aria-label="Recent work" { (recent::draw(frame, view)) }
        }
    }
}
