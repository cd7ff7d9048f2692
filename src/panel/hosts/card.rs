//! A host as a card: whether the way to it is open, its newest snapshot, and what it needs.
use jiff::Zoned;
use maud::{Markup, html};

use super::form::capital;
use super::view::Shown;
use crate::domain::failure::Failure;
use crate::observe::cached::Latest;
use crate::observe::hosts::Looked;
use crate::observe::snapshots::Listed;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, words};
use crate::work::hosts::test::Tested;

pub fn draw(frame: &Frame, shown: &Shown, now: &Zoned) -> Markup {
    let host = &shown.line.host;
    let why = shown.way.as_ref().and_then(looked).and_then(Result::err);
    html! {
        div.ab-card.ab-host-way #(format!("ab-way-{host}")) data-host=(host) data-state=(state_of(shown).2) {
            div.ab-card-head {
                h4 { (icon(if shown.line.over_ssh { Icon::Computer } else { Icon::Folder })) " " (host) }
                (state(shown))
            }
            p { code { (shown.line.place.display()) } @if let Some(destination) = &shown.line.destination { " to " (destination) } }
            @if let Some(why) = why {
                p.ab-why { (capital(&why.message)) "." }
                p.ab-small { (why.advice) }
            }
            dl.ab-facts {
                dt { "Last" } dd { (last(&shown.snapshots, now)) }
                dt { "Next" } dd { (next(shown, now)) }
                @if let Some(fingerprint) = &shown.line.fingerprint { dt { "Host key" } dd.ab-fingerprint { (fingerprint) } }
                @if is_restricted(shown) { dt { "Our key" } dd { "may only read this folder" } }
            }
            @if let Some(line) = shown.line.authorized_keys.as_ref() {
                details.ab-line open[!is_open(shown)] {
                    summary { "The line that lets us in" }
                    p.ab-small { "It belongs into " code { "~/.ssh/authorized_keys" } " on the host, for the user of the address. It may read that folder and nothing else." }
                    pre.ab-command #(format!("ab-line-{host}")) { (line) }
                    button.btn.btn-default.btn-sm type="button" hidden data-copy=(format!("ab-line-{host}")) { "Copy the line" }
                    p.ab-small { "rrsync comes with rsync. Where the host has none, leave the part " code { "command=\"…\"" } " out." }
                }
            }
            (buttons(frame, shown))
        }
    }
}

fn looked(way: &Latest<Looked>) -> Option<Result<&Tested, &Failure>> {
    way.seen.as_ref().map(|seen| match &seen.found {
        Ok(looked) => looked.as_ref(),
        Err(failure) => Err(failure),
    })
}

fn is_open(shown: &Shown) -> bool {
    shown.way.as_ref().and_then(looked).is_some_and(|looked| looked.is_ok())
}

fn is_restricted(shown: &Shown) -> bool {
    shown.way.as_ref().and_then(looked).is_some_and(|looked| looked.is_ok_and(|tested| tested.restricted))
}

fn state_of(shown: &Shown) -> (&'static str, Icon, &'static str) {
    way_state(shown.way.as_ref())
}

/// Class, picture and word for the way to a host; `None` is this machine.
pub fn way_state(way: Option<&Latest<Looked>>) -> (&'static str, Icon, &'static str) {
    match way {
        None => ("ab-good", Icon::Check, "This machine"),
        Some(way) if way.looking.is_some() => ("ab-run", Icon::Spinner, "Looking"),
        Some(way) => match looked(way).map(|looked| looked.is_ok()) {
            None => ("ab-run", Icon::Spinner, "Looking"),
            Some(true) => ("ab-good", Icon::Check, "Ready"),
            Some(false) => ("ab-bad", Icon::Broken, "Not ready"),
        },
    }
}

fn state(shown: &Shown) -> Markup {
    let (class, sign, word) = state_of(shown);
    html! {
        @if sign == Icon::Spinner { noscript { meta http-equiv="refresh" content="3"; } }
        span.ab-state.(class) { (icon(sign)) " " (word) }
    }
}

fn last(listed: &Listed, now: &Zoned) -> Markup {
    html! {
        @match listed {
            Listed::NotYet => "is being looked at",
            Listed::Hanging => "its drive does not answer",
            Listed::Failed(why) => (why),
            Listed::Seen(item) => {
                @match (item.snapshots.last(), &item.why) {
                    (Some(newest), _) => {
                        (words::lately_stamp(newest.marker.started, now)) ", " (words::counted(newest.marker.counts.files, "file"))
                        @if newest.suspect.is_some() { ", not trusted" }
                    },
                    (None, Some(why)) => (why),
                    (None, None) => "none yet",
                }
            },
        }
    }
}

fn next(shown: &Shown, now: &Zoned) -> String {
    match &shown.next {
        Some(at) => format!("{}, by plan {}", words::lately_stamp(at.timestamp(), now), shown.plans.join(", ")),
        None => "no plan takes it; make one on the page Plans".to_owned(),
    }
}

fn buttons(frame: &Frame, shown: &Shown) -> Markup {
    let host = &shown.line.host;
    html! {
        div.ab-card-buttons {
            @if shown.line.over_ssh {
                form.ab-form method="post" action=(frame.url(&format!("hosts/{host}/test"))) data-send="mark" {
                    (forms::token(frame))
                    (forms::typed_here(frame, "test", &format!("ab-typed-test-{host}")))
                    button.btn.btn-default.btn-sm #(format!("ab-test-{host}")) type="submit" { (icon(Icon::Verify)) " Test" }
                }
            }
            (forms::button(frame, &format!("snapshots/{host}/take"), "btn btn-default btn-sm", &format!("ab-take-{host}"), html! { (icon(Icon::Camera)) " Take now" }))
            a.btn.btn-default.btn-sm href=(frame.url("snapshots")) data-room="snapshots" { (icon(Icon::Folder)) " Snapshots" }
        }
        @if shown.line.over_ssh {
            details.ab-removal #(format!("ab-removal-{host}")) {
                summary { "Remove from the list" }
                p { "Its snapshots stay on the drive. The key that was made for it goes." }
                form.ab-form method="post" action=(frame.url(&format!("hosts/{host}/unlist"))) data-send="mark" {
                    (forms::token(frame))
                    (forms::typed_here(frame, "unlist", &format!("ab-typed-{host}")))
                    button.btn.btn-default.btn-sm #(format!("ab-remove-{host}")) type="submit" { (icon(Icon::Cross)) " Remove " (host) " from the list" }
                }
            }
        }
    }
}
