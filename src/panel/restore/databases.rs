//! Databases: the three ways as a choice, and their rows side by side.
use maud::{Markup, html};

use crate::base::rel_path::RelPath;
use crate::domain::restore::database::{DatabaseChange, DatabaseWay, Uncounted};

/// For each database of the backup the way that it goes; the first is the one that is taken unasked.
pub fn choices<'a>(paths: impl Iterator<Item = &'a RelPath>) -> Markup {
    html! {
        @for (nth, path) in paths.enumerate() {
            div.ab-to data-part="database" {
                label for={"ab-database-" (nth)} { "Database " (path) }
                select.form-control #{"ab-database-" (nth)} name="database" {
                    option value="" { "Keep today's where it has newer rows, else take the backup's" }
                    @for way in DatabaseWay::ALL {
                        option value={(path) "=" (way.word())} { (words(way)) }
                    }
                }
                p.ab-small { "The preview counts the rows on both sides." }
            }
        }
    }
}

fn words(way: DatabaseWay) -> &'static str {
    match way {
        DatabaseWay::Keep => "Keep today's database",
        DatabaseWay::Take => "Take the backup's database",
        DatabaseWay::Merge => "Merge: today's, with the rows that it no longer has",
    }
}

pub fn draw(changes: &[DatabaseChange]) -> Markup {
    html! {
        @for change in changes {
            section.ab-settings aria-label="Database" data-database=(change.path) data-way=(change.way.word()) {
                h5 { "Database " (change.path) }
                p { (words(change.way)) "." }
                @match &change.uncounted {
                    Some(why) => p.text-muted { (uncounted(why)) },
                    None => (rows(change)),
                }
            }
        }
    }
}

fn uncounted(why: &Uncounted) -> &'static str {
    match why {
        Uncounted::BackupDamaged(_) => "The database in the backup is damaged; its rows are not counted.",
        Uncounted::CameraDamaged(_) => "Today's database is damaged; its rows are not counted.",
        Uncounted::NotRead(_) => "The rows could not be counted; the checks say why.",
    }
}

fn rows(change: &DatabaseChange) -> Markup {
    let count = |rows: Option<u64>| rows.map_or_else(|| "none".to_owned(), |rows| rows.to_string());
    html! {
        table.table.ab-setting-table {
            caption.sr-only { "Rows" }
            thead { tr {
                th scope="col" { "Table" } th scope="col" { "Backup" } th scope="col" { "Camera" }
                th scope="col" { "Newer on the camera" } th scope="col" { "Only in the backup" } th scope="col" { "Different" }
            } }
            tbody { @for table in &change.tables {
                tr data-table=(table.table) {
                    th scope="row" { (table.table) @if let Some(remark) = &table.remark { span.ab-small { (remark) } } }
                    td data-label="Backup" { (count(table.backup)) } td data-label="Camera" { (count(table.camera)) }
                    td data-label="Newer on the camera" { (table.newer) }
                    td data-label="Only in the backup" { (table.gone) } td data-label="Different" { (table.differ) }
                }
            } }
        }
    }
}
