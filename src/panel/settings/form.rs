//! Every key by subject, in plain words: a field where the page may change it, else its value and why not.
use maud::{Markup, html};

use super::sheet::{Sheet, field_name};
use crate::domain::settings::keys::{Found, Hand, Subject};
use crate::domain::settings::kind::Kind;
use crate::domain::settings::mistake::Mistake;
use crate::domain::settings::subjects::SUBJECTS;
use crate::domain::settings::subjects::destination::DESTINATION;
use crate::domain::settings::values::default_of;

/// What can be changed comes first.
pub fn draw(sheet: &Sheet) -> Markup {
    let of = |hand: Hand| SUBJECTS.iter().filter(move |subject| subject.hand == hand && !subject.section.is_empty());
    html! {
        @for subject in of(Hand::Page) { (section(sheet, subject)) }
        (drives(sheet))
        @for subject in of(Hand::File) { (section(sheet, subject)) }
    }
}

/// Every drive of the file; of a program only its name, because owners write passwords into its arguments.
fn drives(sheet: &Sheet) -> Markup {
    html! {
        fieldset.ab-subject #ab-destination {
            legend { (DESTINATION.title) }
            p.text-muted { (DESTINATION.about) }
            p.ab-small { "Added and removed on the page Destinations; all else is changed in the text of the file, programs in the file itself." }
            @if sheet.reading.settings.destinations.is_empty() { p { "There is none." } }
            @for one in &sheet.reading.settings.destinations {
                dl.dl-horizontal.ab-locked data-destination=(one.name) {
                    dt { "Name" } dd.ab-break { (one.name) }
                    dt { "Folder" } dd.ab-break { code { (one.path.display()) } }
                    dt { "Must be a drive" } dd { @if one.require_mount { "yes" } @else { "no" } }
                    dt { "Mounted by" }
                    dd.ab-break {
                        @match one.mount_command.first() {
                            Some(program) => code { (program) },
                            None => span.text-muted { "its owner" },
                        }
                    }
                }
            }
        }
    }
}

/// The field of a key, as other places of the page name it.
pub fn id_of(path: &str) -> String {
    format!("ab-key-{}", path.replace('.', "-"))
}

/// With its full stop, unless it asks.
pub fn sentence(mistake: &Mistake) -> String {
    if mistake.message.ends_with('?') { mistake.message.clone() } else { format!("{}.", mistake.message) }
}

fn section(sheet: &Sheet, subject: &'static Subject) -> Markup {
    let keys = || subject.keys.iter().map(|key| Found { subject, key });
    let locked = keys().any(|found| found.hand() == Hand::File);
    html! {
        fieldset.ab-subject #(format!("ab-{}", subject.section.replace('.', "-"))) {
            legend { (subject.title) }
            @if !subject.about.is_empty() { p.text-muted { (subject.about) } }
            @for found in keys().filter(|found| found.hand() == Hand::Page) { (field(sheet, found)) }
            @if locked {
                p.ab-small { (why_not(subject)) }
                dl.dl-horizontal.ab-locked { @for found in keys().filter(|found| found.hand() == Hand::File) { (fixed(sheet, found)) } }
            }
        }
    }
}

/// Why some keys of a subject have no field.
fn why_not(subject: &Subject) -> &'static str {
    match subject.section {
        "server" | "panel" => {
            "These decide who may come in. They are changed in the file, so that a stolen login cannot let others in."
        }
        "notify" => {
            "Changed in the file only: a stolen login must not run programs or send your password to another server."
        }
        _ => "Changed in the file only: a stolen login must not point this program to other folders.",
    }
}

fn field(sheet: &Sheet, found: Found) -> Markup {
    let path = found.path();
    let id = id_of(&path);
    let mistakes: Vec<&Mistake> = sheet.mistakes.iter().filter(|mistake| mistake.path == path).collect();
    let state = if mistakes.is_empty() { Validity::Right } else { Validity::Wrong };
    let is_flag = matches!(found.key.kind, Kind::Flag);
    html! {
        div.form-group.has-error[state == Validity::Wrong] data-key=(path) {
            @if is_flag {
                div.checkbox {
                    label for=(id) { (control(sheet, found, &id, state)) " " (found.key.label) }
                }
            } @else {
                label.control-label for=(id) { (found.key.label) }
                @if found.key.unit.is_empty() { (control(sheet, found, &id, state)) }
                @else {
                    div.input-group {
                        (control(sheet, found, &id, state))
                        span.input-group-addon { (found.key.unit) }
                    }
                }
            }
            div #(format!("{id}-help")) {
                @if sheet.has_wishes() && let Some(before) = sheet.wish_for(found) { span.help-block.ab-wish { "In the file: " (before) "." } }
                @for mistake in mistakes { span.help-block.ab-mistake { (sentence(mistake)) } }
                span.help-block { (found.key.help) " " (default(found)) }
            }
        }
    }
}

/// "Default: 700."
fn default(found: Found) -> Markup {
    let default = default_of(found);
    let default = default.trim_matches('"');
    html! {
        @match (default, found.key.left_out) {
            ("true", _) => "Default: on.",
            ("false", _) => "Default: off.",
            ("", "") => "Default: empty.",
            ("", else_is) => { "Default: " (else_is) "." }
            (value, _) => { "Default: " (value) "." }
        }
    }
}

fn control(sheet: &Sheet, found: Found, id: &str, state: Validity) -> Markup {
    let (name, value, help) = (field_name(found), sheet.value(found), format!("{id}-help"));
    let invalid = (state == Validity::Wrong).then_some("true");
    html! {
        @match found.key.kind {
            Kind::Flag => {
                input #(id) type="checkbox" name=(name) value="true" checked[value == "true"] aria-describedby=(help) aria-invalid=[invalid];
            }
            Kind::OneOf(words) => {
                select #(id).form-control name=(name) aria-describedby=(help) aria-invalid=[invalid] {
                    @for word in words { option value=(word) selected[value == *word] { (word) } }
                }
            }
            Kind::Whole { .. } | Kind::Number { .. } => {
                input #(id).form-control type="text" inputmode="decimal" name=(name) value=(value) autocomplete="off" aria-describedby=(help) aria-invalid=[invalid];
            }
            _ => {
                input #(id).form-control type="text" name=(name) value=(value) autocomplete="off" autocapitalize="off" spellcheck="false" aria-describedby=(help) aria-invalid=[invalid];
            }
        }
    }
}

/// Whether what stands in a field may be saved.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Validity {
    Right,
    Wrong,
}

/// A key that the page only shows.
fn fixed(sheet: &Sheet, found: Found) -> Markup {
    let path = found.path();
    let value = sheet.value(found);
    let counts = sheet.folders.iter().find(|(key, _)| *key == path).map(|(_, folder)| folder);
    let holds_secret = matches!(path.as_str(), "server.token_file" | "notify.password_file");
    html! {
        dt title=(path) { (found.key.label) }
        dd.ab-break {
            @if let Some(folder) = counts { code { (folder.display()) } }
            @else { @match value.as_str() {
                "" if found.key.left_out.is_empty() => span.text-muted { "none" },
                "" => span.text-muted { (found.key.left_out) },
                file if holds_secret => { "set, in " code { (file) } }
                value => code { (value.replace('\n', " ")) },
            } }
        }
    }
}
