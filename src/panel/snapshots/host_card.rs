//! A host with its snapshots: what was taken last, what can be done, and the way into each snapshot.
use jiff::Zoned;
use maud::{Markup, html};

use super::beside;
use super::item_words::changes;
use super::months;
use crate::domain::host::settings::HostName;
use crate::observe::snapshots::Listed;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, words};
use crate::work::snapshot::list::{HostItem, Item};

pub fn draw(frame: &Frame, host: &HostName, listed: &Listed, now: &Zoned) -> Markup {
    html! {
        div.ab-card.ab-host #(format!("ab-host-{host}")) data-host=(host) {
            div.ab-card-head {
                h4 { (icon(Icon::Folder)) " " (host) }
                (state(listed))
            }
            @match listed {
                Listed::NotYet => {
                    noscript { meta http-equiv="refresh" content="3"; }
                    p.ab-small { "Its snapshots are being looked at; this takes a moment when a disk sleeps." }
                },
                Listed::Hanging => p.ab-why { "The drive has not answered for a while. Check its cable or the network." },
                Listed::Failed(why) => p.ab-why { (why) },
                Listed::Seen(item) => (seen(frame, host, item, now)),
            }
        }
    }
}

fn state(listed: &Listed) -> Markup {
    let (class, sign, word) = match listed {
        Listed::NotYet => ("ab-run", Icon::Spinner, "Looking"),
        Listed::Hanging | Listed::Failed(_) => ("ab-bad", Icon::Broken, "Cannot be listed"),
        Listed::Seen(item) if item.why.is_some() => ("ab-warn", Icon::Warning, "Cannot be listed now"),
        Listed::Seen(item) => match item.snapshots.last() {
            None => ("ab-open", Icon::Circle, "None yet"),
            Some(newest) if newest.suspect.is_some() => ("ab-bad", Icon::Warning, "Newest not trusted"),
            Some(_) => ("ab-good", Icon::Check, "Taken"),
        },
    };
    html! { span.ab-state.(class) { (icon(sign)) " " (word) } }
}

fn seen(frame: &Frame, host: &HostName, item: &HostItem, now: &Zoned) -> Markup {
    html! {
        p { code { (item.path.display()) } @if let Some(destination) = &item.destination { " on " (destination) } }
        @if let Some(why) = &item.why { p.ab-why { (why) } }
        @if let Some(newest) = item.snapshots.last() { (facts(item, newest, now)) }
        @if let Some(why) = item.snapshots.last().and_then(|newest| newest.suspect.as_deref()) {
            p.ab-why { (icon(Icon::Warning)) " The newest is kept and not trusted: " (why) ". Nothing older goes until you have looked." }
        }
        div.ab-card-buttons {
            (forms::button(frame, &format!("snapshots/{host}/take"), "btn btn-primary btn-sm", &format!("ab-take-{host}"), html! { (icon(Icon::Camera)) " Take now" }))
            @if let Some(newest) = item.snapshots.last() {
                a.btn.btn-default.btn-sm href=(frame.url(&format!("snapshots/{host}/{}", newest.name))) { (icon(Icon::Search)) " Browse the newest" }
                a.btn.btn-default.btn-sm href=(frame.url(&format!("snapshots/{host}/preview"))) data-dialog="preview" { (icon(Icon::Delete)) " What would go" }
                (forms::button(frame, &format!("snapshots/{host}/archive"), "btn btn-default btn-sm", &format!("ab-archive-{host}"), html! { (icon(Icon::Archive)) " Make an archive" }))
                (forms::button(frame, &format!("snapshots/{host}/golden"), "btn btn-default btn-sm", &format!("ab-golden-{host}"), html! { (icon(Icon::Pin)) " Make the golden month" }))
            }
        }
        (beside::draw(frame, host, item, now))
        (months::draw(frame, host, &item.snapshots, now))
    }
}

fn facts(item: &HostItem, newest: &Item, now: &Zoned) -> Markup {
    let counts = &newest.marker.counts;
    html! {
        dl.ab-facts {
            dt { "Newest" } dd { (words::lately_stamp(newest.marker.started, now)) }
            dt { "Holds" } dd { (words::counted(counts.files, "file")) ", " (words::size(counts.bytes)) }
            dt { "Since the one before" } dd { (changes(newest)) }
            dt { "Snapshots" } dd { (words::count(item.snapshots.len() as u64)) @if let Some(first) = item.snapshots.first() { ", the oldest of " (first.name) } }
        }
    }
}
