//! Info: what an archive says of itself, what is known of it, and every file in it.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::{file_tree, not_whole};
use crate::catalog::Knowledge;
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::name::ArchiveName;
use crate::panel::archives::folder_page::FolderPage;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, layout, query, words};
use crate::panel::state::{PanelState, off_loop};
use crate::work::archive::info;
use crate::work::archive::info::Info;
use crate::work::archive::list::Item;

/// `GET archive/NAME?folder=`.
pub async fn archive(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
) -> Result<HttpResponse, HttpError> {
    let name = name.into_inner();
    let folder = query::path(request.query_string(), "folder")?;
    let (info, page) = off_loop(&panel, {
        let name = name.clone();
        move |panel| {
            let info = info::info(&panel.tools(), &name)?;
            Ok((info, FolderPage::read(panel, name, folder, 0, file_tree::PAGE)?))
        }
    })
    .await?;
    let files = match page {
        Some(page) => files(&frame, &page),
        None => unread(&frame, &name, &info),
    };
    Ok(layout::page(&frame, &request, "Backup Info", draw(&panel, &frame, &name, &info, files)))
}

/// A link; where nobody logs in and passwords are inside, a form with a word to type.
fn download(frame: &Frame, name: &ArchiveName, info: &Info) -> Markup {
    let place = frame.url(&format!("download/{name}"));
    let face = html! { (icon(Icon::Download)) " Download" };
    html! {
        @if forms::gives_for_a_word(frame, info.item.kind) {
            form.ab-form method="get" action=(place) {
                (forms::typed(frame, forms::READ))
                button.btn.btn-info type="submit" { (face) }
            }
        } @else {
            a.btn.btn-info href=(place) download { (face) }
        }
    }
}

fn draw(panel: &PanelState, frame: &Frame, name: &ArchiveName, info: &Info, files: Markup) -> Markup {
    html! {
        div.ab-info data-archive=(name) {
            div.modal-header { h4.modal-title { (words::kind_of_backup(info.item.kind)) } p.ab-small.ab-break { (name) } }
            div.modal-body {
                (facts(panel, frame, info))
                @if let Some(metadata) = &info.metadata { (not_whole::draw(metadata)) (contents(metadata)) }
                (files)
            }
            div.modal-footer {
                (forms::button(frame, &format!("archive/{name}/verify"), "btn btn-default", "ab-info-verify", html! { (icon(Icon::Verify)) " Verify" }))
                (download(frame, name, info))
                @if matches!(info.item.state, Knowledge::Verified | Knowledge::Unverified) {
                    a.btn.btn-warning #ab-info-restore href=(frame.url(&format!("archive/{name}/restore"))) data-swap="dialog" {
                        (icon(Icon::Restore)) " Restore"
                    }
                }
                a.btn.btn-default href=(frame.url("")) data-act="close" { "Close" }
            }
        }
    }
}

fn facts(panel: &PanelState, frame: &Frame, info: &Info) -> Markup {
    let now = (panel.tools().now)();
    let item = &info.item;
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "N/A".to_owned());
    html! {
        dl.dl-horizontal.ab-facts {
            dt { "Status" } dd { (words::knowledge(item.state)) div.ab-small { (item.reason) } }
            @if let Some(at) = &item.verified_at { dt { "Last read in full" } dd { (words::moment(at, &now)) } }
            dt { "Backup Date/Time" } dd { (words::moment(&item.created, &now)) }
            dt { "Version" } dd { (or_none(&item.version)) }
            dt { "Camera" } dd { (or_none(&item.camera_type)) " " (item.camera_model.as_deref().unwrap_or_default()) }
            dt { "Size" }
            dd {
                (words::size(item.bytes))
                @if let (Some(files), Some(raw)) = (info.files, info.raw_bytes) {
                    " (" (words::counted(files, "file")) ", " (words::size(raw)) " unpacked)"
                }
            }
            @if let Some(metadata) = &info.metadata {
                @if let Some(file) = &metadata.settings_file { dt { "Settings file" } dd.ab-break { (file) } }
                @if let Some(file) = &metadata.cc_file { dt { "CC file" } dd.ab-break { (file) } }
                @if let Some(ours) = &metadata.ours { dt { "Made by" } dd { (ours.tool) } }
                @else { dt { "Made by" } dd { "the Allsky panel" } }
            }
            @if let Some(plan) = &item.plan { dt { "Plan" } dd { (plan) } }
            @if !panel.tools().drives.is_empty() { dt { "Also on" } dd { (places(panel, frame, item)) } }
            dt { "Pin" } dd { (pin(frame, item)) }
            dt { "Note" } dd { (note(frame, item)) }
            @if let Some(sum) = &info.sha256 { dt { "SHA-256" } dd.ab-hash { (sum) } }
        }
    }
}

/// Drives that have a copy, as they were seen last, and a way to copy it to the others.
fn places(panel: &PanelState, frame: &Frame, item: &Item) -> Markup {
    let tools = panel.tools();
    let others = || tools.drives.iter().filter(|drive| !item.also_on.contains(&drive.name));
    html! {
        @for name in &item.also_on { span.ab-state.ab-good { (icon(Icon::Check)) " " (name) } " " }
        @if others().next().is_some() {
            form.ab-form.ab-note-form method="post" action=(frame.url(&format!("archive/{}/copy", item.name))) data-send="job" {
                (forms::token(frame))
                label.sr-only for="ab-copy-to" { "Drive" }
                select.form-control #ab-copy-to name="to" {
                    @for drive in others() {
                        option value=(drive.name) { (drive.name) " (" (drive.drive.path.display()) ")" }
                    }
                }
                button.btn.btn-default.btn-sm #ab-copy type="submit" { "Copy there" }
            }
        }
    }
}

/// A pinned archive is deleted by nobody.
fn pin(frame: &Frame, item: &Item) -> Markup {
    let (verb, face) = if item.pinned { ("unpin", "Unpin") } else { ("pin", "Pin") };
    html! {
        form.ab-form method="post" action=(frame.url(&format!("archive/{}/{verb}", item.name))) data-send="mark" {
            (forms::token(frame))
            @if item.pinned { span.ab-state { (icon(Icon::Pin)) " Pinned, so nothing deletes it " } }
            button.btn.btn-default.btn-sm #ab-pin type="submit" { (icon(Icon::Pin)) " " (face) }
        }
    }
}

fn note(frame: &Frame, item: &Item) -> Markup {
    html! {
        form.ab-form.ab-note-form method="post" action=(frame.url(&format!("archive/{}/note", item.name))) data-send="mark" {
            (forms::token(frame))
            label.sr-only for="ab-note" { "Note" }
            input.form-control #ab-note name="note" maxlength="200" value=(item.note.as_deref().unwrap_or_default()) autocomplete="off";
            button.btn.btn-default.btn-sm #ab-note-save type="submit" { "Save note" }
        }
    }
}

fn contents(metadata: &Metadata) -> Markup {
    let size = |key: &str| metadata.ours.as_ref()?.sections.iter().find(|section| section.key == key);
    html! {
        h5 { "Included sections" }
        ul.ab-chips {
            @for section in &metadata.included_sections {
                li title=(section.description) {
                    (if section.shortdescription.is_empty() { &section.key } else { &section.shortdescription })
                    @if let Some(size) = size(&section.key) {
                        span.ab-small { (words::counted(size.files, "file")) ", " (words::size(size.bytes)) }
                    }
                }
            }
        }
        @if let Some(folders) = &metadata.image_folders {
            (listed("Image folders", folders, &|folder| size(folder).map(|size| words::size(size.bytes))))
        }
        @if let Some(modules) = &metadata.backup_modules { (listed("Modules in backup", modules, &|_| None)) }
        @if let Some(modules) = &metadata.required_modules { (listed("Modules that the pipelines need", modules, &|_| None)) }
    }
}

fn listed(title: &str, names: &[String], more: &dyn Fn(&str) -> Option<String>) -> Markup {
    html! {
        @if !names.is_empty() {
            details.ab-listed {
                summary { (title) " (" (names.len()) ")" }
                ul.ab-chips {
                    @for name in names { li { (name) @if let Some(more) = more(name) { span.ab-small { (more) } } } }
                }
            }
        }
    }
}

fn files(frame: &Frame, page: &FolderPage) -> Markup {
    let name = &page.name;
    html! {
        h5 #ab-files { "Files" }
        form.ab-search role="search" action=(frame.url(&format!("archive/{name}/search"))) data-search="" {
            label.sr-only for="ab-q" { "Search file names" }
            (icon(Icon::Search))
            input.form-control #ab-q type="search" name="q" placeholder="Search file names" autocomplete="off";
        }
        div.ab-found hidden {}
        div.ab-tree {
            @if let Some(folder) = &page.folder {
                p.ab-crumbs {
                    a href=(frame.url(&format!("archive/{name}"))) { "All files" }
                    " / " (folder)
                }
            }
            (file_tree::list(frame, page))
        }
    }
}

/// Nothing is known of what is inside. Reading it helps where nobody has read it yet.
fn unread(frame: &Frame, name: &ArchiveName, info: &Info) -> Markup {
    if matches!(info.item.state, Knowledge::Damaged | Knowledge::Foreign) {
        return html! { p.text-muted { "Its files cannot be listed: " (info.item.reason) "." } };
    }
    html! {
        div.ab-empty.ab-unread {
            (icon(Icon::Archive))
            p { "This archive was made elsewhere and has not been read yet." }
            (forms::button(frame, &format!("archive/{name}/inspect"), "btn btn-primary", "ab-inspect", html! { "Read it once to see what is inside" }))
        }
    }
}
