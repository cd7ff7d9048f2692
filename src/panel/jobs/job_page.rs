//! One job: the whole staircase of its stages, how far it is, what it warned of, how it ended. The
//! same on its own page, in the progress dialog, and as a banner above the table.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, PreEscaped, html};

use super::logs::{self, LogEnd};
use super::{job_result, recent_work, run_page};
use crate::domain::job::{Job, JobId, JobState};
use crate::domain::monitor::Stage;
use crate::domain::order::{ArchiveOrder, Order};
use crate::domain::recorded_step::{RecordedStep, by_stage};
use crate::jobs::Gauge;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, layout, words};
use crate::panel::state::{PanelState, off_loop};

/// `GET job/ID`.
pub async fn job(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    id: web::Path<JobId>,
) -> Result<HttpResponse, HttpError> {
    let id = id.into_inner();
    let ((job, gauge, steps), logs) =
        off_loop(&panel, move |panel| Ok((read(panel, id)?, logs::of_job(panel, id)))).await?;
    let told = Told { steps: &steps, logs: &logs };
    let mut body = draw(&panel, &frame, &job, gauge.as_ref(), &told);
    if !layout::is_fragment(&request) && !job.state.is_over() {
        // Without scripts the page itself looks again.
        body = html! { noscript { (PreEscaped(r#"<meta http-equiv="refresh" content="2">"#)) } (body) };
    }
    Ok(layout::page(&frame, &request, &job.order.title(), body))
}

/// The job, how far it is now, and the steps that it has done.
pub fn read(panel: &PanelState, id: JobId) -> Result<(Job, Option<Gauge>, Vec<RecordedStep>), HttpError> {
    let job = panel.jobs.job(id)?.ok_or_else(|| HttpError::not_found("There is no such job"))?;
    let gauge = panel.jobs.newest_gauges().into_iter().find(|gauge| gauge.job == id);
    Ok((job, gauge, panel.tools().catalog.steps(id)?))
}

/// What a job has done and said so far.
struct Told<'a> {
    steps: &'a [RecordedStep],
    logs: &'a [LogEnd],
}

fn draw(panel: &PanelState, frame: &Frame, job: &Job, gauge: Option<&Gauge>, told: &Told<'_>) -> Markup {
    html! {
        div.ab-job data-job=(job.id) data-state=(job.state.word()) {
            div.modal-header {
                h4.modal-title { (job.order.title()) }
                div.ab-job-state role="status" aria-live="polite" { (words::job_state(job.state)) }
            }
            div.modal-body {
                @if let Some(failure) = &job.failure {
                    div.alert.alert-danger role="alert" {
                        strong { (failure.message) "." }
                        @if !failure.advice.is_empty() { " " (failure.advice) }
                    }
                }
                (note(job))
                (staircase(job, told.steps))
                @if job.state == JobState::Running { (bar(job, gauge)) }
                (recent_work::warnings(job, &format!("job-warnings-{}", job.id)))
                (logs::draw(job, told.logs))
                (job_result::draw(panel, frame, job))
                (run_page::way(frame, job))
            }
            div.modal-footer {
                @if job.cancelling {
                    span.ab-footer-note { (cancelling(panel, job)) }
                } @else if !job.state.is_over() {
                    span.ab-footer-note { "You may close this: the work goes on." }
                    (forms::button(frame, &format!("job/{}/cancel", job.id), "btn btn-danger", "ab-cancel", html! { "Cancel" }))
                }
                a.btn.btn-default href=(frame.url("")) data-act="close" { "Close" }
            }
        }
    }
}

/// One line above the table while the job waits or runs.
pub fn banner(frame: &Frame, job: &Job, gauge: Option<&Gauge>) -> Markup {
    html! {
        div.ab-banner data-job=(job.id) data-state=(job.state.word()) {
            div.ab-banner-line {
                (words::job_state(job.state))
                strong { (job.order.title()) }
                @if job.state == JobState::Running
                    && let Some(stage) = running_stage(job) { span.text-muted { (stage.label()) } }
                a.btn.btn-default.btn-sm #{"progress-" (job.id)} href=(frame.url(&format!("job/{}", job.id))) data-dialog="job" {
                    "Show Progress"
                }
            }
            @if job.state == JobState::Running { (bar(job, gauge)) }
        }
    }
}

fn cancelling(panel: &PanelState, job: &Job) -> String {
    match panel.jobs.protected(job.id) {
        Some(what) => format!("Cancelling, as soon as {what}."),
        None => "Cancelling …".to_owned(),
    }
}

fn note(job: &Job) -> Markup {
    html! {
        @if let (Order::Archive(ArchiveOrder::CreateImages { .. }), JobState::Queued | JobState::Running) = (&job.order, job.state) {
            p.text-muted { "Many nights take their time. The camera goes on taking pictures meanwhile." }
        }
        @if job.state == JobState::Queued { p.text-muted { "This waits until the work before it is done." } }
    }
}

fn running_stage(job: &Job) -> Option<Stage> {
    job.stages.get(job.stage?).copied()
}

fn staircase(job: &Job, steps: &[RecordedStep]) -> Markup {
    let records = by_stage(&job.stages, steps);
    html! {
        ol.list-group.ab-stages aria-label="Stages" {
            @for (place, (stage, record)) in job.stages.iter().zip(records).enumerate() {
                @let (class, sign, word) = step(job, place);
                li.list-group-item.(class) {
                    (icon(sign)) span.ab-stage-name { (stage.label()) }
                    span.ab-stage-word {
                        @if let Some(record) = record {
                            @if !record.warnings.is_empty() { (words::counted(record.warnings.len() as u64, "warning")) ", " }
                            @if let Some(end) = record.ended_at
                                && let Some(span) = words::duration(record.started_at, end) { (span) ", " }
                        }
                        (word)
                    }
                }
            }
        }
    }
}

fn step(job: &Job, place: usize) -> (&'static str, Icon, &'static str) {
    let at = job.stage.unwrap_or(0);
    let begun = job.stage.is_some();
    match job.state {
        JobState::Success | JobState::Warning => ("ab-done", Icon::Check, "done"),
        JobState::Skipped => ("ab-waiting", Icon::Circle, "not needed"),
        _ if begun && place < at => ("ab-done", Icon::Check, "done"),
        JobState::Running if begun && place == at => ("ab-now", Icon::Spinner, "now"),
        JobState::Failed if place == at => ("ab-failed", Icon::Cross, "failed here"),
        JobState::Cancelled if begun && place == at => ("ab-stopped", Icon::Stop, "cancelled here"),
        JobState::Interrupted if begun && place == at => ("ab-stopped", Icon::Broken, "interrupted here"),
        JobState::Queued | JobState::Running => ("ab-waiting", Icon::Circle, "waiting"),
        _ => ("ab-waiting", Icon::Circle, "not reached"),
    }
}

/// The gauge of the stage that runs. Scripts move it; its first position is in `data-percent`.
fn bar(job: &Job, gauge: Option<&Gauge>) -> Markup {
    let percent = gauge.and_then(percent);
    let label = running_stage(job).map_or("Progress", Stage::label);
    html! {
        div.ab-gauge data-gauge=(job.id) {
            div.progress {
                div.progress-bar.progress-bar-striped.active role="progressbar" aria-label=(label) aria-valuemin="0"
                    aria-valuemax="100" aria-valuenow=[percent] data-percent=[percent] {}
            }
            p.ab-gauge-text {
                strong data-part="percent" { @if let Some(percent) = percent { (percent) " %" } }
                span data-part="bytes" { @if let Some(gauge) = gauge { (amounts(gauge)) } }
                span data-part="speed" { @if let Some(speed) = gauge.and_then(|gauge| gauge.speed) { (words::size(speed)) "/s" } }
                span data-part="left" { @if let Some(left) = gauge.and_then(|gauge| gauge.left_s) { (words::time_left(left)) } }
            }
            p.ab-gauge-now data-part="now" { @if let Some(gauge) = gauge { (gauge.progress.now) } }
        }
    }
}

/// The percent of bytes that are done, or of files where the number of bytes is not known.
fn percent(gauge: &Gauge) -> Option<u64> {
    let progress = &gauge.progress;
    let (done, total) = match progress.total_bytes {
        0 => (progress.done_files, progress.total_files),
        total => (progress.done_bytes, total),
    };
    (done.min(total) * 100).checked_div(total)
}

fn amounts(gauge: &Gauge) -> String {
    let progress = &gauge.progress;
    let mut parts = Vec::new();
    match (progress.done_bytes, progress.total_bytes) {
        (0, 0) => {}
        (done, 0) => parts.push(words::size(done)),
        (done, total) => parts.push(format!("{} of {}", words::size(done), words::size(total))),
    }
    match (progress.done_files, progress.total_files) {
        (0, 0) => {}
        (done, 0) => parts.push(words::counted(done, "file")),
        (done, total) => parts.push(format!("{} of {}", words::count(done), words::counted(total, "file"))),
    }
    parts.join(" · ")
}
