//! `healthz`, which says that the program lives and nothing else, and `metrics` for Prometheus.
//!
//! Invariant: nothing here waits for a disk, a host or the camera; what is not known yet is left out.
use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;

use super::status;
use crate::api::metrics::{DestinationFigures, Figures, LastRun, text};
use crate::domain::alert::AlertState;
use crate::domain::job::JobState;
use crate::jobs::scheduled;
use crate::observe::cached::Wanted;
use crate::observe::snapshots::Listed;
use crate::panel::alerts;
use crate::panel::nights;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::{PanelState, off_loop};

/// Jobs that are looked through for those that are not over.
const JOBS: u32 = 100;

/// `GET healthz`, for everybody.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8")).body("ok\n")
}

/// `GET metrics`.
pub async fn metrics(panel: web::Data<PanelState>) -> Result<HttpResponse, HttpError> {
    let figures = off_loop(&panel, figures).await?;
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, kind)).body(text(&figures)))
}

fn figures(panel: &PanelState) -> Result<Figures, HttpError> {
    let tools = panel.tools();
    let observed = panel.observed();
    let mut told = Figures { started_s: seconds(panel.started_at), ..Figures::default() };
    told.last = last_runs(panel)?;
    for (name, place) in observed.destinations.seen(Wanted::Any, Duration::ZERO) {
        let Some(place) = place else { continue };
        let (free_bytes, total_bytes) = (place.free_bytes, place.total_bytes);
        told.destinations.push(DestinationFigures {
            name: name.to_string(),
            is_ready: place.ready,
            free_bytes,
            total_bytes,
        });
    }
    for (host, listed) in observed.snapshots.seen(Wanted::Any, Duration::ZERO) {
        let Listed::Seen(item) = listed else { continue };
        let counts =
            [("hourly", item.snapshots.len()), ("archive", item.archives.len()), ("golden", item.golden.len())];
        for (tier, count) in counts {
            told.snapshots.insert((host.to_string(), tier), count as u64);
        }
    }
    // A camera whose nights cannot be read has none to count.
    for night in nights::items(panel, Duration::ZERO).ok().flatten().unwrap_or_default() {
        let class = night.class.map_or("", |class| class.as_str()).to_owned();
        *told.nights.entry((class, night.state.as_str().to_owned())).or_default() += 1;
    }
    told.alerts = alerts::all(panel)?;
    told.alerts.retain(|alert| alert.state != AlertState::Resolved);
    for job in panel.jobs.history(JOBS)? {
        match job.state {
            JobState::Queued => told.jobs[0] += 1,
            JobState::Running => told.jobs[1] += 1,
            _ => {}
        }
    }
    told.runs = tools.catalog.run_totals()?;
    Ok(told)
}

fn last_runs(panel: &PanelState) -> Result<Vec<LastRun>, HttpError> {
    let tools = panel.tools();
    let good = tools.catalog.last_successes()?;
    let mut all = Vec::new();
    for plan in scheduled(&tools)? {
        let name = plan.plan.to_string();
        let run = panel.jobs.runs(Some(&plan.plan), 1)?.pop();
        let duration = run.as_ref().and_then(|run| Some(seconds(run.ended_at?) - seconds(run.started_at?)));
        let is_over = run.as_ref().filter(|run| run.state.is_over());
        all.push(LastRun {
            success_s: good.iter().find(|(plan, _)| *plan == name).map(|(_, at)| seconds(*at)),
            is_good: is_over.map(|run| !run.state.is_bad() || run.state == JobState::Warning),
            duration_s: duration,
            plan: name,
            host: String::new(),
        });
    }
    for (host, last) in status::hosts(panel)? {
        let took = last.started.zip(last.finished).map(|(from, to)| seconds(to) - seconds(from));
        let is_good = (last.status != "running").then_some(last.status == "ok");
        let success_s = last.finished.filter(|_| last.status == "ok").map(seconds);
        all.push(LastRun { plan: String::new(), host, success_s, is_good, duration_s: took });
    }
    Ok(all)
}

fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}
