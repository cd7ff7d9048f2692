//! Create: which kind, and what of it. Sizes are those of the last look; new ones come in while the
//! dialog is open.
//!
//! Works as a plain form. Scripts add up sizes as switches are turned and say what will not fit.
use std::collections::{HashMap, HashSet};

use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use crate::base::space::Room;
use crate::destination::folder::SPARE_BYTES;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::archive::section::Section;
use crate::domain::night::Night;
use crate::domain::software::Software;
use crate::panel::nights;
use crate::panel::nights::calendar;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::switch;
use crate::panel::parts::switch::{Switch, Switched};
use crate::panel::parts::{forms, layout, query, words};
use crate::panel::state::{PanelState, off_loop};
use crate::site::PictureFolder;
use crate::work::archive::estimate;
use crate::work::archive::estimate::{Estimates, Sized};
use crate::work::nights::list::Item;

/// Everything the dialog shows.
struct Choice {
    sections: Vec<Section>,
    folders: Vec<PictureFolder>,
    /// What is known of the folders that are nights.
    nights: HashMap<Night, Item>,
    sizes: Estimates,
    room: Option<Room>,
    measuring: bool,
}

/// `GET create?type=config|images`.
pub async fn create(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    let images = query::field(request.query_string(), "type").is_some_and(|kind| kind == b"images");
    let kind = if images { ArchiveKind::Images } else { ArchiveKind::Config };
    panel.measure();
    let choice = off_loop(&panel, move |panel| read(panel, kind)).await?;
    Ok(layout::page(&frame, &request, "Create Backup", draw(&panel, &frame, kind, &choice)))
}

fn read(panel: &PanelState, kind: ArchiveKind) -> Result<Choice, HttpError> {
    let images = kind == ArchiveKind::Images;
    let folders = if images { panel.tools().site.picture_folders()? } else { Vec::new() };
    Ok(Choice {
        nights: if images { known_nights(panel, &folders) } else { HashMap::new() },
        sections: if images { Vec::new() } else { panel.tools().site.sections()? },
        folders,
        sizes: estimate::remembered(&panel.tools())?,
        room: panel.tools().folder.room().ok(),
        measuring: panel.observer.is_measuring(),
    })
}

/// Stars are a help to choose by; without them there is still a list.
fn known_nights(panel: &PanelState, folders: &[PictureFolder]) -> HashMap<Night, Item> {
    let there: HashSet<Night> = folders.iter().filter_map(|folder| folder.night).collect();
    let items = nights::items(panel, nights::MOMENT).ok().flatten().unwrap_or_default();
    items.into_iter().filter(|item| there.contains(&item.key)).map(|item| (item.key, item)).collect()
}

fn draw(panel: &PanelState, frame: &Frame, kind: ArchiveKind, choice: &Choice) -> Markup {
    let free = choice.room.map(|room| room.free_bytes);
    html! {
        form.ab-create method="post" action=(frame.url(&format!("create/{kind}"))) data-send="job" data-create=(kind)
            data-free=[free] data-spare=(SPARE_BYTES) data-measuring=(choice.measuring) {
            div.modal-header { h4.modal-title { "Create Backup" } }
            div.modal-body {
                (forms::token(frame))
                (tiles(panel, frame, kind))
                @match kind {
                    ArchiveKind::Config => (config(panel, choice)),
                    ArchiveKind::Images => (images(panel, frame, choice)),
                }
            }
            div.modal-footer.ab-create-footer {
                (total(choice))
                a.btn.btn-default href=(frame.url("")) data-act="close" { "Close" }
                button.btn.btn-primary #ab-create-start type="submit" { "Create " (words::kind_of_backup(Some(kind))) }
            }
        }
    }
}

/// The two kinds. Links, so that they work without scripts.
fn tiles(panel: &PanelState, frame: &Frame, chosen: ArchiveKind) -> Markup {
    let tile = |kind: ArchiveKind, sign: Icon, label: &str, text: &str| {
        html! {
            a.ab-tile #{"ab-tile-" (kind)} href={(frame.url("create")) "?type=" (kind)} data-swap="dialog"
                aria-current=[(kind == chosen).then_some("true")] {
                (icon(sign))
                span { strong { (label) } span.ab-small { (text) } }
                @if kind == chosen { span.ab-tile-mark { (icon(Icon::Check)) span.sr-only { "chosen" } } }
            }
        }
    };
    let parts = match panel.tools().site.software() {
        Software::Allsky => "Settings, overlays, modules, databases",
        Software::IndiAllsky => "Settings, keys, database, migrations",
    };
    html! {
        fieldset.ab-tiles {
            legend { "Backup Type" }
            div.ab-tiles-row {
                (tile(ArchiveKind::Config, Icon::Gear, "Config Backup", parts))
                (tile(ArchiveKind::Images, Icon::Picture, "Images Backup", "Whole nights with pictures and videos"))
            }
        }
    }
}

fn config(panel: &PanelState, choice: &Choice) -> Markup {
    let tools = panel.tools();
    let name = tools.site.software().title();
    let (required, optional): (Vec<&Section>, Vec<&Section>) =
        choice.sections.iter().partition(|section| section.required);
    html! {
        @for section in required { (section_row(section, choice)) }
        fieldset {
            legend { "Optional Sections" }
            @for section in &optional { (section_row(section, choice)) }
            @if optional.is_empty() { p.text-muted { "This camera has none." } }
        }
        fieldset {
            legend { "While it runs" }
            (switch::row("", &Switch { id: "ab-pause", name: "pause", value: "1", state: Switched::Off },
                switch::words(&format!("Pause {name} while databases are copied"), html! {
                    "Not needed: databases are copied live and checked, and no exposure is lost. "
                    "Choose it only if a copy failed before. The camera rests for the copy alone."
                })))
        }
    }
}

fn section_row(section: &Section, choice: &Choice) -> Markup {
    let key = section.key.as_str();
    let id = format!("ab-section-{key}");
    let state = match section {
        Section { required: true, .. } => Switched::Always,
        Section { places, .. } if places.is_empty() => Switched::Missing,
        _ => Switched::On,
    };
    let inside = html! {
        span.ab-switch-text {
            strong { (section.label) }
            @if section.required { span.ab-tag { "always included" } }
            @if section.places.is_empty() { span.ab-tag { "nothing here on this camera" } }
            @if section.description != section.label { span.ab-small { (section.description) } }
            @for note in &section.notes { span.ab-small.ab-note { (icon(Icon::About)) " " (note) } }
        }
        (sizes(choice.sizes.sections.iter().find(|sized| sized.key == key), key))
    };
    switch::row("", &Switch { id: &id, name: "section", value: key, state }, inside)
}

/// Raw and compressed size; scripts read the numbers and fill in those that come later.
fn sizes(found: Option<&Sized>, key: &str) -> Markup {
    let raw = found.and_then(|sized| sized.raw_bytes);
    let packed = found.and_then(|sized| sized.packed_bytes);
    html! {
        span.ab-sizes data-size=(key) data-raw=[raw] data-packed=[packed] {
            @match (raw, packed) {
                (Some(raw), Some(packed)) => {
                    span data-part="raw" { (words::size(raw)) }
                    span.ab-small data-part="packed" { "about " (words::size(packed)) " compressed" }
                }
                _ => { span data-part="raw" { "measuring…" } span.ab-small data-part="packed" {} }
            }
        }
    }
}

fn images(panel: &PanelState, frame: &Frame, choice: &Choice) -> Markup {
    let sized: HashMap<&str, &Sized> = choice.sizes.folders.iter().map(|sized| (sized.key.as_str(), sized)).collect();
    html! {
        (switch::row("ab-all", &Switch { id: "ab-all", name: "all", value: "1", state: Switched::On },
            switch::words("Backup all folders", html! { "Every folder below, nights or not. Turn on single ones to choose only those." })))
        @if choice.folders.is_empty() {
            div.ab-empty { (icon(Icon::Picture)) h4 { "There are no image folders yet" } }
        }
        @if !choice.nights.is_empty() { (chooser(panel, frame, choice)) }
        fieldset {
            legend { "Folders (" (choice.folders.len()) ")" }
            div.ab-folders {
                @for folder in &choice.folders { (folder_row(frame, folder, choice, sized.get(folder.name.as_str()).copied())) }
            }
        }
    }
}

/// The calendar of the nights page. A press turns the switch of the folder below, where keys and screen readers
/// find it too.
fn chooser(panel: &PanelState, frame: &Frame, choice: &Choice) -> Markup {
    let mut items: Vec<Item> = choice.nights.values().cloned().collect();
    items.sort_by_key(|item| item.key);
    let mut years: Vec<i16> = items.iter().map(|item| item.key.date().year()).collect();
    years.dedup();
    html! {
        details.ab-chooser #ab-chooser open {
            summary { "Choose by stars" }
            (calendar::legend(&panel.tools().nights.settings.thresholds()))
            @for (place, year) in years.iter().rev().enumerate() {
                details open[place == 0] {
                    summary { (year) }
                    div.ab-calendar aria-hidden="true" { (calendar::months(panel, frame, *year, &items, calendar::Press::Choose, &|_| true)) }
                }
            }
        }
    }
}

fn folder_row(frame: &Frame, folder: &PictureFolder, choice: &Choice, sized: Option<&Sized>) -> Markup {
    let id = format!("ab-folder-{}", folder.name);
    let inside = html! {
        span.ab-switch-text {
            @if folder.keogram.is_some() {
                img.ab-keogram loading="lazy" alt="" width="180" height="28"
                    src=(frame.url(&format!("keogram/{}", query::encode(folder.name.as_bytes()))));
            }
            @match folder.night {
                Some(night) => {
                    strong { (words::night(night)) }
                    span.ab-small { (folder.name) @if let Some(item) = choice.nights.get(&night) { (worth(item)) } }
                }
                None => strong { (folder.name) },
            }
        }
        (sizes(sized, &folder.name))
    };
    switch::row("ab-folder", &Switch { id: &id, name: "folder", value: &folder.name, state: Switched::Off }, inside)
}

/// " · 820.0 stars · Rolling".
fn worth(item: &Item) -> String {
    let class = nights::labels::class_word(item.class);
    match item.avg_stars {
        Some(stars) => format!(" · {stars:.1} stars · {class}"),
        None => format!(" · {class}"),
    }
}

/// "Total Selected", and whether it fits. Filled by scripts; without them the job itself refuses
/// what does not fit, before a byte is written.
fn total(choice: &Choice) -> Markup {
    html! {
        div.ab-total {
            p data-part="total" role="status" {
                @if let Some(room) = choice.room { (words::size(room.free_bytes)) " free on the backups disk" }
            }
            p.ab-small data-part="fit" {}
        }
    }
}
