//! What runs by itself: when next, how it went last, and the buttons to run it now, to try it, or to
//! let it rest. On the page of nights and on the page of backups.
use jiff::Zoned;
use maud::{Markup, html};

use super::sky::Runs;
use crate::domain::job::Job;
use crate::jobs::Scheduled;
use crate::panel::desk::Desk;
use crate::panel::icons::{Icon, icon};
use crate::panel::{forms, mail_page, words};

/// Runs that are told of.
const TOLD: usize = 5;

pub fn draw(desk: &Desk, runs: &Runs, now: &Zoned) -> Markup {
    html! {
        @for plan in &runs.plans {
            div.ab-card data-plan=(plan.plan) {
                div.ab-card-head {
                    h4 { (icon(Icon::Clock)) " Plan: " (plan.plan) }
                    (state(plan))
                }
                dl.ab-facts {
                    dt { "Every day" } dd { "at " (plan.daily.as_deref().unwrap_or("-")) }
                    dt { "Next run" } dd { (next(plan, now)) }
                    dt { "Last run" } dd { (last(desk, plan, runs, now)) }
                    dt { "Mail" } dd { (mail_page::in_short(desk, &runs.mails)) }
                }
                @if plan.waiting_for_drive {
                    p.ab-small { "The last run found no drive. It is caught up as soon as the drive is back." }
                }
                div.ab-card-buttons { (buttons(desk, plan, runs)) }
                (history(desk, runs, now))
            }
        }
    }
}

fn state(plan: &Scheduled) -> Markup {
    let (class, sign, word) = if plan.paused {
        ("ab-warn", Icon::Pause, "Paused")
    } else if plan.waiting_for_drive {
        ("ab-warn", Icon::Clock, "Waiting for its drive")
    } else if plan.why_not.is_some() {
        ("ab-open", Icon::Circle, "Needs a drive")
    } else {
        ("ab-good", Icon::Check, "On")
    };
    html! { span.ab-state.(class) { (icon(sign)) " " (word) } }
}

fn next(plan: &Scheduled, now: &Zoned) -> String {
    match (plan.next, plan.why_not) {
        (Some(at), _) => words::ahead(at, now),
        (None, Some(why)) => format!("none: {why}"),
        (None, None) => "none".to_owned(),
    }
}

fn last(desk: &Desk, plan: &Scheduled, runs: &Runs, now: &Zoned) -> Markup {
    match runs.jobs.iter().find(|job| Some(job.id) == plan.last_job) {
        Some(job) => line(desk, job, now),
        None => html! { "never" },
    }
}

fn line(desk: &Desk, job: &Job, now: &Zoned) -> Markup {
    html! {
        (words::job_state(job.state)) " "
        a href=(desk.url(&format!("job/{}", job.id))) data-dialog="job" { (words::lately_stamp(job.queued_at, now)) }
    }
}

fn buttons(desk: &Desk, plan: &Scheduled, runs: &Runs) -> Markup {
    let (path, face) = if plan.paused {
        ("nights/resume", html! { (icon(Icon::Play)) " Resume" })
    } else {
        ("nights/pause", html! { (icon(Icon::Pause)) " Pause" })
    };
    html! {
        @if runs.has_drive() {
            (forms::button(desk, "nights/run", "btn btn-default btn-sm", "ab-plan-run", html! { (icon(Icon::Play)) " Run now" }))
            a.btn.btn-default.btn-sm #ab-dry-run href=(desk.url("nights/dry-run")) data-dialog="dry-run" { (icon(Icon::Search)) " Dry run" }
        }
        // Without a drive there is nothing to pause.
        @if runs.has_drive() || plan.paused {
            form.ab-form method="post" action=(desk.url(path)) data-send="mark" {
                (forms::token())
                button #ab-plan-switch.btn.btn-default.btn-sm type="submit" { (face) }
            }
        }
    }
}

fn history(desk: &Desk, runs: &Runs, now: &Zoned) -> Markup {
    let over: Vec<&Job> = runs.jobs.iter().filter(|job| job.state.is_over()).collect();
    html! {
        @if !over.is_empty() {
            details #ab-plan-history {
                summary { "History" }
                ul.ab-plan-runs {
                    @for job in over.iter().take(TOLD) {
                        li {
                            span { (words::title(&job.order)) }
                            span { (line(desk, job, now)) }
                            @if let Some(failure) = &job.failure { span.ab-small { (failure.message) "." } }
                        }
                    }
                }
            }
        }
    }
}
