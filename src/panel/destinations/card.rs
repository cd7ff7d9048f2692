//! A place for backups as a card: its state, what lies there, how full it is and when it will be full, and its buttons.
use jiff::Zoned;
use maud::{Markup, html};

use super::view::Shown;
use crate::domain::destination::DestinationName;
use crate::domain::drives::full_on::FullOn;
use crate::domain::drives::state::DriveState;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, words};
use crate::work::destinations::look::Place;
use crate::work::destinations::stock::Stock;
use crate::work::one_disk;

pub fn draw(frame: &Frame, shown: &Shown, now: &Zoned) -> Markup {
    let seen = shown.seen.as_ref();
    html! {
        div.ab-card.ab-place #(format!("ab-place-{}", shown.name)) data-place=(shown.name) data-state=[seen.map(|place| state_code(place.state))] {
            div.ab-card-head {
                h4 { (icon(if shown.name.is_backups() { Icon::Folder } else { Icon::Drive })) " " (title(&shown.name)) }
                (state(seen.map(|place| place.state)))
            }
            p { code { (shown.path) } }
            @if let Some(place) = seen { (facts(place, shown, now)) }
            @else {
                noscript { meta http-equiv="refresh" content="3"; }
                p.ab-small { "It is being looked at; this takes a moment when a disk sleeps." }
            }
            @if !shown.name.is_backups() { (buttons(frame, shown)) }
        }
    }
}

pub fn title(name: &DestinationName) -> String {
    if name.is_backups() { "Backups folder".to_owned() } else { name.to_string() }
}

/// The state as JSON has it, for scripts and tests.
fn state_code(state: DriveState) -> String {
    state.word().replace([' ', '-'], "_")
}

pub fn state(state: Option<DriveState>) -> Markup {
    let (class, sign) = match state {
        None => ("ab-run", Icon::Spinner),
        Some(DriveState::Ready) => ("ab-good", Icon::Check),
        Some(DriveState::Full | DriveState::ReadOnly | DriveState::Unusable) => ("ab-bad", Icon::Cross),
        Some(DriveState::Hanging) => ("ab-bad", Icon::Broken),
        Some(DriveState::AnotherDrive) => ("ab-bad", Icon::Foreign),
        Some(DriveState::Away) => ("ab-warn", Icon::Clock),
        Some(DriveState::NotSetUp) => ("ab-warn", Icon::Warning),
        Some(DriveState::NotMade) => ("ab-open", Icon::Circle),
    };
    let word = state.map_or("looking", DriveState::word);
    html! { span.ab-state.ab-capital.(class) { (icon(sign)) span { (word) } } }
}

fn facts(place: &Place, shown: &Shown, now: &Zoned) -> Markup {
    html! {
        @if let Some(why) = place.why.as_deref().filter(|_| place.state != DriveState::NotMade) {
            p.ab-why { (capital(without_path(why, &shown.path))) "." }
            @if let Some(advice) = advice(place) { p.ab-small { (advice) } }
        }
        @if place.holds_every_backup && place.archives.is_some_and(|archives| archives.number > 0) {
            p.ab-why #ab-one-disk { (icon(Icon::Warning)) " " strong { (one_disk::WARNING) "." } " When it dies, they die with it." }
        }
        (capacity(place))
        dl.ab-facts {
            @if let (Some(free), Some(total)) = (place.free_bytes, place.total_bytes) {
                dt { "Free" } dd { (words::size(free)) " of " (words::size(total)) }
            }
            @if place.ready || place.state == DriveState::NotMade { dt { "Full" } dd { (when_full(place.full, now)) } }
            @if !place.from_memory || holds_anything(place) {
                dt { "Archives" } dd { (stock(place.archives, "archive")) }
                @if !shown.name.is_backups() { dt { "Nights" } dd { (stock(place.nights, "night")) } }
            }
            @if place.from_memory && holds_anything(place) { dt { "Seen" } dd { "as it was when it was last there" } }
            @if let Some(used) = used_for(shown) { dt { "Used for" } dd { (used) } }
            @if let Some(fs_type) = &place.fs_type {
                dt { "File system" } dd { (fs_type) @if let Some(source) = &place.source { ", " (source) } }
            }
            @if !place.shares_drive_with.is_empty() { dt { "Same disk" } dd { (others(place)) } }
            @if !shown.name.is_backups() { dt { "Last check" } dd { (last_check(place, now)) } }
        }
        @let lacks = place.last_check.as_ref().and_then(|check| check.capabilities.as_ref()).map(|can| can.lacks()).unwrap_or_default();
        @if !lacks.is_empty() {
            details.ab-lacks #(format!("ab-lacks-{}", shown.name)) {
                summary { "What it cannot do (" (lacks.len()) ")" }
                ul { @for lack in lacks { li { (capital(lack)) "." } } }
            }
        }
    }
}

/// The path stands above; a sentence need not repeat it.
fn without_path<'a>(why: &'a str, path: &str) -> &'a str {
    why.strip_prefix(path).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(why)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

pub fn capacity(place: &Place) -> Markup {
    let (Some(free), Some(total)) = (place.free_bytes, place.total_bytes.filter(|total| *total > 0)) else {
        return html! {};
    };
    let used = (u128::from(total.saturating_sub(free)) * 100).div_ceil(u128::from(total));
    html! {
        svg.ab-capacity viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label=(format!("{used} % used")) {
            rect.ab-capacity-all x="0" y="0" width="100" height="6" {}
            rect.ab-capacity-used.ab-capacity-over[place.state == DriveState::Full] x="0" y="0" width=(used) height="6" {}
        }
    }
}

pub fn when_full(full: FullOn, now: &Zoned) -> String {
    match full {
        FullOn::Now => "now".to_owned(),
        FullOn::Day { full_on, bytes_a_day } => {
            let form = if full_on.year() == now.year() { "about %-d %b" } else { "about %-d %b %Y" };
            format!("{} at {} a day, if nothing is deleted", full_on.strftime(form), words::size(bytes_a_day))
        }
        FullOn::Far { bytes_a_day } => format!("not in the next ten years, at {} a day", words::size(bytes_a_day)),
        FullOn::NotGrowing => "nothing came in the last four weeks".to_owned(),
        FullOn::NotEnoughHistory => "not enough history yet to tell".to_owned(),
        FullOn::RoomNotKnown => "it does not tell how much room it has".to_owned(),
    }
}

/// What helps on this page, where there is a button in the place of a command.
fn advice(place: &Place) -> Option<&str> {
    match place.state {
        DriveState::NotSetUp => {
            Some("If this is the right drive, press Set up: it gets a small mark, and nothing else on it changes.")
        }
        DriveState::AnotherDrive => Some("Plug in the drive that was chosen, or use this one from now on."),
        _ => place.advice.as_deref(),
    }
}

fn holds_anything(place: &Place) -> bool {
    [place.archives, place.nights].into_iter().flatten().any(|stock| stock.number > 0)
}

fn stock(stock: Option<Stock>, one: &str) -> String {
    match stock {
        Some(Stock { number: 0, .. }) => "none".to_owned(),
        Some(Stock { number, bytes }) => format!("{}, {}", words::counted(number, one), words::size(bytes)),
        None => "cannot be told".to_owned(),
    }
}

fn used_for(shown: &Shown) -> Option<String> {
    let nights = shown.has_nights.then(|| "good nights and the camera's settings".to_owned());
    let plans = shown.plans.iter().map(|plan| format!("plan {plan}"));
    let all: Vec<String> = nights.into_iter().chain(plans).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

fn others(place: &Place) -> String {
    let named = |name: &DestinationName| {
        if name.is_backups() { "the backups folder".to_owned() } else { name.to_string() }
    };
    let all: Vec<String> = place.shares_drive_with.iter().map(named).collect();
    format!("{}: they die together", all.join(", "))
}

fn last_check(place: &Place, now: &Zoned) -> Markup {
    html! {
        @match &place.last_check {
            None => "never",
            Some(check) => {
                (words::lately_stamp(check.at, now))
                @if let Some(failure) = &check.failure { ": " (failure) }
                @else { ", all well" }
            }
        }
    }
}

fn buttons(frame: &Frame, shown: &Shown) -> Markup {
    let (name, state) = (&shown.name, shown.seen.as_ref().map(|place| place.state));
    let post = |verb: &str, class: &str, face: Markup| {
        forms::button(frame, &format!("destinations/{name}/{verb}"), class, &format!("ab-{verb}-{name}"), face)
    };
    html! {
        div.ab-card-buttons {
            @match state {
                Some(DriveState::NotSetUp) => (post("set-up", "btn btn-primary btn-sm", html! { (icon(Icon::Check)) " Set up" })),
                Some(DriveState::AnotherDrive) => (post("set-up", "btn btn-default btn-sm", html! { (icon(Icon::Change)) " Use this drive instead" })),
                _ => (post("check", "btn btn-default btn-sm", html! { (icon(Icon::Verify)) " Check" })),
            }
            @if shown.has_nights {
                a.btn.btn-default.btn-sm href=(frame.url("nights")) data-room="nights" { (icon(Icon::Moon)) " Nights" }
            }
        }
        (removal(frame, shown))
    }
}

fn removal(frame: &Frame, shown: &Shown) -> Markup {
    let name = &shown.name;
    html! {
        details.ab-removal #(format!("ab-removal-{name}")) {
            summary { "Remove from the list" }
            p {
                "Nothing on the drive is deleted: it is only no longer used. Add it again at any time, and everything on it is known again."
                @if shown.has_nights { " Good nights are then saved to the next drive of the list, or nowhere." }
            }
            form.ab-form method="post" action=(frame.url(&format!("destinations/{name}/unlist"))) data-send="mark" {
                (forms::token(frame))
                (forms::typed_here(frame, "unlist", &format!("ab-typed-{name}")))
                button.btn.btn-default.btn-sm #(format!("ab-remove-{name}")) type="submit" { (icon(Icon::Cross)) " Remove " (name) " from the list" }
            }
        }
    }
}
