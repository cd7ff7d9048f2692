//! Images backups by night, each a switch with its keogram where there is one.
use std::collections::{BTreeMap, HashMap};

use maud::{Markup, html};

use crate::base::rel_path::{RelPath, printable};
use crate::domain::archive::name::ArchiveName;
use crate::domain::night::Night;
use crate::domain::pictures::PictureTop;
use crate::domain::restore::attributes::Shape;
use crate::domain::restore::program::is_program;
use crate::panel::archives::picture::{Showing, showing};
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::switch;
use crate::panel::parts::switch::{Switch, Switched};
use crate::panel::parts::{query, words};
use crate::panel::state::PanelState;
use crate::work::archive::info;

/// Thirty years of nights.
const MOST: u64 = 11_000;

pub struct Folders {
    folders: Vec<Folder>,
    keograms: HashMap<String, RelPath>,
    /// Files that may be run.
    pub programs: u64,
}

/// A folder that an owner can choose; its files may be in several places of the archive.
struct Folder {
    name: String,
    files: u64,
    bytes: u64,
}

/// The folders of pictures in the archive, newest night first.
pub fn read(panel: &PanelState, name: &ArchiveName) -> Result<Folders, HttpError> {
    let layout = panel.tools().site.software().picture_layout();
    let below = |path: &RelPath| {
        Ok::<_, HttpError>(info::folder(&panel.tools(), name, Some(path), 0, MOST)?.unwrap_or_default())
    };
    let mut folders: BTreeMap<String, Folder> = BTreeMap::new();
    let mut ways = vec![RelPath::of_our_own("images")];
    while let Some(way) = ways.pop() {
        for row in below(&way)?.into_iter().filter(|row| row.is_dir) {
            match layout.top_of(&row.path, Shape::Folder) {
                Some(PictureTop { folder, .. }) => {
                    let known = folders.entry(folder.clone()).or_insert(Folder { name: folder, files: 0, bytes: 0 });
                    known.files += row.files;
                    known.bytes += row.size;
                }
                // On the way to nights, no deeper than they lie. A name that is no text can be chosen
                // as a folder in the file tree.
                None if row.path.parts().count() < 4 => ways.push(row.path),
                None => {}
            }
        }
    }
    let mut folders: Vec<Folder> = folders.into_values().collect();
    folders.sort_by(|a, b| night_of(b).cmp(&night_of(a)).then_with(|| a.name.cmp(&b.name)));
    let found = info::search(&panel.tools(), name, "keogram", MOST)?.map(|(found, _)| found).unwrap_or_default();
    let mut keograms: HashMap<String, RelPath> = HashMap::new();
    for row in found {
        let Some(PictureTop { folder, .. }) = layout.top_of(&row.path, Shape::File) else { continue };
        let is_picture = matches!(showing(&row.path), Showing::Picture(_));
        // The small one of two, and that of the night before that of the day: both have the longer name.
        let better = keograms.get(&folder).is_none_or(|old| old.as_bytes().len() < row.path.as_bytes().len());
        if is_picture && better {
            keograms.insert(folder, row.path);
        }
    }
    let mut programs = 0;
    info::each_file(&panel.tools(), name, &mut |row| {
        programs += u64::from(row.path.as_bytes().starts_with(b"images/") && is_program(&row.path));
    })?;
    Ok(Folders { folders, keograms, programs })
}

fn night_of(folder: &Folder) -> Option<Night> {
    Night::parse(&folder.name).ok()
}

pub fn draw(frame: &Frame, name: &ArchiveName, folders: &Folders) -> Markup {
    html! {
        input type="hidden" name="by-folder" value="1";
        (switch::row("ab-all", &Switch { id: "ab-restore-all", name: "all", value: "1", state: Switched::On },
            switch::words("Restore all folders", html! { "Turn on single ones below to restore only some nights." })))
        fieldset {
            legend { "Folders in this backup (" (folders.folders.len()) ")" }
            div.ab-folders { @for folder in &folders.folders { (line(frame, name, folders, folder)) } }
        }
    }
}

fn line(frame: &Frame, name: &ArchiveName, folders: &Folders, folder: &Folder) -> Markup {
    let shown = printable(folder.name.as_bytes());
    let id = format!("ab-restore-{shown}");
    let inside = html! {
        span.ab-switch-text {
            @if let Some(keogram) = folders.keograms.get(&folder.name) {
                img.ab-keogram loading="lazy" alt="" width="180" height="28"
                    src=(frame.url(&format!("archive/{name}/file?path={}", query::encode(keogram.as_bytes()))));
            }
            @match night_of(folder) {
                Some(night) => { strong { (words::night(night)) } span.ab-small { (shown) } }
                None => strong { (shown) },
            }
        }
        span.ab-sizes { (words::counted(folder.files, "file")) span.ab-small { (words::size(folder.bytes)) } }
    };
    switch::row("ab-folder", &Switch { id: &id, name: "folder", value: &shown, state: Switched::Off }, inside)
}
