//! One job: the whole staircase of its stages, how far it is, what it warned of, how it ended. The
//! same on its own page, in the progress dialog, and as a banner above the table.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, PreEscaped, html};

use super::desk::{Desk, off_loop};
use super::icons::{Icon, icon};
use super::trouble::Trouble;
use super::{forms, layout, recent_work, restore, words};
use crate::domain::job::{Job, JobId, JobState};
use crate::domain::monitor::Stage;
use crate::domain::order::Order;
use crate::jobs::Gauge;

/// `GET job/ID`.
pub async fn job(desk: web::Data<Desk>, request: HttpRequest, id: web::Path<JobId>) -> Result<HttpResponse, Trouble> {
    let (job, gauge) = off_loop(&desk, move |desk| read(desk, *id)).await?;
    let mut body = draw(&desk, &job, gauge.as_ref());
    if !layout::is_fragment(&request) && !job.state.is_over() {
        // Without scripts the page itself looks again.
        body = html! { noscript { (PreEscaped(r#"<meta http-equiv="refresh" content="2">"#)) } (body) };
    }
    Ok(layout::page(&desk, &request, &words::title(&job.order), body))
}

/// The job and how far it is now.
pub fn read(desk: &Desk, id: JobId) -> Result<(Job, Option<Gauge>), Trouble> {
    let job = desk.jobs.job(id)?.ok_or_else(|| Trouble::not_found("There is no such job"))?;
    let gauge = desk.jobs.newest_gauges().into_iter().find(|gauge| gauge.job == id);
    Ok((job, gauge))
}

fn draw(desk: &Desk, job: &Job, gauge: Option<&Gauge>) -> Markup {
    html! {
        div.ab-job data-job=(job.id) data-state=(job.state.word()) {
            div.modal-header {
                h4.modal-title { (words::title(&job.order)) }
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
                (staircase(job))
                @if job.state == JobState::Running { (bar(job, gauge)) }
                (recent_work::warnings(job, &format!("job-warnings-{}", job.id)))
                (outcome(desk, job))
            }
            div.modal-footer {
                @if !job.state.is_over() {
                    span.ab-footer-note { "You may close this: the work goes on." }
                    (forms::button(desk, &format!("job/{}/cancel", job.id), "btn btn-danger", "ab-cancel", html! { "Cancel" }))
                }
                a.btn.btn-default href=(desk.url("")) data-act="close" { "Close" }
            }
        }
    }
}

/// One line above the table while the job waits or runs.
pub fn banner(desk: &Desk, job: &Job, gauge: Option<&Gauge>) -> Markup {
    html! {
        div.ab-banner data-job=(job.id) data-state=(job.state.word()) {
            div.ab-banner-line {
                (words::job_state(job.state))
                strong { (words::title(&job.order)) }
                @if job.state == JobState::Running
                    && let Some(stage) = running_stage(job) { span.text-muted { (stage.label()) } }
                a.btn.btn-default.btn-sm #{"progress-" (job.id)} href=(desk.url(&format!("job/{}", job.id))) data-dialog="job" {
                    "Show Progress"
                }
            }
            @if job.state == JobState::Running { (bar(job, gauge)) }
        }
    }
}

fn note(job: &Job) -> Markup {
    html! {
        @if let (Order::CreateImages { .. }, JobState::Queued | JobState::Running) = (&job.order, job.state) {
            p.text-muted { "Many nights take their time. The camera goes on taking pictures meanwhile." }
        }
        @if job.state == JobState::Queued { p.text-muted { "This waits until the work before it is done." } }
    }
}

fn running_stage(job: &Job) -> Option<Stage> {
    job.stages.get(job.stage?).copied()
}

fn staircase(job: &Job) -> Markup {
    html! {
        ol.list-group.ab-stages aria-label="Stages" {
            @for (place, stage) in job.stages.iter().enumerate() {
                @let (class, sign, word) = step(job, place);
                li.list-group-item.(class) {
                    (icon(sign)) span.ab-stage-name { (stage.label()) } span.ab-stage-word { (word) }
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

/// Of bytes, or of files where bytes are not known.
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

/// What came out of it: names, numbers and the sum to compare with.
fn outcome(desk: &Desk, job: &Job) -> Markup {
    if let Some(result) = restore::result::draw(desk, job) {
        return result;
    }
    let Some(result) = &job.result else { return html! {} };
    let text = |key: &str| result.get(key).and_then(|value| value.as_str());
    let number = |key: &str| result.get(key).and_then(serde_json::Value::as_u64);
    html! {
        dl.dl-horizontal.ab-outcome {
            @if let Some(name) = text("name") {
                dt { "Archive" }
                dd {
                    @if matches!(job.order, Order::Delete { .. }) { (name) }
                    @else { a href=(desk.url(&format!("archive/{name}"))) data-dialog="info" { (name) } }
                }
            }
            @if let Some(bytes) = number("bytes") { dt { "Size" } dd { (words::size(bytes)) } }
            @if let Some(files) = number("files") { dt { "Files" } dd { (words::count(files)) } }
            @if let Some(members) = number("members") { dt { "Members read" } dd { (words::count(members)) } }
            @if let Some(pause) = number("pause_ms") { dt { "Camera paused" } dd { (paused(pause)) } }
            @if let Some(sum) = text("sha256") { dt { "SHA-256" } dd.ab-hash { (sum) } }
            @if let Some(error) = text("error") { dt { "Finding" } dd { (error) } }
            @for note in result.get("notes").and_then(|notes| notes.as_array()).into_iter().flatten() {
                @if let Some(note) = note.as_str() { dt { "Note" } dd.ab-break { (note) } }
            }
        }
        @if let Some(list) = result.as_array() { (findings(desk, list)) }
    }
}

fn paused(ms: u64) -> String {
    if ms == 0 { "not at all".to_owned() } else { words::span_ms(ms) }
}

/// One line for each archive of "Verify All".
fn findings(desk: &Desk, list: &[serde_json::Value]) -> Markup {
    html! {
        ul.list-group.ab-findings {
            @for one in list {
                @let name = one.get("name").and_then(|name| name.as_str()).unwrap_or_default();
                @let good = one.get("ok").and_then(serde_json::Value::as_bool).unwrap_or_default();
                li.list-group-item {
                    @if good { span.ab-state.ab-good { (icon(Icon::Check)) " Verified" } }
                    @else if one["finding"] == "foreign" { span.ab-state { (icon(Icon::Question)) " No backup, skipped" } }
                    @else if one["finding"] == "unread" { span.ab-state.ab-bad { (icon(Icon::Broken)) " Could not be read" } }
                    @else { span.ab-state.ab-bad { (icon(Icon::Broken)) " Damaged" } }
                    " " a href=(desk.url(&format!("archive/{name}"))) data-dialog="info" { (name) }
                    @if let Some(error) = one.get("error").and_then(|error| error.as_str()) { p.ab-small { (error) } }
                }
            }
        }
    }
}
