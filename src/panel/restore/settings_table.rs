//! Settings key by key: what stands there today, what would stand there, and whose it is. With
//! another camera's backup each key can be decided by the owner.
use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::Value;

use super::look::Look;
use crate::domain::restore::kind::Kind;
use crate::domain::restore::merge::Decision;
use crate::domain::restore::preview::Change;
use crate::domain::restore::request::Side;
use crate::domain::restore::setting::SettingChange;
use crate::panel::parts::icons::{Icon, icon};

pub fn draw(look: &Look) -> Markup {
    let preview = &look.preview;
    let decided: Vec<&str> = preview.decisions.iter().map(|decision| decision.key.as_str()).collect();
    let is_decided = |line: &&SettingChange| {
        line.file.as_str().is_some_and(|file| file.starts_with("config/settings"))
            && decided.contains(&line.key.as_str())
    };
    let rest: Vec<&SettingChange> = preview.settings.iter().filter(|line| !is_decided(line)).collect();
    html! {
        @if !preview.decisions.is_empty() { (merged(look)) }
        @if !rest.is_empty() { (plain(&rest)) }
        @if preview.decisions.is_empty() && rest.is_empty() {
            p.text-muted.ab-no-settings {
                @if replaces_settings_as_a_whole(look) { "The camera's settings are in its database, which is replaced as a whole." }
                @else { "No setting would change." }
            }
        }
    }
}

/// indi-allsky keeps them in its database.
fn replaces_settings_as_a_whole(look: &Look) -> bool {
    look.preview.files.iter().any(|file| {
        matches!(file.change, Change::New | Change::Changed)
            && file
                .path
                .as_str()
                .is_some_and(|path| path.starts_with("var/lib/indi-allsky/") && path.ends_with(".sqlite"))
    })
}

fn plain(lines: &[&SettingChange]) -> Markup {
    let mut files: BTreeMap<String, Vec<&SettingChange>> = BTreeMap::new();
    for line in lines {
        files.entry(line.file.to_string()).or_default().push(line);
    }
    html! {
        section.ab-settings aria-label="Settings" {
            h5 { "Settings (" (lines.len()) ")" }
            @for (file, lines) in files {
                table.table.ab-setting-table data-file=(file) {
                    caption { (file) }
                    thead { tr { th scope="col" { "Setting" } th scope="col" { "Today" } th scope="col" { "From the backup" } th scope="col" { "Belongs to" } } }
                    tbody { @for line in lines {
                        tr data-key=(line.key) {
                            (named(&line.label, &line.key))
                            td.ab-old data-label="Today" { (value(line.old.as_ref())) }
                            td.ab-new data-label="From the backup" { (value(line.new.as_ref())) }
                            td data-label="Belongs to" { (badge(line.kind)) }
                        }
                    } }
                }
            }
        }
    }
}

fn merged(look: &Look) -> Markup {
    let preview = &look.preview;
    html! {
        section.ab-settings aria-label="Settings of another camera" {
            h5 { "Settings that differ (" (preview.decisions.len()) ")" }
            p.text-muted { "Each switch says whether that setting is taken from the backup or stays as it is." }
            table.table.ab-setting-table.ab-merge-table {
                caption.sr-only { "Settings that differ, and which side holds" }
                thead { tr { th scope="col" { "Setting" } th scope="col" { "Today" } th scope="col" { "In the backup" } th scope="col" { "Belongs to" } th scope="col" { "Take it" } } }
                tbody { @for decision in &preview.decisions {
                    tr data-key=(decision.key) data-side=(side_word(decision.side)) {
                        (named(&decision.label, &decision.key))
                        @if decision.free {
                            td.ab-old data-label="Today" { (value(look.today.get(&decision.key))) }
                            td.ab-new data-label="In the backup" { (value(look.theirs.get(&decision.key))) }
                        } @else {
                            td.ab-old data-label="Today" { span.text-muted { "of this camera" } }
                            td.ab-new data-label="In the backup" { span.text-muted { "of the other one" } }
                        }
                        td data-label="Belongs to" { (badge(decision.kind)) }
                        td data-label="Take it" { (switch(decision)) }
                    }
                } }
            }
        }
    }
}

fn switch(decision: &Decision) -> Markup {
    let takes = decision.side == Side::Backup;
    html! {
        label.ab-side {
            input.ab-switch #{"ab-pick-" (decision.key)} type="checkbox" role="switch" data-pick-key=(decision.key)
                checked[takes] disabled[!decision.free] aria-label={"Take " (decision.label) " from the backup"};
            span { (if takes { "from the backup" } else { "stays" }) span.ab-small { (decision.because) } }
        }
    }
}

fn side_word(side: Side) -> &'static str {
    match side {
        Side::Backup => "backup",
        Side::Camera => "camera",
    }
}

fn named(label: &str, key: &str) -> Markup {
    html! { th scope="row" data-label="Setting" { span { (label) @if label != key { span.ab-small.ab-break { (key) } } } } }
}

/// Text without its quotes; nothing is a dash.
fn value(value: Option<&Value>) -> Markup {
    let text = match value {
        None => return html! { span.text-muted { "not there" } },
        Some(Value::String(text)) if text.is_empty() => return html! { span.text-muted { "empty" } },
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(true)) => "on".to_owned(),
        Some(Value::Bool(false)) => "off".to_owned(),
        Some(other) => other.to_string(),
    };
    html! { span.ab-value { (text) } }
}

fn badge(kind: Kind) -> Markup {
    let (word, class, sign) = match kind {
        Kind::General => return html! { span.ab-badge { "you" } },
        Kind::Camera => ("camera", "ab-badge-camera", Icon::Camera),
        Kind::Device => ("device", "ab-badge-device", Icon::Gear),
        Kind::Secret => ("secret", "ab-badge-secret", Icon::Lock),
    };
    html! { span.ab-badge.(class) { (icon(sign)) " " (word) } }
}
