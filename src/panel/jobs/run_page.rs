//! One run of a plan: each of its jobs with how it stands, and one press that cancels them all.
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Zoned;
use maud::{Markup, PreEscaped, html};

use super::logs::{self, LogEnd};
use crate::api::job::{RunCancelled, RunDetails};
use crate::domain::job::{Job, JobState, Trigger};
use crate::domain::run::Run;
use crate::domain::run_id::RunId;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{error_page, forms, layout, words};
use crate::panel::state::{PanelState, off_loop};
use crate::work::outcome::Outcome;

/// `GET run/ID`.
pub async fn run(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    id: web::Path<RunId>,
) -> Result<HttpResponse, HttpError> {
    let (run, jobs, now) = off_loop(&panel, move |panel| {
        let (run, jobs, now) = read(panel, *id)?;
        let jobs = jobs.into_iter().map(|job| (logs::of_job(panel, job.id), job)).collect::<Vec<_>>();
        Ok((run, jobs, now))
    })
    .await?;
    let mut body = draw(&frame, &run, &jobs, &now);
    if !layout::is_fragment(&request) && !run.state.is_over() {
        // Without scripts the page itself looks again.
        body = html! { noscript { (PreEscaped(r#"<meta http-equiv="refresh" content="2">"#)) } (body) };
    }
    Ok(layout::page(&frame, &request, &title(&run), body))
}

/// `GET api/runs/ID`.
pub async fn one(panel: web::Data<PanelState>, id: web::Path<RunId>) -> Result<HttpResponse, HttpError> {
    let (run, jobs, _) = off_loop(&panel, move |panel| read(panel, *id)).await?;
    Ok(HttpResponse::Ok().json(RunDetails { run: Some(&run), jobs: &jobs }))
}

/// `POST run/ID/cancel`.
pub async fn cancel(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    id: web::Path<RunId>,
) -> Result<HttpResponse, HttpError> {
    let id = id.into_inner();
    let cancelled = off_loop(&panel, move |panel| Ok(panel.jobs.cancel_run(id)?)).await?;
    if error_page::wants_json(&panel, &request) {
        return Ok(HttpResponse::Accepted().json(RunCancelled { run: id, cancelled }));
    }
    let place = panel.url(&format!("run/{id}"));
    Ok(HttpResponse::SeeOther().insert_header((actix_web::http::header::LOCATION, place)).finish())
}

fn read(panel: &PanelState, id: RunId) -> Result<(Run, Vec<Job>, Zoned), HttpError> {
    let run = panel.jobs.run_of(id)?.ok_or_else(|| HttpError::not_found("There is no such run"))?;
    Ok((run, panel.jobs.jobs_of_run(id)?, (panel.tools().now)()))
}

fn title(run: &Run) -> String {
    format!("Run of plan {}", run.plan)
}

fn draw(frame: &Frame, run: &Run, jobs: &[(Vec<LogEnd>, Job)], now: &Zoned) -> Markup {
    html! {
        div.ab-job data-run=(run.id) data-state=(run.state.word()) {
            div.modal-header {
                h4.modal-title { (title(run)) }
                div.ab-job-state role="status" aria-live="polite" { (words::job_state(run.state)) }
            }
            div.modal-body {
                dl.ab-facts {
                    dt { "Begun" } dd { (words::lately_stamp(run.started_at.unwrap_or(run.queued_at), now)) ", " (by(run.trigger)) }
                    @if let Some(slot) = run.slot { dt { "Turn of" } dd { (words::lately_stamp(slot, now)) } }
                    @if let (Some(from), Some(to)) = (run.started_at, run.ended_at)
                        && let Some(span) = words::duration(from, to) { dt { "Took" } dd { (span) } }
                }
                @if jobs.is_empty() { p.text-muted { "What it did is older than the history." } }
                ul.list-group.ab-recent { @for (logs, job) in jobs { (line(frame, job, logs)) } }
            }
            div.modal-footer {
                @if !run.state.is_over() {
                    span.ab-footer-note { "You may close this: the work goes on." }
                    (forms::button(frame, &format!("run/{}/cancel", run.id), "btn btn-danger", "ab-cancel", html! { "Cancel all" }))
                }
                a.btn.btn-default href=(frame.url("plans")) data-act="close" { "Close" }
            }
        }
    }
}

fn by(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Hand => "by hand",
        Trigger::Schedule => "in its turn",
        Trigger::CatchUp => "to catch up",
    }
}

fn line(frame: &Frame, job: &Job, logs: &[LogEnd]) -> Markup {
    let kept = job.result.as_ref().and_then(|kept| Outcome::recall(&job.order, kept));
    html! {
        li.list-group-item data-job=(job.id) {
            div.ab-recent-line {
                (words::job_state(job.state))
                a.ab-recent-title #(format!("ab-part-{}", job.id)) href=(frame.url(&format!("job/{}", job.id))) data-dialog="job" { (job.order.title()) }
                @if let (Some(from), Some(to)) = (job.started_at, job.ended_at)
                    && let Some(span) = words::duration(from, to) { span.ab-recent-when.text-muted { (span) } }
            }
            @if let (Some(from), Some(to)) = (&job.way.from, &job.way.to) {
                @if from != to { p.ab-small.text-muted.ab-break { (from) " → " (to) } }
            }
            @if let Some(Outcome::LeftOut(part)) = &kept { p.ab-small.text-muted { "Left out, because " (part.left_out) "." } }
            @if let Some(failure) = &job.failure {
                @if job.state != JobState::Cancelled { p.ab-recent-failure { (failure.message) "." } }
            }
            (logs::draw(job, logs))
        }
    }
}

/// On the page of a job: the way to the run that it is a part of.
pub fn way(frame: &Frame, job: &Job) -> Markup {
    html! {
        @if let Some(run) = job.run {
            p.ab-small {
                a #ab-to-run href=(frame.url(&format!("run/{run}"))) data-swap="dialog" { (icon(Icon::Clock)) " The whole run of its plan" }
            }
        }
    }
}

/// Jobs that are told of on a page: what runs, and of what waits the next of each run.
pub fn shown(jobs: &[Job]) -> impl Iterator<Item = &Job> {
    let begun = |job: &Job| job.state == JobState::Running;
    let is_next = move |job: &Job| {
        // Newest first: of jobs of one run, the one that is done first comes last.
        let mut open = jobs.iter().filter(|one| !one.state.is_over() && one.run == job.run);
        job.run.is_none() || open.next_back().is_some_and(|one| one.id == job.id)
    };
    jobs.iter().filter(move |job| begun(job) || (job.state == JobState::Queued && is_next(job)))
}
