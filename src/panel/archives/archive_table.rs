//! Every archive in the folder, grouped by type as the panel does it.
use maud::{Markup, html};

use crate::catalog::Knowledge;
use crate::domain::archive::name::{ArchiveKind, ArchiveName};
use crate::panel::archives::board::Board;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, words};
use crate::panel::state::PanelState;
use crate::work::archive::list::Item;

const GROUPS: [(Option<ArchiveKind>, &str); 3] = [
    (Some(ArchiveKind::Config), "Config Backups"),
    (Some(ArchiveKind::Images), "Images Backups"),
    (None, "Other Files"),
];

pub fn draw(panel: &PanelState, frame: &Frame, items: &[Item], board: &Board) -> Markup {
    html! {
        @if items.is_empty() {
            (empty(panel, frame))
        } @else {
            div.ab-table-head {
                p.text-muted { (summary(items, board)) }
                (forms::button(frame, "verify-all", "btn btn-default btn-sm", "ab-verify-all", html! { (icon(Icon::Verify)) " Verify All" }))
            }
            table.table.table-hover.ab-table {
                caption.sr-only { "Backups, grouped by type, newest first" }
                thead {
                    tr {
                        th scope="col" { "Backup Date/Time" }
                        th scope="col" { "Type" }
                        th scope="col" { "Version" }
                        th scope="col" { "Camera Type" }
                        th scope="col" { "Camera Model" }
                        th.ab-number scope="col" { "Size" }
                        th scope="col" { "Status" }
                        th.ab-actions-head scope="col" { "Actions" }
                    }
                }
                @for (kind, label) in GROUPS { (group(frame, items, kind, label, board)) }
            }
        }
    }
}

fn summary(items: &[Item], board: &Board) -> String {
    let bytes = items.iter().map(|item| item.bytes).sum();
    let files = words::counted(items.len() as u64, "file");
    match board.room {
        Some(room) => {
            format!("{files}, {} in all, {} free on this disk", words::size(bytes), words::size(room.free_bytes))
        }
        None => format!("{files}, {} in all", words::size(bytes)),
    }
}

fn group(frame: &Frame, items: &[Item], kind: Option<ArchiveKind>, label: &str, board: &Board) -> Markup {
    let members: Vec<&Item> = items.iter().filter(|item| item.kind == kind).collect();
    html! {
        @if !members.is_empty() {
            tbody {
                tr.ab-group { th colspan="8" scope="rowgroup" { (label) " (" (members.len()) ")" } }
                @for item in members { (row(frame, item, board)) }
            }
        }
    }
}

fn row(frame: &Frame, item: &Item, board: &Board) -> Markup {
    // Images have no camera of their own in the panel's format.
    let camera = |text: &Option<String>| text.clone().unwrap_or_else(|| "N/A".to_owned());
    let place = frame.url(&format!("archive/{}", item.name));
    html! {
        tr data-archive=(item.name) data-state=(serde_word(item.state)) {
            th.ab-when scope="row" data-label="Backup Date/Time" {
                @if ArchiveName::parse(&item.name).is_ok() {
                    a href=(place) data-dialog="info" title=(item.name) { (words::moment(&item.created, &board.now)) }
                } @else { (words::moment(&item.created, &board.now)) }
                @if item.kind.is_none() { div.ab-small { (item.name) } }
                @if let Some(why) = item.date_in_doubt { div.ab-small { (why) } }
            }
            td data-label="Type" { (words::kind(item.kind)) }
            td data-label="Version" { (item.version.as_deref().unwrap_or("N/A")) }
            td data-label="Camera Type" { (camera(&item.camera_type)) }
            td data-label="Camera Model" { (camera(&item.camera_model)) }
            td.ab-number data-label="Size" { (words::size(item.bytes)) }
            td.ab-status data-label="Status" {
                (words::knowledge(item.state))
                @if item.with_damage { " " span.ab-state.ab-warn { (icon(Icon::Warning)) " with damage" } }
                @if item.lacks_settings { " " span.ab-state.ab-warn { (icon(Icon::Warning)) " without settings" } }
                div.ab-small { (reason(item, board)) }
                @if item.pinned { div.ab-small { (icon(Icon::Pin)) " Pinned" } }
                @for name in &item.also_on { div.ab-small { "also on " (name) } }
                @if let Some(plan) = &item.plan { div.ab-small { "by plan " (plan) } }
                @if let Some(note) = &item.note { div.ab-small.ab-break { (note) } }
            }
            td.ab-actions { @if let Ok(name) = ArchiveName::parse(&item.name) { (actions(frame, &name, item)) } }
        }
    }
}

fn reason(item: &Item, board: &Board) -> String {
    match &item.verified_at {
        Some(at) if item.state == Knowledge::Verified => format!("read in full {}", words::lately(at, &board.now)),
        _ => item.reason.clone(),
    }
}

fn serde_word(state: Knowledge) -> &'static str {
    match state {
        Knowledge::Verified => "verified",
        Knowledge::Unverified => "unverified",
        Knowledge::Damaged => "damaged",
        Knowledge::Foreign => "foreign",
    }
}

/// What can be done with it. A file whose name no archive may have is only shown.
fn actions(frame: &Frame, name: &ArchiveName, item: &Item) -> Markup {
    let place = frame.url(&format!("archive/{name}"));
    let face = |sign: Icon, word: &str| html! { (icon(sign)) span.ab-word { (word) } };
    html! {
        div.ab-actions-row {
            a.btn.btn-default #{"info-" (name)} href=(place) data-dialog="info" title="Info" aria-label={"Info on " (name)} {
                (face(Icon::About, "Info"))
            }
            @if forms::gives_for_a_word(frame, item.kind) {
                // Its dialog has the field for the word.
                a.btn.btn-info #{"download-" (name)} href=(place) data-dialog="info" title="Download"
                    aria-label={"Download " (name)} { (face(Icon::Download, "Download")) }
            } @else {
                a.btn.btn-info #{"download-" (name)} href=(frame.url(&format!("download/{name}"))) download title="Download"
                    aria-label={"Download " (name)} { (face(Icon::Download, "Download")) }
            }
            (forms::named_button(frame, &format!("archive/{name}/verify"), "btn btn-default", &format!("verify-{name}"),
                &format!("Verify {name}"), "Verify", face(Icon::Verify, "Verify")))
            @if matches!(item.state, Knowledge::Verified | Knowledge::Unverified) {
                a.btn.btn-warning #{"restore-" (name)} href={(place) "/restore"} data-dialog="restore" title="Restore"
                    aria-label={"Restore " (name)} { (face(Icon::Restore, "Restore")) }
            } @else {
                button.btn.btn-warning #{"restore-" (name)} type="button" disabled title={"Cannot be restored: " (item.reason)}
                    aria-label={"Restore " (name) ": not possible, " (item.reason)} { (face(Icon::Restore, "Restore")) }
            }
            a.btn.btn-danger #{"delete-" (name)} href={(place) "/delete"} data-dialog="delete" title="Delete"
                aria-label={"Delete " (name)} { (face(Icon::Delete, "Delete")) }
        }
    }
}

fn empty(panel: &PanelState, frame: &Frame) -> Markup {
    html! {
        div.ab-empty {
            (icon(Icon::Archive))
            h4 { "No backups in this folder yet" }
            p.text-muted { (panel.tools().folder.path().display()) }
            p { "A config backup keeps settings, overlays and modules. An images backup keeps whole nights." }
            p {
                a.btn.btn-primary href=(frame.url("create")) data-dialog="create" { "Create your first backup" }
            }
        }
    }
}
