//! Recent work with a filter, each line with the way to its log.
use jiff::Zoned;
use maud::{Markup, html};

use super::filter::{Filter, RESULTS};
use super::view::View;
use crate::domain::job::{Job, JobState};
use crate::panel::jobs::recent_work;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::words;

pub fn draw(frame: &Frame, view: &View) -> Markup {
    html! {
        h4.ab-section-title { "Recent work" }
        (fields(frame, view))
        @if view.recent.is_empty() {
            p.text-muted {
                @if view.filter.is_narrow() { "Nothing that was done is like this." } @else { "Nothing has been done yet." }
            }
        } @else {
            ul.list-group.ab-recent { @for job in &view.recent { (line(frame, job, &view.now)) } }
        }
    }
}

/// A plain form; scripts send it as it is changed.
fn fields(frame: &Frame, view: &View) -> Markup {
    let Filter { plan, host, result } = &view.filter;
    let plans: Vec<&str> = view.plans.iter().map(|(plan, _)| plan.plan.as_str()).collect();
    let hosts: Vec<&str> = view.hosts.iter().map(|row| row.settings.name.as_str()).collect();
    let choice = |id: &str, name: &str, label: &str, all: &str, values: &[&str], chosen: Option<&str>| {
        html! {
            div.form-group {
                label for=(id) { (label) }
                select.form-control #(id) name=(name) {
                    option value="" { (all) }
                    @for value in values { option value=(value) selected[chosen == Some(*value)] { (value) } }
                }
            }
        }
    };
    html! {
        form.ab-work-fields method="get" action=(frame.url("dashboard")) data-filter="dashboard" role="search" aria-label="Choose work" {
            (choice("ab-work-plan", "plan", "Plan", "All plans", &plans, plan.as_deref()))
            @if !hosts.is_empty() { (choice("ab-work-host", "host", "Host", "All hosts", &hosts, host.as_deref())) }
            div.form-group {
                label for="ab-work-result" { "Result" }
                select.form-control #ab-work-result name="result" {
                    option value="" { "All results" }
                    @for (value, label) in RESULTS { option value=(value) selected[result.as_deref() == Some(value)] { (label) } }
                }
            }
            button.btn.btn-default #ab-work-filter type="submit" { (icon(Icon::Search)) " Filter" }
            @if view.filter.is_narrow() { a.btn.btn-link #ab-work-all href=(frame.url("dashboard")) data-room="dashboard" { "Show all" } }
        }
    }
}

fn line(frame: &Frame, job: &Job, now: &Zoned) -> Markup {
    html! {
        li.list-group-item data-job=(job.id) {
            div.ab-recent-line {
                (words::job_state(job.state))
                a.ab-recent-title #(format!("ab-work-{}", job.id)) href=(frame.url(&format!("job/{}", job.id))) data-dialog="job" { (job.order.title()) }
                span.ab-recent-when.text-muted {
                    (words::lately_stamp(job.queued_at, now))
                    @if let (Some(from), Some(to)) = (job.started_at, job.ended_at)
                        && let Some(span) = words::duration(from, to) { " · " (span) }
                }
            }
            @if let Some(failure) = job.failure.as_ref().filter(|_| job.state != JobState::Cancelled) {
                p.ab-recent-failure { (failure.message) "." }
            }
            (recent_work::warnings(job, &format!("work-warnings-{}", job.id)))
        }
    }
}
