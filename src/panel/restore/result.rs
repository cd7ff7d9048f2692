//! Result: what was restored, what it cost, and the way back.
use maud::{Markup, html};

use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::words;
use crate::panel::state::PanelState;
use crate::work::restore::{Restored, Undone};

pub fn restored(panel: &PanelState, frame: &Frame, result: &Restored) -> Markup {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "N/A".to_owned());
    let same = "Everything was as in the backup already; nothing was changed.";
    let rows = html! {
        tr { th scope="row" { "File" } td.ab-break { a href=(frame.url(&format!("archive/{}", result.name))) data-dialog="info" { (result.name) } } }
        tr { th scope="row" { "Type" } td { (words::kind_of_backup(Some(result.kind))) } }
        tr { th scope="row" { "Mode" } td { (mode(result)) } }
        tr { th scope="row" { "Version" } td { (result.from_version) " to " (result.to_version) } }
        @if result.from_camera.is_some() {
            tr { th scope="row" { "Camera" } td { (or_none(&result.from_camera)) " to " (or_none(&result.to_camera)) } }
        }
        @if !result.sections.is_empty() { tr { th scope="row" { "Sections" } td { (result.sections.join(", ")) } } }
        @if !result.folders.is_empty() { tr { th scope="row" { "Folders" } td { (few(&result.folders)) } } }
        (written(result))
        (paused(result.pause_ms, why_not_paused(result)))
    };
    summary(panel, frame, result, same, rows)
}

pub fn night(panel: &PanelState, frame: &Frame, result: &Restored) -> Markup {
    let rows = html! {
        tr { th scope="row" { "To" } td { (mode(result)) } }
        (written(result))
    };
    summary(panel, frame, result, "The camera has everything already; nothing was changed.", rows)
}

/// `same` is said when there was nothing to do.
fn summary(panel: &PanelState, frame: &Frame, result: &Restored, same: &str, rows: Markup) -> Markup {
    html! {
        section.ab-result aria-label="Result" {
            @if result.restore_id.is_none() { p.ab-nothing-yet { (icon(Icon::Check)) " " (same) } }
            (pairs("What was restored", html! {
                (rows)
                @if let Some(log) = &result.log { (log_file(&log.display().to_string())) }
            }))
            @if let Some(id) = &result.restore_id { (way_back(panel, frame, id, "Undo")) }
        }
    }
}

fn pairs(caption: &str, rows: Markup) -> Markup {
    html! {
        table.table.ab-pairs {
            caption.sr-only { (caption) }
            tbody { (rows) }
        }
    }
}

fn paused(ms: u64, not_at_all: &str) -> Markup {
    html! { tr { th scope="row" { "Camera paused" } td { @if ms == 0 { (not_at_all) } @else { (words::span_ms(ms)) } } } }
}

/// Only for settings of the camera itself it would be paused, if it ran.
fn why_not_paused(result: &Restored) -> &'static str {
    if result.found_camera_down() {
        "not at all: it was not running, and stays so until you start it"
    } else {
        "not needed"
    }
}

fn log_file(path: &str) -> Markup {
    html! { tr { th scope="row" { "Log" } td.ab-break { (path) } } }
}

fn written(result: &Restored) -> Markup {
    html! {
        tr {
            th scope="row" { "Files" }
            td { (words::counted(result.files, "file")) " written (" (words::size(result.bytes)) "): "
                (words::count(result.new)) " new, " (words::count(result.changed)) " changed; " (words::count(result.same)) " were the same" }
        }
    }
}

fn mode(result: &Restored) -> Markup {
    html! {
        @match &result.to {
            Some(to) => { "to the folder " (to.display()) },
            None if result.merged => "merged with the settings of this camera",
            None => "to the camera",
        }
    }
}

pub fn undone(panel: &PanelState, frame: &Frame, result: &Undone) -> Markup {
    let are = if result.files == 1 { "is as it was" } else { "are as they were" };
    html! {
        section.ab-result aria-label="Result" {
            p.ab-nothing-yet { (icon(Icon::Check)) " " (words::counted(result.files, "file")) " " (are) " before the restore." }
            (pairs("What was undone", html! {
                @if let Some(name) = &result.name { tr { th scope="row" { "Undone" } td.ab-break { "Restore of " (name) } } }
                (paused(result.pause_ms, "not at all"))
                @if let Some(log) = &result.log { (log_file(&log.display().to_string())) }
            }))
            (way_back(panel, frame, &result.restore_id, "Undo this undo"))
        }
    }
}

pub fn way_back(panel: &PanelState, frame: &Frame, id: &str, word: &str) -> Markup {
    html! {
        p.ab-way-back {
            a.btn.btn-warning #{"result-undo-" (id)} href=(frame.url(&format!("restores/{id}/undo"))) data-dialog="undo" { (icon(Icon::Undo)) " " (word) }
            span.ab-small { "brings today's files back, for " (words::counted(u64::from(panel.tools().restore.undo_days), "day")) }
        }
    }
}

fn few(names: &[String]) -> String {
    let shown = names.iter().take(6).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > 6 { format!("{shown} and {} more", names.len() - 6) } else { shown }
}
