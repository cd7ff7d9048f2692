//! The page "Plans": everything that runs by itself, a card for each.
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Zoned;
use maud::{Markup, html};

use super::card;
use crate::api::list::Items;
use crate::domain::alert::Alert;
use crate::domain::job::Job;
use crate::domain::run::Run;
use crate::jobs::{Gauge, Scheduled, scheduled};
use crate::panel::alerts;
use crate::panel::parts::error_page;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::room;
use crate::panel::parts::room::{Live, Room};
use crate::panel::state::{PanelState, off_loop};

/// Jobs that are looked through for those that are not over.
const HISTORY: u32 = 100;
/// Runs of a plan in its last thirty days; one that runs every hour has that many.
const RUNS: u32 = 800;

/// What the page shows, read at one moment.
struct Plans {
    /// Each with its runs, newest first.
    plans: Vec<(Scheduled, Vec<Run>)>,
    alerts: Vec<Alert>,
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
            plans: scheduled(&panel.tools())?
                .into_iter()
                .map(|plan| panel.jobs.runs(Some(&plan.plan), RUNS).map(|runs| (plan, runs)))
                .collect::<Result<_, _>>()?,
            alerts: alerts::shown(panel)?,
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
    if error_page::is_for_program(&panel, &request) {
        let items: Vec<&Scheduled> = plans.plans.iter().map(|(plan, _)| plan).collect();
        return Ok(HttpResponse::Ok().json(Items::all(items)));
    }
    Ok(room::answer(&frame, &request, Room::Plans, body(&frame, &plans)))
}

fn body(frame: &Frame, plans: &Plans) -> Markup {
    let add = html! {
        a.btn.btn-primary #ab-new-plan href=(frame.url("plans/new")) { (icon(Icon::Plus)) " New plan" }
    };
    let inside = html! {
        section #ab-plans-told {
            p.text-muted {
                "Backups that are made by themselves while this program runs. A turn that was missed is caught up once. "
                "Never deleted: the newest, and what is pinned, not verified, made by hand or uploaded."
            }
        }
        section #ab-plans.ab-cards aria-label="Plans" {
            @for (plan, runs) in &plans.plans { (card::draw(frame, plan, runs, &plans.now)) }
        }
    };
    let live = Live {
        address: frame.url("plans"),
        event: plans.event,
        alerts: &plans.alerts,
        jobs: &plans.jobs,
        gauges: &plans.gauges,
    };
    room::draw(frame, Room::Plans, &add, &live, &inside)
}
