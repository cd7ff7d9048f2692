//! The page "Plans": everything that runs by itself, a card for each.
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Zoned;
use maud::{Markup, html};
use serde_json::json;

use super::card;
use crate::domain::job::Job;
use crate::jobs::{Gauge, Scheduled, scheduled};
use crate::panel::frame::Frame;
use crate::panel::http_error::HttpError;
use crate::panel::icons::{Icon, icon};
use crate::panel::state::{PanelState, off_loop};
use crate::panel::{error_page, job_page, layout};

/// Jobs that are looked through for runs.
const HISTORY: u32 = 300;

/// What the page shows, read at one moment.
struct Plans {
    plans: Vec<Scheduled>,
    jobs: Vec<Job>,
    gauges: Vec<Gauge>,
    now: Zoned,
    /// The newest event that is contained in all this.
    event: i64,
}

impl Plans {
    /// Events are counted first: what happens while we read is told again, never missed.
    fn read(panel: &PanelState) -> Result<Plans, HttpError> {
        let event = panel.tools().catalog.newest_event()?;
        Ok(Plans {
            plans: scheduled(&panel.tools())?,
            jobs: panel.jobs.history(HISTORY)?,
            gauges: panel.jobs.newest_gauges(),
            now: (panel.tools().now)(),
            event,
        })
    }
}

/// `GET plans`; as JSON the same as the terminal's `plans list --json`.
pub async fn plans(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    let plans = off_loop(&panel, Plans::read).await?;
    let is_fragment = layout::is_fragment(&request);
    if error_page::wants_json(&panel, &request) && !is_fragment {
        return Ok(HttpResponse::Ok().json(json!({ "items": plans.plans })));
    }
    let inside = body(&frame, &plans);
    Ok(layout::html_answer(if is_fragment { inside } else { layout::show(&frame, "Plans", inside) }))
}

fn body(frame: &Frame, plans: &Plans) -> Markup {
    html! {
        div.panel.panel-default.ab-page {
            div.panel-heading {
                div.ab-heading {
                    h3.panel-title { "Plans" }
                    div.ab-heading-buttons {
                        a.btn.btn-default href=(frame.url("")) data-room="backups" { (icon(Icon::Archive)) " Backups" }
                        a.btn.btn-default href=(frame.url("nights")) data-room="nights" { (icon(Icon::Moon)) " Nights" }
                        a.btn.btn-default href=(frame.url("destinations")) data-room="destinations" { (icon(Icon::Drive)) " Destinations" }
                        a.btn.btn-primary #ab-new-plan href=(frame.url("plans/new")) { (icon(Icon::Plus)) " New plan" }
                    }
                }
            }
            div.panel-body { (board(frame, plans)) }
        }
        div.sr-only #ab-say role="status" aria-live="polite" {}
    }
}

/// Everything that changes; scripts fetch it again when something has happened.
fn board(frame: &Frame, plans: &Plans) -> Markup {
    html! {
        div #ab-board data-event=(plans.event) data-address=(frame.url("plans")) {
            section #ab-plans-running aria-label="Running work" {
                @for job in plans.jobs.iter().filter(|job| !job.state.is_over()) {
                    (job_page::banner(frame, job, plans.gauges.iter().find(|gauge| gauge.job == job.id)))
                }
            }
            section #ab-plans-told {
                p.text-muted {
                    "Backups that are made by themselves while this program runs. A turn that was missed is caught up once. "
                    "Never deleted: the newest, and what is pinned, not verified, made by hand or uploaded."
                }
            }
            section #ab-plans.ab-cards aria-label="Plans" {
                @for plan in &plans.plans { (card::draw(frame, plan, &plans.jobs, &plans.now)) }
            }
        }
    }
}
