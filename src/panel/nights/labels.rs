//! Classes, copies and reasons of nights as words with an icon.
use maud::{Markup, html};

use crate::domain::nights::decision::Class;
use crate::domain::nights::state::NightState;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::words;
use crate::work::nights::list::{Decision, Item};
use crate::work::nights::prune::Line;

/// "Mon 24 Aug 2026", or as it is called on the drive.
pub fn named(line: &Line) -> String {
    line.key.map_or_else(|| line.night.clone(), words::night)
}

/// "1,204.3", or a dash.
pub fn stars(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |stars| format!("{stars:.1}"))
}

pub fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |percent| format!("{percent:.0} %"))
}

pub fn class_word(class: Option<Class>) -> &'static str {
    match class {
        Some(Class::Forever) => "Kept for ever",
        Some(Class::Rolling) => "Rolling",
        Some(Class::Unrated) => "Not rated",
        Some(Class::Skipped) => "Not kept",
        None => "Running",
    }
}

pub fn class(item: &Item) -> Markup {
    html! {
        span.label.label-default { (class_word(item.class)) }
        @if item.pinned { " " span.label.label-default { (icon(Icon::Pin)) " Pinned" } }
    }
}

pub fn copy_word(state: NightState) -> &'static str {
    match state {
        NightState::Running => "Not over",
        NightState::Measured | NightState::Skipped => "No copy",
        NightState::Copying => "Copy not verified",
        NightState::Verified => "Verified copy",
        NightState::Failed => "Copy failed",
        NightState::Deleting | NightState::Deleted => "Made room",
    }
}

pub fn copy(item: &Item) -> Markup {
    let (class, sign) = match item.state {
        NightState::Running => ("ab-run", Icon::Moon),
        NightState::Measured | NightState::Skipped => ("ab-open", Icon::Circle),
        NightState::Copying => ("ab-warn", Icon::Question),
        NightState::Verified => ("ab-good", Icon::Check),
        NightState::Failed => ("ab-bad", Icon::Cross),
        NightState::Deleting | NightState::Deleted => ("ab-open", Icon::Delete),
    };
    html! { span.ab-state.(class) { (icon(sign)) " " (copy_word(item.state)) } }
}

/// Whether a button to save it makes sense.
pub fn may_be_saved(item: &Item) -> bool {
    let is_there = item.decision != Decision::OtherCamera && !item.is_gone;
    is_there && !matches!(item.state, NightState::Running | NightState::Verified | NightState::Deleting)
}

/// Whether something lies on the drive.
pub fn has_copy(item: &Item) -> bool {
    matches!(item.state, NightState::Verified | NightState::Failed | NightState::Copying)
}
