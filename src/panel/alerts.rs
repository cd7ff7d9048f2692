//! Alerts on every page: what is wrong until its cause is gone, each with a button that says "I have seen it".
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::state::{PanelState, off_loop};
use crate::api::mark::Acknowledged;
use crate::domain::alert::{Alert, AlertKind, AlertState};
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{error_page, forms};

/// Alerts in one answer.
const MOST: u32 = 500;

/// Those that are not over, then the newest of the others.
pub fn all(panel: &PanelState) -> Result<Vec<Alert>, HttpError> {
    Ok(panel.tools().catalog.alerts(MOST)?)
}

/// Those that a page shows: one disk has a place of its own, with what to do.
pub fn shown(panel: &PanelState) -> Result<Vec<Alert>, HttpError> {
    let mut alerts = panel.tools().catalog.alerts(MOST)?;
    alerts.retain(|alert| alert.state != AlertState::Resolved && alert.kind != AlertKind::OneDisk);
    Ok(alerts)
}

pub fn draw(frame: &Frame, alerts: &[Alert]) -> Markup {
    let (open, seen): (Vec<&Alert>, Vec<&Alert>) = alerts.iter().partition(|alert| alert.state == AlertState::Open);
    html! {
        section #ab-alerts aria-label="Alerts" {
            @for alert in open {
                div.alert.alert-warning.ab-alert role="alert" data-alert=(alert.id) {
                    p { (icon(Icon::Warning)) " " (alert.detail) "." }
                    form.ab-form method="post" action=(frame.url(&format!("alerts/{}/ack", alert.id))) data-send="mark" {
                        (forms::token(frame))
                        button.btn.btn-default.btn-sm #(format!("ab-ack-{}", alert.id)) type="submit" { (icon(Icon::Check)) " Acknowledge" }
                    }
                }
            }
            @if !seen.is_empty() {
                details.ab-listed #ab-alerts-seen {
                    summary { (crate::panel::parts::words::counted(seen.len() as u64, "acknowledged alert")) }
                    ul { @for alert in seen { li { (alert.detail) "." } } }
                }
            }
        }
    }
}

/// `POST alerts/ID/ack`.
pub async fn acknowledge(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    id: web::Path<i64>,
) -> Result<HttpResponse, HttpError> {
    let id = id.into_inner();
    let done = off_loop(&panel, move |panel| {
        let tools = panel.tools();
        Ok(tools.catalog.acknowledge(id, (tools.now)().timestamp())?)
    })
    .await?;
    panel.jobs.pass_on();
    if error_page::wants_json(&panel, &request) {
        return Ok(HttpResponse::Ok().json(Acknowledged { alert: id, acknowledged: done }));
    }
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, panel.url(""))).finish())
}
