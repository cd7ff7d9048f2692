//! What lies beside the snapshots of a host: its archives and golden months, the newest first.
use jiff::Zoned;
use maud::{Markup, html};

use crate::catalog::Knowledge;
use crate::domain::host::settings::HostName;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, words};
use crate::work::snapshot::list::{ArchiveItem, GoldenItem, HostItem};

pub fn draw(frame: &Frame, host: &HostName, item: &HostItem, now: &Zoned) -> Markup {
    html! {
        @if !item.golden.is_empty() {
            details.ab-listed.ab-golden {
                summary { "Golden months (" (item.golden.len()) "), full copies that share no file" }
                ul.list-group.ab-snapshots { @for one in item.golden.iter().rev() { (golden(frame, host, one, now)) } }
            }
        }
        @if !item.archives.is_empty() {
            details.ab-listed.ab-host-archives {
                summary { "Archives (" (item.archives.len()) ")" }
                ul.list-group.ab-snapshots { @for one in item.archives.iter().rev() { (archive(frame, host, one)) } }
            }
        }
    }
}

fn golden(frame: &Frame, host: &HostName, one: &GoldenItem, now: &Zoned) -> Markup {
    html! {
        li.list-group-item data-golden=(one.month) {
            (verify(frame, &format!("snapshots/{host}/golden/{}/verify", one.month), &one.month.to_string(), host))
            strong { (one.month) } " "
            @match &one.scrub {
                Some(scrub) if scrub.wrong > 0 => {
                    span.ab-state.ab-bad { (icon(Icon::Broken)) " Damaged" }
                    span.ab-small { (words::counted(scrub.wrong, "thing")) ": " (scrub.findings.first().map_or("", String::as_str)) }
                },
                Some(scrub) => span.ab-small { "Read again " (words::lately_stamp(scrub.at, now)) "." },
                None => span.ab-small { "Read back when it was made, " (words::lately_stamp(one.made, now)) "." },
            }
            span.ab-small { "A copy of " (one.snapshot) ": " (words::counted(one.files, "file")) ", " (words::size(one.bytes)) }
        }
    }
}

fn archive(frame: &Frame, host: &HostName, one: &ArchiveItem) -> Markup {
    html! {
        li.list-group-item data-host-archive=(one.name) {
            (verify(frame, &format!("snapshots/{host}/archive/{}/verify", one.name), one.name.as_str(), host))
            strong.ab-break { (one.name) } " "
            @if one.state == Knowledge::Damaged { span.ab-state.ab-bad { (icon(Icon::Broken)) " Damaged" } }
            span.ab-small { (words::size(one.bytes)) "; " (one.reason) }
        }
    }
}

fn verify(frame: &Frame, path: &str, name: &str, host: &HostName) -> Markup {
    let (id, told) = (format!("ab-verify-{host}-{name}"), format!("Verify {name} of {host}"));
    let face = html! { (icon(Icon::Verify)) };
    html! { span.ab-row-acts { (forms::named_button(frame, path, "btn btn-default btn-sm", &id, &told, "Verify", face)) } }
}
