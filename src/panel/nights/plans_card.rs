//! What runs by itself: when next, how it went last, and the buttons to run it now, to try it, or to
//! let it rest. On the page of nights and on the page of backups.
use jiff::Zoned;
use maud::{Markup, html};

use super::view::Runs;
use crate::domain::job::Job;
use crate::jobs::Scheduled;
use crate::panel::parts::forms;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::state::PanelState;
use crate::panel::{mail_page, plan_words};

/// Runs that are told of.
const TOLD: usize = 5;

pub fn draw(panel: &PanelState, frame: &Frame, runs: &Runs, now: &Zoned) -> Markup {
    html! {
        @for plan in &runs.plans {
            div.ab-card data-plan=(plan.plan) {
                div.ab-card-head {
                    h4 { (icon(Icon::Clock)) " Plan: " (plan.plan) }
                    (plan_words::state(plan))
                }
                dl.ab-facts {
                    dt { "Every day" } dd { "at " (plan.daily.as_deref().unwrap_or("-")) }
                    dt { "Next run" } dd { (plan_words::next(plan, now)) }
                    dt { "Last run" } dd { (last(frame, plan, runs, now)) }
                    dt { "Mail" } dd { (mail_page::in_short(panel, frame, &runs.mails)) }
                }
                @if plan.waiting_for_drive {
                    p.ab-small { "The last run found no drive. It is caught up as soon as the drive is back." }
                }
                div.ab-card-buttons { (buttons(frame, plan, runs)) }
                (history(frame, runs, now))
            }
        }
    }
}

fn last(frame: &Frame, plan: &Scheduled, runs: &Runs, now: &Zoned) -> Markup {
    match runs.runs.iter().find(|run| Some(run.id) == plan.last_run) {
        Some(run) => plan_words::run(frame, run, now),
        None => html! { "never" },
    }
}

fn buttons(frame: &Frame, plan: &Scheduled, runs: &Runs) -> Markup {
    let (path, face) = if plan.paused {
        ("nights/resume", html! { (icon(Icon::Play)) " Resume" })
    } else {
        ("nights/pause", html! { (icon(Icon::Pause)) " Pause" })
    };
    html! {
        @if runs.has_drive() {
            (forms::button(frame, "nights/run", "btn btn-default btn-sm", "ab-plan-run", html! { (icon(Icon::Play)) " Run now" }))
            a.btn.btn-default.btn-sm #ab-dry-run href=(frame.url("nights/dry-run")) data-dialog="dry-run" { (icon(Icon::Search)) " Dry run" }
        }
        // Without a drive there is nothing to pause.
        @if runs.has_drive() || plan.paused {
            form.ab-form method="post" action=(frame.url(path)) data-send="mark" {
                (forms::token(frame))
                button #ab-plan-switch.btn.btn-default.btn-sm type="submit" { (face) }
            }
        }
    }
}

fn history(frame: &Frame, runs: &Runs, now: &Zoned) -> Markup {
    let over: Vec<&Job> = runs.jobs.iter().filter(|job| job.state.is_over()).collect();
    html! {
        @if !over.is_empty() {
            details #ab-plan-history {
                summary { "History" }
                ul.ab-plan-runs {
                    @for job in over.iter().take(TOLD) {
                        li {
                            span { (job.order.title()) }
                            span { (plan_words::job(frame, job, now)) }
                            @if let Some(failure) = &job.failure { span.ab-small { (failure.message) "." } }
                        }
                    }
                }
            }
        }
    }
}
