//! The page "Destinations": a card for each place that backups are kept in, and the drives that can be added.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};
use serde_json::json;

use super::view::{PATIENCE, PATIENT, View};
use super::{card, chooser};
use crate::panel::frame::Frame;
use crate::panel::http_error::HttpError;
use crate::panel::icons::{Icon, icon};
use crate::panel::state::{PanelState, off_loop};
use crate::panel::{error_page, job_page, layout};
use crate::work::destinations::machine;

/// `GET destinations`; as JSON the items of the terminal's `dest list --json`.
pub async fn destinations(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    let is_fragment = layout::is_fragment(&request);
    if error_page::wants_json(&panel, &request) && !is_fragment {
        return listed(panel).await;
    }
    let view = off_loop(&panel, |panel| View::read(panel, PATIENCE)).await?;
    let inside = body(&frame, &view);
    Ok(layout::html_answer(if is_fragment { inside } else { layout::show(&frame, "Destinations", inside) }))
}

/// `GET api/destinations`.
pub async fn listed(panel: web::Data<PanelState>) -> Result<HttpResponse, HttpError> {
    let view = off_loop(&panel, |panel| View::read(panel, PATIENT)).await?;
    let items: Vec<_> = view.places.iter().filter_map(|shown| shown.seen.as_ref()).collect();
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `GET api/drives`: what there is to choose from.
pub async fn drives(panel: web::Data<PanelState>) -> Result<HttpResponse, HttpError> {
    let drives = off_loop(&panel, |panel| Ok(machine::drives(&panel.tools()))).await?;
    Ok(HttpResponse::Ok().json(drives))
}

fn body(frame: &Frame, view: &View) -> Markup {
    html! {
        div.panel.panel-default.ab-page {
            div.panel-heading {
                div.ab-heading {
                    h3.panel-title { "Destinations" }
                    div.ab-heading-buttons {
                        a.btn.btn-default href=(frame.url("")) data-room="backups" { (icon(Icon::Archive)) " Backups" }
                        a.btn.btn-default href=(frame.url("nights")) data-room="nights" { (icon(Icon::Moon)) " Nights" }
                        a.btn.btn-default href=(frame.url("plans")) data-room="plans" { (icon(Icon::Clock)) " Plans" }
                        a.btn.btn-default href=(frame.url("snapshots")) data-room="snapshots" { (icon(Icon::Camera)) " Snapshots" }
                        a.btn.btn-default href=(frame.url("settings")) { (icon(Icon::Gear)) " Settings" }
                    }
                }
            }
            div.panel-body { (board(frame, view)) }
        }
        div.sr-only #ab-say role="status" aria-live="polite" {}
    }
}

/// Everything that changes; scripts fetch it again when something has happened.
fn board(frame: &Frame, view: &View) -> Markup {
    html! {
        div #ab-board data-event=(view.event) data-address=(frame.url("destinations")) {
            section #ab-destinations-running aria-label="Running work" {
                @for job in view.jobs.iter().filter(|job| !job.state.is_over()) {
                    (job_page::banner(frame, job, view.gauges.iter().find(|gauge| gauge.job == job.id)))
                }
            }
            section #ab-destinations-told {
                p.text-muted {
                    "Where backups are kept. Copies on a drive survive the card of the camera; nights go to the first drive, or to the one that the settings name."
                }
            }
            section #ab-destinations.ab-cards aria-label="Destinations" {
                @for shown in &view.places { (card::draw(frame, shown, &view.now)) }
            }
            section #ab-choose aria-label="Add a drive" { (chooser::draw(frame, &view.drives)) }
        }
    }
}
