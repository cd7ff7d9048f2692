//! A plan as a card: what it does in a sentence, when next, how it went, and its buttons.
use jiff::Zoned;
use maud::{Markup, html};

use super::strip;
use crate::domain::run::Run;
use crate::jobs::Scheduled;
use crate::panel::parts::forms;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::plan_words;

/// `runs` are those of the plan, newest first.
pub fn draw(frame: &Frame, plan: &Scheduled, runs: &[Run], now: &Zoned) -> Markup {
    html! {
        div.ab-card data-plan=(plan.plan) {
            div.ab-card-head {
                h4 { (icon(Icon::Clock)) " " (plan.plan) }
                (plan_words::state(plan))
            }
            p { (plan.sentence) }
            dl.ab-facts {
                dt { "Next run" } dd { (plan_words::next(plan, now)) }
                dt { "Last run" } dd { (last(frame, runs.first(), now)) }
                @if let Some(target) = &plan.remote { dt { "Sent to" } dd.ab-break { (target) } }
                @if !plan.hooks.is_empty() {
                    dt { "Hooks" }
                    dd { (plan.hooks.iter().map(|on| on.word()).collect::<Vec<_>>().join(", ")) span.text-muted { " (they stand in the configuration file)" } }
                }
            }
            (strip::draw(runs, now))
            div.ab-card-buttons { (buttons(frame, plan)) }
        }
    }
}

fn last(frame: &Frame, run: Option<&Run>, now: &Zoned) -> Markup {
    html! {
        @match run {
            Some(run) => {
                (plan_words::run(frame, run, now))
            }
            None => "never",
        }
    }
}

/// The nights have addresses of their own, and a drive that they need.
fn buttons(frame: &Frame, plan: &Scheduled) -> Markup {
    let name = &plan.plan;
    let is_nights = name.is_nights();
    let base = if is_nights { "nights".to_owned() } else { format!("plans/{name}") };
    let dry_run = if is_nights { "nights/dry-run".to_owned() } else { format!("plans/{name}/preview") };
    let change = if is_nights { "settings".to_owned() } else { format!("plans/{name}/edit") };
    let has_all = !is_nights || plan.why_not.is_none() || plan.paused;
    html! {
        @if has_all {
            (forms::button(frame, &format!("{base}/run"), "btn btn-default btn-sm", &format!("ab-run-{name}"), html! { (icon(Icon::Play)) " Run now" }))
            a.btn.btn-default.btn-sm #(format!("ab-dry-{name}")) href=(frame.url(&dry_run)) data-dialog="dry-run" { (icon(Icon::Search)) " Dry run" }
            (switch(frame, plan, &base))
        }
        a.btn.btn-default.btn-sm #(format!("ab-edit-{name}")) href=(frame.url(&change)) { (icon(Icon::Change)) " Change" }
    }
}

/// One press lets a plan rest, or go on.
pub fn switch(frame: &Frame, plan: &Scheduled, base: &str) -> Markup {
    let (verb, face) = if plan.paused {
        ("resume", html! { (icon(Icon::Play)) " Resume" })
    } else {
        ("pause", html! { (icon(Icon::Pause)) " Pause" })
    };
    html! {
        form.ab-form method="post" action=(frame.url(&format!("{base}/{verb}"))) data-send="mark" {
            (forms::token(frame))
            button.btn.btn-default.btn-sm #(format!("ab-switch-{}", plan.plan)) type="submit" { (face) }
        }
    }
}

/// A line on the page of backups: that archives are made by themselves, and how to stop it.
pub fn in_short(frame: &Frame, plan: &Scheduled, now: &Zoned) -> Markup {
    html! {
        div.ab-card data-plan=(plan.plan) {
            div.ab-card-head {
                h4 { (icon(Icon::Clock)) " Plan: " (plan.plan) }
                (plan_words::state(plan))
            }
            p { (plan.sentence) " Next run: " (plan_words::next(plan, now)) "." }
            div.ab-card-buttons {
                (switch(frame, plan, &format!("plans/{}", plan.plan)))
                a.btn.btn-default.btn-sm href=(frame.url("plans")) data-room="plans" { (icon(Icon::Clock)) " All plans" }
            }
        }
    }
}
