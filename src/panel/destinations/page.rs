//! The page "Destinations": a card for each place that backups are kept in, and the drives that can be added.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::view::{PATIENCE, PATIENT, View};
use super::{card, chooser};
use crate::panel::api::paging::{Page, paged};
use crate::panel::parts::error_page;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::room;
use crate::panel::parts::room::{Live, Room};
use crate::panel::state::{PanelState, off_loop};
use crate::work::destinations::machine;

/// `GET destinations`; as JSON the items of the terminal's `dest list --json`.
pub async fn destinations(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    if error_page::is_for_program(&panel, &request) {
        return listed(panel, request).await;
    }
    let view = off_loop(&panel, |panel| View::read(panel, PATIENCE)).await?;
    Ok(room::answer(&frame, &request, Room::Destinations, body(&frame, &view)))
}

/// `GET api/destinations`.
pub async fn listed(panel: web::Data<PanelState>, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let page = Page::of("destinations", request.query_string())?;
    let view = off_loop(&panel, |panel| View::read(panel, PATIENT)).await?;
    let items: Vec<_> = view.places.iter().filter_map(|shown| shown.seen.as_ref()).collect();
    Ok(HttpResponse::Ok().json(paged(items, &page, |place| place.name.to_string())?))
}

/// `GET api/drives`: what there is to choose from.
pub async fn drives(panel: web::Data<PanelState>) -> Result<HttpResponse, HttpError> {
    let drives = off_loop(&panel, |panel| Ok(machine::drives(&panel.tools()))).await?;
    Ok(HttpResponse::Ok().json(drives))
}

fn body(frame: &Frame, view: &View) -> Markup {
    let inside = html! {
        section #ab-destinations-told {
            p.text-muted {
                "Where backups are kept. Copies on a drive survive the card of the camera; nights go to the first drive, or to the one that the settings name."
            }
        }
        section #ab-destinations.ab-cards aria-label="Destinations" {
            @for shown in &view.places { (card::draw(frame, shown, &view.now)) }
        }
        section #ab-choose aria-label="Add a drive" { (chooser::draw(frame, &view.drives)) }
    };
    let live = Live {
        address: frame.url("destinations"),
        event: view.event,
        alerts: &view.alerts,
        jobs: &view.jobs,
        gauges: &view.gauges,
    };
    room::draw(frame, Room::Destinations, &html! {}, &live, &inside)
}
