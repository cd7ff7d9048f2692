//! The drives that an owner may choose from, those that have to be mounted first, and those that are left out.
use maud::{Markup, html};

use crate::domain::drives::offer::{LeftOut, Offer};
use crate::domain::drives::unmounted::{Mounting, Unmounted};
use crate::domain::drives::verdict::{Unfit, right_to_write};
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, words};
use crate::work::destinations::machine::Drives;

/// How names are spelled, for the browser.
const NAME: &str = "[a-z][a-z0-9-]{0,31}";

pub fn draw(frame: &Frame, drives: &Drives) -> Markup {
    let offers = &drives.offers;
    html! {
        h4.ab-section-title { "Add a drive" }
        @let free: Vec<&Offer> = offers.drives.iter().filter(|drive| drive.used_by.is_empty()).collect();
        @if free.is_empty() && drives.unmounted.is_empty() {
            p { "No other drive or share is plugged in. Plug one in, and load this page again." }
        } @else {
            div.ab-cards.ab-drives {
                @for (at, drive) in free.into_iter().enumerate() { (offered(frame, at, drive)) }
                @for drive in &drives.unmounted { (to_mount(drive)) }
            }
        }
        (other_path(frame))
        @if !offers.left_out.is_empty() {
            details.ab-left-out #ab-left-out {
                summary { "Why other drives are not here (" (offers.left_out.len()) ")" }
                ul { @for one in &offers.left_out { li { (left_out(one)) } } }
                @if offers.no_drives > 0 {
                    p.ab-small { (words::counted(offers.no_drives as u64, "more mount")) " of the system " @if offers.no_drives == 1 { "is no drive." } @else { "are no drives." } }
                }
            }
        }
    }
}

fn offered(frame: &Frame, at: usize, drive: &Offer) -> Markup {
    html! {
        div.ab-card.ab-offer data-drive=(drive.path.display()) {
            div.ab-card-head {
                h4 { (icon(Icon::Drive)) " " (title(drive)) }
                @if let Some(bytes) = drive.bytes { span { (words::size(bytes)) } }
            }
            p { code { (drive.path.display()) } }
            dl.ab-facts {
                dt { "File system" } dd { (drive.fs_type) ", " (drive.source) }
                @if let Some(model) = drive.model.as_ref().filter(|_| drive.label.is_some()) { dt { "Model" } dd { (model) } }
                @if !drive.also_at.is_empty() {
                    dt { "Also at" } dd { @for path in &drive.also_at { code { (path.display()) } " " } }
                }
            }
            @if drive.on_system_disk {
                p.ab-why { (icon(Icon::Warning)) " It is on the same disk as the system: when that dies, these backups die with it." }
            }
            (form(frame, &format!("drive-{at}"), &drive.name, &drive.path.display().to_string(), PathField::Hidden))
        }
    }
}

/// As its owner, else its maker calls it, else the folder in which it is mounted.
fn title(drive: &Offer) -> String {
    let given = drive.label.clone().or_else(|| drive.model.clone());
    let folder = || drive.path.file_name().map(|name| name.to_string_lossy().into_owned());
    given.or_else(folder).unwrap_or_else(|| drive.source.clone())
}

/// Whether the path stands already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PathField {
    Hidden,
    Typed,
}

fn form(frame: &Frame, id: &str, name: &str, path: &str, field: PathField) -> Markup {
    html! {
        form.ab-add method="post" action=(frame.url("destinations/add")) data-send="mark" {
            (forms::token(frame))
            div.form-group {
                label for=(format!("ab-name-{id}")) { "Name" }
                input.form-control #(format!("ab-name-{id}")) name="name" value=(name) required pattern=(NAME) maxlength="32"
                    placeholder="usb" title="Small letters, digits and -, beginning with a letter" autocapitalize="off" autocomplete="off" spellcheck="false";
            }
            @if field == PathField::Typed {
                div.form-group.ab-path {
                    label for=(format!("ab-path-{id}")) { "Folder" }
                    input.form-control #(format!("ab-path-{id}")) name="path" required pattern="/.*" placeholder="/mnt/backup"
                        title="The whole path, beginning with /" autocapitalize="off" autocomplete="off" spellcheck="false";
                }
            } @else {
                input type="hidden" name="path" value=(path);
            }
            (forms::typed_here(frame, "add", &format!("ab-typed-{id}")))
            button.btn.btn-default #(format!("ab-add-{id}")) type="submit" { (icon(Icon::Plus)) @if field == PathField::Typed { " Add this folder" } @else { " Use this drive" } }
        }
    }
}

fn other_path(frame: &Frame) -> Markup {
    html! {
        details.ab-other-path #ab-other-path {
            summary { "Another folder on a drive" }
            p.ab-small { "So two cameras share one drive, and one drive is used for two things. The folder must be there already, on a drive that is mounted." }
            (form(frame, "other", "", "", PathField::Typed))
        }
    }
}

fn to_mount(drive: &Unmounted) -> Markup {
    html! {
        div.ab-card.ab-offer data-drive=(drive.source) {
            div.ab-card-head {
                h4 { (icon(Icon::Drive)) " " (drive.label.as_deref().or(drive.model.as_deref()).unwrap_or(&drive.source)) }
                span { (words::size(drive.bytes)) }
            }
            p { "Plugged in as " code { (drive.source) } ", and not mounted." }
            @match &drive.how {
                Mounting::Commands { now, at_each_start } => {
                    p.ab-small { "This mounts it now; type it in a terminal, then load this page again:" }
                    pre.ab-command { (now) }
                    @if let Some(line) = at_each_start {
                        p.ab-small { "And with this line in " code { "/etc/fstab" } " it is mounted at each start:" }
                        pre.ab-command { (line) }
                    }
                }
                Mounting::NotKnown => p.ab-small { "What is on it is not known. A new drive gets a file system first; ext4 suits best." },
                Mounting::NoFileSystem => p.ab-small {
                    "It holds " (drive.fs_type.as_deref().unwrap_or("no file system")) ", which has to be opened before it can be mounted."
                },
            }
        }
    }
}

fn left_out(one: &LeftOut) -> Markup {
    html! {
        code { (one.path.display()) } " (" (one.source) "): " (one.why.reason()) "."
        @if one.why == Unfit::ShutHere {
            " When it can be written to in a terminal, this gives the service the right:"
            pre.ab-command { (right_to_write(&one.path)) }
        }
    }
}
