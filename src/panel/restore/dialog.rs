//! Restore Backup: what the backup is, the checks, and the choice: **Normal** by section or night,
//! **Advanced** file by file.
//!
//! Normal works as a plain form; scripts keep the checks up to date and add Advanced.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::{databases, nights, sections};
use crate::base::rel_path::RelPath;
use crate::domain::archive::left_out::LeftOut;
use crate::domain::archive::name::{ArchiveKind, ArchiveName};
use crate::domain::restore::program::{Origin, Programs};
use crate::domain::software::Software;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::switch;
use crate::panel::parts::switch::{Switch, Switched};
use crate::panel::parts::{forms, layout, words};
use crate::panel::state::{PanelState, off_loop};
use crate::site::Camera;
use crate::work::archive::info;
use crate::work::archive::info::Info;

enum Choices {
    Config(Vec<sections::ArchivedSection>),
    Images(nights::Folders),
    /// Nobody has read it yet.
    Unread,
}

/// `GET archive/NAME/restore`.
pub async fn dialog(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
) -> Result<HttpResponse, HttpError> {
    let name = name.into_inner();
    let (info, ways, camera) = off_loop(&panel, {
        let name = name.clone();
        move |panel| {
            let info = info::info(&panel.tools(), &name)?;
            // Reads a small archive that has no index yet.
            let known = info::folder(&panel.tools(), &name, None, 0, 1)?.is_some();
            let info = if info.files.is_none() && known { info::info(&panel.tools(), &name)? } else { info };
            let ways = match info.metadata.as_ref().filter(|_| known) {
                Some(metadata) if metadata.backup_type == ArchiveKind::Images => {
                    Choices::Images(nights::read(panel, &name)?)
                }
                Some(metadata) => Choices::Config(sections::read(panel, &name, metadata)?),
                None => Choices::Unread,
            };
            Ok((info, ways, panel.tools().site.camera().ok()))
        }
    })
    .await?;
    Ok(layout::page(&frame, &request, "Restore Backup", draw(&panel, &frame, &name, &info, &ways, camera.as_ref())))
}

fn draw(
    panel: &PanelState,
    frame: &Frame,
    name: &ArchiveName,
    info: &Info,
    ways: &Choices,
    camera: Option<&Camera>,
) -> Markup {
    let place = format!("archive/{name}/restore");
    html! {
        div.ab-restore data-archive=(name) data-address=(frame.url(&place)) {
            div.modal-header {
                h4.modal-title { "Restore Backup" }
                (steps())
            }
            div.modal-body {
                div data-slot="words" {}
                div data-slot="checks" aria-live="polite" {}
                form #ab-restore-choice method="post" action=(frame.url(&format!("{place}/preview"))) data-restore="" {
                    (forms::token(frame))
                    div data-step="choose" {
                        (about(panel, info, camera))
                        @match ways {
                            Choices::Unread => (unread(frame, name)),
                            _ => (tabs(frame, name, info, ways)),
                        }
                    }
                    @if !matches!(ways, Choices::Unread) { (options(panel, info, ways, camera)) }
                }
                div data-step="preview" hidden { div data-slot="changes" {} }
            }
            div.modal-footer {
                div.ab-confirm-slot data-slot="confirm" hidden {}
                p.ab-footer-note data-part="chosen" role="status" {}
                button.btn.btn-default.ab-needs-js type="button" data-restore-act="back" hidden { "Back" }
                a.btn.btn-default href=(frame.url("")) data-act="close" { "Close" }
                @if !matches!(ways, Choices::Unread) {
                    button.btn.btn-primary #ab-restore-preview type="submit" form="ab-restore-choice" { "Preview Changes" }
                }
            }
        }
    }
}

/// Where the owner is.
pub fn steps() -> Markup {
    html! {
        ol.ab-steps aria-label="Steps" {
            li data-at="choose" aria-current="step" { "Choose" }
            li data-at="preview" { "Preview changes" }
            li { "Confirm" }
            li { "Result" }
        }
    }
}

/// Backup Metadata and Modules In Backup.
fn about(panel: &PanelState, info: &Info, camera: Option<&Camera>) -> Markup {
    let now = (panel.tools().now)();
    let none = || "N/A".to_owned();
    let metadata = info.metadata.as_ref();
    let named = |kind: Option<&String>, model: Option<&String>| {
        let text = [kind, model].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
        if text.is_empty() { none() } else { text }
    };
    let is_config = info.item.kind == Some(ArchiveKind::Config);
    let is_team = panel.tools().site.software() == Software::Allsky;
    html! {
        details.ab-about open {
            summary { "Backup Metadata" }
            table.table.ab-pairs {
                caption.sr-only { "Backup Metadata" }
                tbody {
                    tr { th scope="row" { "File" } td.ab-break { (info.item.name) } }
                    tr { th scope="row" { "Type" } td { (words::kind_of_backup(info.item.kind)) " " (words::knowledge(info.item.state)) } }
                    tr { th scope="row" { "Created" } td { (words::moment(&info.item.created, &now)) } }
                    tr {
                        th scope="row" { "Version" }
                        td { (info.item.version.clone().unwrap_or_else(none))
                            @if let Some(camera) = camera { span.ab-small { "this camera: " (camera.version) } } }
                    }
                    @if is_config {
                        tr { th scope="row" { "Backup camera" } td { (named(info.item.camera_type.as_ref(), info.item.camera_model.as_ref())) } }
                        tr { th scope="row" { "Current camera" }
                            td { (camera.map_or_else(none, |camera| named(camera.camera_type.as_ref(), camera.camera_model.as_ref()))) } }
                        @for (what, file) in [("Settings file", metadata.and_then(|m| m.settings_file.as_ref())), ("CC file", metadata.and_then(|m| m.cc_file.as_ref()))] {
                            @if is_team || file.is_some() { tr { th scope="row" { (what) } td.ab-break { (file.cloned().unwrap_or_else(none)) } } }
                        }
                    }
                }
            }
        }
        @if let Some(modules) = metadata.and_then(|metadata| metadata.backup_modules.as_ref()).filter(|_| is_config) {
            details.ab-about {
                summary { "Modules In Backup (" (modules.len()) ")" }
                @if modules.is_empty() { p.text-muted { "None." } }
                ul.ab-chips { @for module in modules { li { (module) } } }
            }
        }
    }
}

fn tabs(frame: &Frame, name: &ArchiveName, info: &Info, ways: &Choices) -> Markup {
    let place = format!("archive/{name}/restore");
    html! {
        div.ab-tabs.ab-needs-js role="tablist" aria-label="How to choose" {
            button #ab-mode-normal type="button" role="tab" aria-selected="true" aria-controls="ab-normal" data-mode="normal" { "Normal" }
            button #ab-mode-advanced type="button" role="tab" aria-selected="false" aria-controls="ab-advanced" tabindex="-1" data-mode="advanced" { "Advanced" }
        }
        div #ab-normal role="tabpanel" aria-labelledby="ab-mode-normal" {
            @match ways {
                Choices::Config(parts) => (sections::draw(parts)),
                Choices::Images(folders) => (nights::draw(frame, name, folders)),
                Choices::Unread => {},
            }
        }
        div #ab-advanced role="tabpanel" aria-labelledby="ab-mode-advanced" hidden
            data-tree=(frame.url(&format!("{place}/tree?folder=&offset=0")))
            data-find=(frame.url(&format!("{place}/search")))
            data-files=(info.files.unwrap_or(0)) data-bytes=(info.raw_bytes.unwrap_or(0)) {
            div.ab-pick-bar {
                div.ab-search role="search" {
                    label.sr-only for="ab-pick-q" { "Search file names" }
                    (icon(Icon::Search))
                    input.form-control #ab-pick-q type="search" placeholder="Search file names" autocomplete="off";
                }
                button.btn.btn-default type="button" data-restore-act="all" { "Select all" }
                button.btn.btn-default type="button" data-restore-act="none" { "Select none" }
            }
            div.ab-pick-found hidden {}
            div.ab-pick-tree {}
        }
    }
}

/// How the backup meets the camera.
fn options(panel: &PanelState, info: &Info, ways: &Choices, camera: Option<&Camera>) -> Markup {
    let images = matches!(ways, Choices::Images(_));
    let is_team = panel.tools().site.software() == Software::Allsky;
    let has_programs = match ways {
        Choices::Config(parts) => parts.iter().any(|part| part.programs > 0),
        Choices::Images(folders) => folders.programs > 0,
        Choices::Unread => false,
    };
    let other = info.metadata.as_ref().zip(camera).is_some_and(|(backup, here)| {
        backup.camera_type != here.camera_type || backup.camera_model != here.camera_model
    });
    html! {
        fieldset.ab-restore-options {
            legend { "How" }
            @if images {
                div.ab-to {
                    label for="ab-restore-to" { "Restore to another folder" }
                    input.form-control #ab-restore-to type="text" name="to" placeholder="empty = back to the camera; or /media/usb/nights" autocomplete="off" spellcheck="false";
                    p.ab-small { "Nights that the camera would soon delete are safe in a folder of their own." }
                }
                @if has_programs { (programs_switch(panel, info, camera)) }
                (incomplete_switch(info))
            } @else {
                @if is_team { div data-part="login" {
                    input type="hidden" name="may-keep-login" value="1";
                    (switch::row("", &Switch { id: "ab-keep-login", name: "keep-login", value: "1", state: Switched::On },
                        switch::words("Keep today's login", html! {
                            (RelPath::of_our_own("env.json")) " holds the panel's user name and password, and the passwords of remote servers. "
                            "On: you go on logging in as today. Off: the panel's login changes to that of the backup."
                        })))
                } }
                div data-part="access" {
                    (switch::row("", &Switch { id: "ab-access", name: "access", value: "1", state: Switched::Off },
                        switch::words("Also change who may come in", html! {
                            "Whether a login is asked for at all, and the key of its sessions, stay as today. On: they become those of the backup; "
                            "the checks show both values."
                        })))
                }
                @if has_programs && !images { (programs_switch(panel, info, camera)) }
                (incomplete_switch(info))
                @if let Choices::Config(parts) = ways { (databases::choices(parts.iter().flat_map(|part| &part.databases))) }
                @if other && is_team {
                    (switch::row("", &Switch { id: "ab-merge", name: "merge", value: "1", state: Switched::Off },
                        switch::words("Take what is not camera-specific", html! {
                            "The backup is of another camera. Site, owner, uploads, website and overlays are taken; exposure, gain, "
                            "white balance and sensor settings of this camera stay. The preview shows every key, and you can choose for each."
                        })))
                }
            }
        }
    }
}

/// Only where the backup says that some of its files are not whole.
fn incomplete_switch(info: &Info) -> Markup {
    html! {
        @if info.metadata.as_ref().is_some_and(|metadata| metadata.left_out().iter().any(LeftOut::is_doubtful)) {
            (switch::row("", &Switch { id: "ab-incomplete", name: "incomplete", value: "1", state: Switched::Off },
                switch::words("Also restore incomplete files", html! {
                    "Some files are not whole in this backup: cut, filled with zeros, or caught while they were rewritten. "
                    "Off: they come only where nothing is today."
                })))
        }
    }
}

fn programs_switch(panel: &PanelState, info: &Info, camera: Option<&Camera>) -> Markup {
    let state = match Programs::by_default(info.origin) {
        Programs::Take => Switched::On,
        Programs::Leave => Switched::Off,
    };
    let owner = camera.map_or("its owner", |camera| camera.owner.as_str());
    let of = match (info.item.kind, panel.tools().site.software() == Software::Allsky) {
        (Some(ArchiveKind::Images), _) => "Files that are no pictures, films or data",
        (_, true) => "Scripts, modules, pages, keys, uservariables.sh, and pipelines that gain a step",
        (_, false) => "Steps of database upgrades and indi-allsky.env",
    };
    html! {
        div data-part="programs" {
            input type="hidden" name="may-take-programs" value="1";
            (switch::row("", &Switch { id: "ab-programs", name: "programs", value: "1", state },
                switch::words("Also restore programs", html! {
                    (of) ": the camera as " code { (owner) } ", or its web server, may run them. "
                    @match info.origin {
                        Origin::Here => "This backup was made here. Off: programs stay as they are now.",
                        Origin::Elsewhere => "This backup was not made here: turn it on only if you trust who made it, and look through the preview.",
                    }
                })))
        }
    }
}

fn unread(frame: &Frame, name: &ArchiveName) -> Markup {
    html! {
        div.ab-empty {
            (icon(Icon::Archive))
            p { "This backup was made elsewhere and has not been read yet. Read it once, then open Restore again." }
            a.btn.btn-primary href=(frame.url(&format!("archive/{name}"))) data-swap="dialog" { "Open Info" }
        }
    }
}
