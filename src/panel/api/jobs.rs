//! Jobs and runs, in parts.
use std::fmt::Write as _;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::paging::{Page, paged, parsed, text};
use crate::api::job::JobDetails;
use crate::api::list::Items;
use crate::catalog::{Event, EventKind, JobFilter};
use crate::domain::job::JobId;
use crate::domain::plan::name::PlanName;
use crate::panel::jobs::job_page;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::{PanelState, off_loop};

type Answer = Result<HttpResponse, HttpError>;

/// Runs that are looked through.
const RUNS: u32 = 3000;
/// Lines of a log.
const LINES: u32 = 1000;

/// `GET api/jobs?status=&type=&plan=&host=&since=&limit=&cursor=`, newest first.
pub async fn jobs(panel: web::Data<PanelState>, request: HttpRequest) -> Answer {
    let query = request.query_string();
    let page = Page::of("jobs", query)?;
    let filter = JobFilter {
        state: text(query, "status")?,
        order: text(query, "type")?,
        plan: text(query, "plan")?,
        host: text(query, "host")?,
        since: parsed(query, "since")?,
        newest: None,
    };
    let (behind, limit) = (page.row()?, page.limit);
    let most = u32::try_from(limit + 1).unwrap_or(u32::MAX);
    let mut rows = off_loop(&panel, move |panel| Ok(panel.tools().catalog.jobs_behind(behind, &filter, most)?)).await?;
    let is_last = rows.len() <= limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| !is_last).map(|(row, _)| page.cursor(&row.to_string()));
    let items: Vec<_> = rows.into_iter().map(|(_, job)| job).collect();
    Ok(HttpResponse::Ok().json(Items::part(items, next)))
}

/// `GET api/jobs/ID`.
pub async fn job(panel: web::Data<PanelState>, id: web::Path<JobId>) -> Answer {
    let (job, gauge, steps) = off_loop(&panel, move |panel| job_page::read(panel, *id)).await?;
    Ok(HttpResponse::Ok().json(JobDetails { job: Some(&job), gauge: gauge.as_ref(), steps: &steps }))
}

/// `GET api/jobs/ID/log?tail=`: what happened in it, a line for each.
pub async fn log(panel: web::Data<PanelState>, request: HttpRequest, id: web::Path<JobId>) -> Answer {
    let lines = parsed::<u32>(request.query_string(), "tail")?.unwrap_or(LINES).clamp(1, LINES);
    let id = id.into_inner();
    let events = off_loop(&panel, move |panel| {
        job_page::read(panel, id)?;
        Ok(panel.tools().catalog.last_events(id, lines)?)
    })
    .await?;
    let mut text = String::new();
    events.iter().for_each(|event| line(event, &mut text));
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8")).body(text))
}

fn line(event: &Event, text: &mut String) {
    let words = match &event.kind {
        EventKind::State { state } => state.word().to_owned(),
        EventKind::Stage { stage } => stage.label().to_owned(),
        EventKind::Warning { text } => format!("warning: {}", text.replace(char::is_control, " ")),
        EventKind::Cancelling => "cancelling".to_owned(),
        _ => return,
    };
    // A text takes everything.
    let _ = writeln!(text, "{} {words}", event.at);
}

/// `GET api/runs?plan=&limit=&cursor=`, newest first.
pub async fn runs(panel: web::Data<PanelState>, request: HttpRequest) -> Answer {
    let page = Page::of("runs", request.query_string())?;
    let plan: Option<PlanName> = parsed(request.query_string(), "plan")?;
    let runs = off_loop(&panel, move |panel| Ok(panel.jobs.runs(plan.as_ref(), RUNS)?)).await?;
    Ok(HttpResponse::Ok().json(paged(runs, &page, |run| run.id.to_string())?))
}
