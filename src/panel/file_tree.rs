//! The files in an archive: one folder at a time, or what a search finds. A picture opens, anything
//! else is saved.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::desk::{Desk, off_loop};
use super::icons::{Icon, icon};
use super::picture::{Showing, showing};
use super::trouble::Trouble;
use super::{layout, query, words};
use crate::archive::index::Row;
use crate::base::rel_path::{RelPath, printable};
use crate::domain::archive_name::ArchiveName;
use crate::work::info;

/// Rows of a folder that are drawn at once.
pub const PAGE: u64 = 100;
/// Most that a search shows.
const FOUND: u64 = 200;

/// `GET archive/NAME/tree?folder=&offset=`.
pub async fn tree(
    desk: web::Data<Desk>,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
) -> Result<HttpResponse, Trouble> {
    let folder = query::path(request.query_string(), "folder")?;
    let offset = query::number(request.query_string(), "offset").unwrap_or(0);
    let name = name.into_inner();
    let rows = off_loop(&desk, {
        let (name, folder) = (name.clone(), folder.clone());
        move |desk| Ok(info::folder(&desk.tools, &name, folder.as_ref(), offset, PAGE + 1)?)
    })
    .await?;
    let rows = rows.ok_or_else(not_read_yet)?;
    Ok(layout::html_answer(page_of_folder(&desk, &name, folder.as_ref(), offset, &rows)))
}

/// `GET archive/NAME/search?q=`.
pub async fn search(
    desk: web::Data<Desk>,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
) -> Result<HttpResponse, Trouble> {
    let text = query::field(request.query_string(), "q").unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let name = name.into_inner();
    let found = off_loop(&desk, {
        let (name, text) = (name.clone(), text.clone());
        move |desk| Ok(info::search(&desk.tools, &name, &text, FOUND)?)
    })
    .await?;
    let (rows, more) = found.ok_or_else(not_read_yet)?;
    Ok(layout::html_answer(html! {
        p.text-muted role="status" {
            @if rows.is_empty() { "No file name contains “" (text) "”." }
            @else if more { "The first " (rows.len()) " files that contain “" (text) "”." }
            @else { (words::counted(rows.len() as u64, "file")) " with “" (text) "” in the name." }
        }
        ul.ab-tree-list { @for row in &rows { (file_row(&desk, &name, row, &row.path.to_string())) } }
    }))
}

fn not_read_yet() -> Trouble {
    Trouble::not_found("This archive has not been read yet")
}

/// Some rows of a folder; `rows` holds one more than a page when there are more.
pub fn page_of_folder(desk: &Desk, name: &ArchiveName, folder: Option<&RelPath>, offset: u64, rows: &[Row]) -> Markup {
    let shown = &rows[..rows.len().min(PAGE as usize)];
    let next = offset + shown.len() as u64;
    html! {
        @if offset == 0 {
            ul.ab-tree-list {
                (lines(desk, name, shown))
                @if rows.len() > shown.len() { (show_more(desk, name, folder, next)) }
                @if rows.is_empty() { li.text-muted { "This folder is empty." } }
            }
        } @else {
            (lines(desk, name, shown))
            @if rows.len() > shown.len() { (show_more(desk, name, folder, next)) }
        }
    }
}

fn lines(desk: &Desk, name: &ArchiveName, rows: &[Row]) -> Markup {
    html! {
        @for row in rows {
            @if row.is_dir { (folder_row(desk, name, row)) }
            @else { (file_row(desk, name, row, &printable(row.path.name()))) }
        }
    }
}

fn tree_url(desk: &Desk, name: &ArchiveName, folder: Option<&RelPath>, offset: u64) -> String {
    let folder = folder.map(|path| query::encode(path.as_bytes())).unwrap_or_default();
    desk.url(&format!("archive/{name}/tree?folder={folder}&offset={offset}"))
}

fn show_more(desk: &Desk, name: &ArchiveName, folder: Option<&RelPath>, next: u64) -> Markup {
    html! {
        li.ab-more {
            a.btn.btn-default.btn-sm href=(tree_url(desk, name, folder, next)) data-more="" { "Show more" }
        }
    }
}

/// A closed folder. Without scripts its name leads to a page that shows it.
fn folder_row(desk: &Desk, name: &ArchiveName, row: &Row) -> Markup {
    let here = desk.url(&format!("archive/{name}?folder={}", query::encode(row.path.as_bytes())));
    html! {
        li {
            a.ab-node.ab-folder-node href=(here) data-tree=(tree_url(desk, name, Some(&row.path), 0)) aria-expanded="false" {
                (icon(Icon::Folder)) span.ab-node-name { (printable(row.path.name())) }
                span.ab-node-size { (words::counted(row.files, "file")) ", " (words::size(row.size)) }
            }
        }
    }
}

fn file_row(desk: &Desk, name: &ArchiveName, row: &Row, label: &str) -> Markup {
    let place = desk.url(&format!("archive/{name}/file?path={}", query::encode(row.path.as_bytes())));
    let (sign, act) = match showing(&row.path) {
        Showing::Picture(_) => (Icon::Picture, Some("picture")),
        Showing::Text => (Icon::File, Some("text")),
        Showing::Saved => (Icon::File, None),
    };
    html! {
        li {
            a.ab-node href=(place) data-open=[act] target=[(act == Some("text")).then_some("_blank")]
                rel="noopener" download[act.is_none()] {
                (icon(sign)) span.ab-node-name { (label) } span.ab-node-size { (words::size(row.size)) }
            }
        }
    }
}
