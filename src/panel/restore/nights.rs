//! Images backups by night, each a switch with its keogram where there is one.
use std::collections::HashMap;

use maud::{Markup, html};

use crate::archive::index::Row;
use crate::base::rel_path::{RelPath, printable};
use crate::domain::archive_name::ArchiveName;
use crate::domain::night::Night;
use crate::panel::desk::Desk;
use crate::panel::picture::{Showing, showing};
use crate::panel::trouble::Trouble;
use crate::panel::{query, words};
use crate::work::info;

/// Thirty years of nights.
const MOST: u64 = 11_000;

pub struct Folders {
    rows: Vec<Row>,
    keograms: HashMap<Vec<u8>, RelPath>,
}

/// The folders below images in the archive, newest night first.
pub fn read(desk: &Desk, name: &ArchiveName) -> Result<Folders, Trouble> {
    let images = RelPath::of_our_own("images");
    let mut rows = info::folder(&desk.tools, name, Some(&images), 0, MOST)?.unwrap_or_default();
    // A name that is no text can be chosen as a folder in the file tree.
    rows.retain(|row| row.is_dir && std::str::from_utf8(row.path.name()).is_ok());
    rows.sort_by(|a, b| night_of(b).cmp(&night_of(a)).then_with(|| a.path.cmp(&b.path)));
    let found = info::search(&desk.tools, name, "keogram", MOST)?.map(|(found, _)| found).unwrap_or_default();
    let mut keograms: HashMap<Vec<u8>, RelPath> = HashMap::new();
    for row in found {
        let Some(folder) = row.path.parts().nth(1).map(<[u8]>::to_vec) else { continue };
        let is_picture = matches!(showing(&row.path), Showing::Picture(_));
        // The small one of two.
        let better = keograms.get(&folder).is_none_or(|old| old.as_bytes().len() < row.path.as_bytes().len());
        if is_picture && better {
            keograms.insert(folder, row.path);
        }
    }
    Ok(Folders { rows, keograms })
}

fn night_of(row: &Row) -> Option<Night> {
    Night::parse(std::str::from_utf8(row.path.name()).ok()?).ok()
}

pub fn draw(desk: &Desk, name: &ArchiveName, folders: &Folders) -> Markup {
    html! {
        input type="hidden" name="by-folder" value="1";
        label.ab-switch-row.ab-all for="ab-restore-all" {
            input.ab-switch #ab-restore-all type="checkbox" role="switch" name="all" value="1" checked;
            span.ab-switch-text {
                strong { "Restore all folders" }
                span.ab-small { "Turn on single ones below to restore only some nights." }
            }
        }
        fieldset {
            legend { "Folders in this backup (" (folders.rows.len()) ")" }
            div.ab-folders { @for row in &folders.rows { (line(desk, name, folders, row)) } }
        }
    }
}

fn line(desk: &Desk, name: &ArchiveName, folders: &Folders, row: &Row) -> Markup {
    let folder = printable(row.path.name());
    html! {
        label.ab-switch-row.ab-folder for={"ab-restore-" (folder)} {
            input.ab-switch #{"ab-restore-" (folder)} type="checkbox" role="switch" name="folder" value=(folder);
            span.ab-switch-text {
                @if let Some(keogram) = folders.keograms.get(row.path.name()) {
                    img.ab-keogram loading="lazy" alt="" width="180" height="28"
                        src=(desk.url(&format!("archive/{name}/file?path={}", query::encode(keogram.as_bytes()))));
                }
                @match night_of(row) {
                    Some(night) => { strong { (words::night(night)) } span.ab-small { (folder) } }
                    None => strong { (folder) },
                }
            }
            span.ab-sizes { (words::counted(row.files, "file")) span.ab-small { (words::size(row.size)) } }
        }
    }
}
