//! The pre-restore checks as cards: a verdict in icon and word, what was tested, what to do.
use maud::{Markup, html};

use crate::domain::restore::check::{Check, Verdict};
use crate::panel::icons::{Icon, icon};

pub fn draw(checks: &[Check]) -> Markup {
    let open = checks.iter().any(|check| check.result != Verdict::Pass);
    html! {
        details.ab-checks open[open] {
            summary {
                span.ab-checks-title { "Pre-Restore Checks" }
                @for verdict in [Verdict::Fail, Verdict::Warning, Verdict::Pass] { (summed(checks, verdict)) }
            }
            ul.ab-check-cards {
                @for verdict in [Verdict::Fail, Verdict::Warning, Verdict::Pass] {
                    @for check in checks.iter().filter(|check| check.result == verdict) { (card(check)) }
                }
            }
        }
    }
}

fn summed(checks: &[Check], verdict: Verdict) -> Markup {
    let count = checks.iter().filter(|check| check.result == verdict).count();
    let (class, sign, word) = face(verdict);
    html! { @if count > 0 { span.ab-state.(class) { (icon(sign)) " " (count) " " (word) } } }
}

fn card(check: &Check) -> Markup {
    let (class, sign, word) = face(check.result);
    html! {
        li.ab-check.(class) data-check=(check.name) data-result=(word) {
            div.ab-check-head {
                span.ab-state.(class) { (icon(sign)) " " (word) }
                strong { (title(check.name)) }
            }
            p { (check.detail) }
            @if !check.advice.is_empty() { p.ab-check-advice { (check.advice) } }
        }
    }
}

fn face(verdict: Verdict) -> (&'static str, Icon, &'static str) {
    match verdict {
        Verdict::Pass => ("ab-good", Icon::Check, "pass"),
        Verdict::Warning => ("ab-warn", Icon::Warning, "warning"),
        Verdict::Fail => ("ab-bad", Icon::Cross, "fail"),
    }
}

/// "settings file" as "Settings file".
pub fn title(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
