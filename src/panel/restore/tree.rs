//! Advanced: single files and whole folders, fetched folder by folder. Marks are kept by the page; a
//! mark on a folder stands for all that it holds.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use crate::archive::index::Row;
use crate::base::rel_path::{RelPath, printable};
use crate::domain::archive_name::ArchiveName;
use crate::panel::desk::{Desk, off_loop};
use crate::panel::icons::{Icon, icon};
use crate::panel::trouble::Trouble;
use crate::panel::{layout, query, words};
use crate::work::info;

const PAGE: u64 = 200;
const FOUND: u64 = 200;

/// `GET archive/NAME/restore/tree?folder=&offset=`.
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
    let rows = rows.ok_or_else(|| Trouble::not_found("This archive has not been read yet"))?;
    let shown = &rows[..rows.len().min(PAGE as usize)];
    let more = rows.len() > shown.len();
    let next = offset + shown.len() as u64;
    Ok(layout::html_answer(html! {
        @if offset == 0 {
            ul.ab-tree-list.ab-picks {
                @for row in shown { (line(&desk, &name, row, &printable(row.path.name()))) }
                @if more { (show_more(&desk, &name, folder.as_ref(), next)) }
                @if rows.is_empty() { li.text-muted { "This folder is empty." } }
            }
        } @else {
            @for row in shown { (line(&desk, &name, row, &printable(row.path.name()))) }
            @if more { (show_more(&desk, &name, folder.as_ref(), next)) }
        }
    }))
}

/// `GET archive/NAME/restore/search?q=`.
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
    let (mut rows, more) = found.ok_or_else(|| Trouble::not_found("This archive has not been read yet"))?;
    rows.retain(|row| is_of_the_owner(&row.path));
    Ok(layout::html_answer(html! {
        p.text-muted role="status" {
            @if rows.is_empty() { "No file name contains “" (text) "”." }
            @else if more { "The first " (rows.len()) " files that contain “" (text) "”." }
            @else { (words::counted(rows.len() as u64, "file")) " with “" (text) "” in the name." }
        }
        ul.ab-tree-list.ab-picks { @for row in &rows { (line(&desk, &name, row, &row.path.to_string())) } }
    }))
}

/// What the archive says of itself is no file of the camera.
fn is_of_the_owner(path: &RelPath) -> bool {
    !matches!(path.as_bytes(), b"metadata.json" | b"SHA256SUMS")
}

fn address(desk: &Desk, name: &ArchiveName, folder: Option<&RelPath>, offset: u64) -> String {
    let folder = folder.map(|path| query::encode(path.as_bytes())).unwrap_or_default();
    desk.url(&format!("archive/{name}/restore/tree?folder={folder}&offset={offset}"))
}

fn show_more(desk: &Desk, name: &ArchiveName, folder: Option<&RelPath>, next: u64) -> Markup {
    html! {
        li.ab-more {
            button.btn.btn-default.btn-sm type="button" data-pick-more=(address(desk, name, folder, next)) { "Show more" }
        }
    }
}

/// `data-path` is the name for comparing, `data-json` the name as it is sent.
fn line(desk: &Desk, name: &ArchiveName, row: &Row, label: &str) -> Markup {
    let key = query::encode(row.path.as_bytes());
    let json = serde_json::to_string(&row.path).unwrap_or_default();
    let sign = if row.is_dir { Icon::Folder } else { Icon::File };
    html! {
        @if is_of_the_owner(&row.path) {
            li {
                div.ab-pick {
                    @if row.is_dir {
                        button.ab-fold type="button" aria-expanded="false" aria-label={"Open " (label)}
                            data-pick-tree=(address(desk, name, Some(&row.path), 0)) { (icon(Icon::Fold)) }
                    } @else { span.ab-fold {} }
                    label.ab-pick-label {
                        input type="checkbox" data-path=(key) data-json=(json) data-files=(if row.is_dir { row.files } else { 1 }) data-bytes=(row.size);
                        (icon(sign)) span.ab-node-name { (label) }
                        span.ab-node-size {
                            @if row.is_dir { (words::counted(row.files, "file")) ", " }
                            (words::size(row.size))
                        }
                    }
                }
            }
        }
    }
}
