//! The page "Hosts": a card for each host, and the form that adds another machine.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::view::View;
use super::{card, form};
use crate::panel::api::paging::{Page, paged};
use crate::panel::parts::error_page;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::room;
use crate::panel::parts::room::{Live, Room};
use crate::panel::state::{PanelState, off_loop};
use crate::work::hosts::list;

/// `GET hosts`; as JSON the items of the terminal's `hosts list --json`.
pub async fn hosts(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    if error_page::is_for_program(&panel, &request) {
        return listed(panel, request).await;
    }
    let view = off_loop(&panel, View::read).await?;
    Ok(room::answer(&frame, &request, Room::Hosts, body(&frame, &view)))
}

/// `GET api/hosts`.
pub async fn listed(panel: web::Data<PanelState>, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let page = Page::of("hosts", request.query_string())?;
    let items = off_loop(&panel, |panel| Ok(list::list(&panel.tools()))).await?;
    Ok(HttpResponse::Ok().json(paged(items, &page, |host| host.host.to_string())?))
}

fn body(frame: &Frame, view: &View) -> Markup {
    let inside = html! {
        section #ab-hosts-told {
            p.text-muted { "Machines that snapshots are taken of. This one is asked directly, others over ssh with a key that may only read." }
        }
        section #ab-hosts.ab-cards aria-label="Hosts" {
            @for shown in &view.hosts { (card::draw(frame, shown, &view.now)) }
            @for (name, asked) in &view.asked { (form::asked(frame, name, asked)) }
        }
        section #ab-add-host aria-label="Add a host" { (form::draw(frame, view.destinations)) }
    };
    let live = Live {
        address: frame.url("hosts"),
        event: view.event,
        jobs: &view.jobs,
        gauges: &view.gauges,
        alerts: &view.alerts,
    };
    room::draw(frame, Room::Hosts, &html! {}, &live, &inside)
}
