//! The pre-restore checks as cards: a verdict in icon and word, what was tested, what to do.
use maud::{Markup, html};

use crate::domain::restore::check::{Check, Verdict};
use crate::panel::parts::icons::{Icon, icon};

/// What speaks against it or needs a look is open, what passed is folded.
pub fn draw(checks: &[Check]) -> Markup {
    let has = |verdict: Verdict| checks.iter().any(|check| check.result == verdict);
    html! {
        section.ab-checks aria-label="Pre-Restore Checks" {
            p.ab-checks-head {
                span.ab-checks-title { "Pre-Restore Checks" }
                @for verdict in [Verdict::Fail, Verdict::Warning, Verdict::Pass] { (summed(checks, verdict)) }
            }
            @if has(Verdict::Fail) || has(Verdict::Warning) {
                ul.ab-check-cards { (cards(checks, Verdict::Fail)) (cards(checks, Verdict::Warning)) }
            }
            @if has(Verdict::Pass) {
                details #ab-passed {
                    summary { "Show what passed" }
                    ul.ab-check-cards { (cards(checks, Verdict::Pass)) }
                }
            }
        }
    }
}

fn cards(checks: &[Check], verdict: Verdict) -> Markup {
    html! { @for check in checks.iter().filter(|check| check.result == verdict) { (card(check)) } }
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
            @if !check.advice.is_empty() { p.ab-check-advice { (advice(check)) } }
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

/// What to do, without the names of options that only the terminal has.
pub fn advice(check: &Check) -> String {
    let mut words = check.advice.clone();
    while let Some(start) = words.find(" (--") {
        let Some(length) = words[start..].find(')') else { break };
        words.replace_range(start..=start + length, "");
    }
    words
}

/// "settings file" as "Settings file".
pub fn title(name: &str) -> String {
    if name == "cc file" {
        return "CC file".to_owned();
    }
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_does_not_speak_of_options_of_the_terminal() {
        let told = |words: &str| {
            advice(&Check { name: "camera", result: Verdict::Fail, detail: String::new(), advice: words.to_owned() })
        };
        assert_eq!(
            told("Merge the settings (--merge): what is taken. Or not (--to)."),
            "Merge the settings: what is taken. Or not."
        );
        assert_eq!(told("Odd (--end"), "Odd (--end");
        assert_eq!(title("settings file"), "Settings file");
    }
}
