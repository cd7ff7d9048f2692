//! Recent work: every job with how it ended, how long it took, and what it had to say.
use maud::{Markup, html};

use crate::domain::job::{Job, JobState};
use crate::panel::archives::board::Board;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::words;

pub fn draw(frame: &Frame, board: &Board) -> Markup {
    // A plan that finds nothing to do says so on its own card.
    let is_told = |job: &&Job| job.state.is_over() && job.state != JobState::Skipped;
    let over: Vec<&Job> = board.jobs.iter().filter(is_told).collect();
    html! {
        h4.ab-section-title { "Recent work" }
        @if over.is_empty() {
            p.text-muted { "Nothing has been done yet." }
        } @else {
            ul.list-group.ab-recent {
                @for job in over { (line(frame, job, board)) }
            }
        }
    }
}

fn line(frame: &Frame, job: &Job, board: &Board) -> Markup {
    html! {
        li.list-group-item data-job=(job.id) {
            div.ab-recent-line {
                (words::job_state(job.state))
                a.ab-recent-title href=(frame.url(&format!("job/{}", job.id))) data-dialog="job" { (job.order.title()) }
                span.ab-recent-when.text-muted {
                    (words::lately_stamp(job.queued_at, &board.now))
                    @if let (Some(from), Some(to)) = (job.started_at, job.ended_at)
                        && let Some(span) = words::duration(from, to) { " · " (span) }
                }
            }
            @if let Some(failure) = &job.failure {
                // The state of a cancelled job says already that it was cancelled.
                @if job.state != JobState::Cancelled { p.ab-recent-failure { (failure.message) "." } }
                @if !failure.advice.is_empty() { p.ab-small { (failure.advice) } }
            }
            (warnings(job, &format!("warnings-{}", job.id)))
        }
    }
}

/// What a job warned of, folded.
pub fn warnings(job: &Job, id: &str) -> Markup {
    html! {
        @if !job.warnings.is_empty() {
            details.ab-warnings #(id) {
                summary { (words::counted(job.warnings.len() as u64, "warning")) }
                ul { @for warning in &job.warnings { li { (warning) } } }
            }
        }
    }
}
