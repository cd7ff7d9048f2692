//! The drive as last seen: is it there and the chosen one, how full, when full, and what goes next.
use jiff::Zoned;
use maud::{Markup, html};

use super::labels::named;
use super::view::Runs;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::words;
use crate::work::nights::glance::Glance;

/// Nobody plans further ahead.
const FAR_DAYS: u64 = 3650;
/// Nights that are named as the next to go.
const NAMED: usize = 3;

pub fn draw(frame: &Frame, runs: &Runs, now: &Zoned) -> Markup {
    html! {
        div.ab-card #ab-drive {
            @match (&runs.path, &runs.drive) {
                (None, _) => (without(frame)),
                (Some(path), None) => {
                    (head("ab-run", Icon::Spinner, "Looking"))
                    p { code { (path) } }
                    p.ab-small { "The drive is being looked at; this takes a moment when it sleeps." }
                }
                (Some(path), Some(Err(failure))) => {
                    (head("ab-bad", Icon::Cross, "Not ready"))
                    @if !failure.message.contains(path.as_str()) { p { code { (path) } } }
                    p { (failure.message) "." }
                    p.ab-small { (failure.advice) }
                }
                (Some(path), Some(Ok(glance))) => (there(frame, path, glance, now)),
            }
        }
    }
}

fn head(class: &str, sign: Icon, word: &str) -> Markup {
    html! {
        div.ab-card-head {
            h4 { (icon(Icon::Drive)) " Drive" }
            span.ab-state.(class) { (icon(sign)) " " (word) }
        }
    }
}

fn without(frame: &Frame) -> Markup {
    html! {
        (head("ab-open", Icon::Circle, "None"))
        p { "No drive is configured for nights. Plug one in, and choose it on the page Destinations." }
        div.ab-card-buttons {
            a.btn.btn-default.btn-sm href=(frame.url("destinations")) data-room="destinations" { (icon(Icon::Plus)) " Choose a drive" }
        }
    }
}

fn there(frame: &Frame, path: &str, glance: &Glance, now: &Zoned) -> Markup {
    let plan = &glance.plan;
    html! {
        (head("ab-good", Icon::Check, "Ready"))
        (capacity(glance))
        dl.ab-facts {
            dt { "Place" } dd { code { (path) } }
            dt { "Identity" } dd.ab-hash title=(glance.id) { (short(&glance.id.to_string())) }
            dt { "Free" } dd { (words::size(plan.disk.avail)) " of " (words::size(plan.disk.total)) }
            dt { "Full" } dd { (when_full(glance, now)) }
            dt { "Next to go" } dd { (next_to_go(glance)) }
        }
        div.ab-card-buttons {
            a.btn.btn-default.btn-sm #ab-preview href=(frame.url("nights/preview")) data-dialog="preview" {
                (icon(Icon::About)) " What goes when"
            }
        }
        p.ab-small { "Seen " (words::lately_stamp(glance.at, now)) "." }
    }
}

/// The first part of an identity, enough to tell two drives apart.
fn short(id: &str) -> String {
    format!("{}…", id.chars().take(13).collect::<String>())
}

/// How full, with a mark at the limit from which nights are deleted.
pub fn capacity(glance: &Glance) -> Markup {
    let plan = &glance.plan;
    let (used, limit) = (plan.used_pct.min(100), plan.limit_pct.min(100));
    html! {
        svg.ab-capacity viewBox="0 0 100 6" preserveAspectRatio="none" role="img"
            aria-label=(format!("{used} % used, nights go from {limit} %")) {
            rect.ab-capacity-all x="0" y="0" width="100" height="6" {}
            rect.ab-capacity-used.ab-capacity-over[used >= limit] x="0" y="0" width=(used) height="6" {}
            rect.ab-capacity-limit x=(limit) y="0" width="0.6" height="6" {}
        }
        p.ab-small { (used) " % used, rolling nights go from " (limit) " %, or with less than " (words::size(plan.floor_bytes)) " free." }
    }
}

pub fn when_full(glance: &Glance, now: &Zoned) -> String {
    let rate = glance.bytes_a_day.map(words::size);
    match (glance.days_left, rate) {
        (Some(0), _) => "now".to_owned(),
        (Some(FAR_DAYS..), Some(rate)) => format!("not in the next ten years, at {rate} a day"),
        (Some(days), Some(rate)) => {
            let day = now.date().checked_add(jiff::Span::new().try_days(days as i64).unwrap_or_default());
            let day =
                day.map(|day| day.strftime("about %-d %b %Y").to_string()).unwrap_or_else(|_| "not soon".to_owned());
            format!("{day}, at {rate} a day")
        }
        _ => "not at today's rate: no night came in the last month".to_owned(),
    }
}

fn next_to_go(glance: &Glance) -> String {
    let line: Vec<String> = glance.plan.in_line().map(named).collect();
    match line.len() {
        0 => "nothing may go".to_owned(),
        n if n > NAMED => format!("{} and {} more", line[..NAMED].join(", "), n - NAMED),
        _ => line.join(", "),
    }
}
