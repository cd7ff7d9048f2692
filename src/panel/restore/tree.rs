//! Advanced: single files and whole folders, fetched folder by folder. Marks are kept by the page; a
//! mark on a folder stands for all that it holds.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use crate::archive::index::Row;
use crate::base::rel_path::{RelPath, printable};
use crate::domain::archive::name::ArchiveName;
use crate::panel::archives::folder_page::{FolderPage, Found, address};
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{layout, query, words};
use crate::panel::state::PanelState;

/// Rows of a folder that are drawn at once.
const PAGE: u64 = 200;
const TREE: &str = "restore/tree";
const LIST: &str = "ab-tree-list ab-picks";

/// `GET archive/NAME/restore/tree?folder=&offset=`.
pub async fn tree(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
) -> Result<HttpResponse, HttpError> {
    let page = FolderPage::asked(&panel, &request, name.into_inner(), PAGE).await?;
    let lines = |row: &Row| line(&frame, &page.name, row, &printable(row.path.name()));
    let more = |next| show_more(&frame, &page.name, page.folder.as_ref(), next);
    Ok(layout::html_answer(page.draw(LIST, lines, more)))
}

/// `GET archive/NAME/restore/search?q=`.
pub async fn search(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
) -> Result<HttpResponse, HttpError> {
    let name = name.into_inner();
    let mut found = Found::asked(&panel, &request, name.clone()).await?;
    found.rows.retain(|row| is_of_the_owner(&row.path));
    Ok(layout::html_answer(found.draw(LIST, |row| line(&frame, &name, row, &row.path.to_string()))))
}

/// What the archive says of itself is no file of the camera.
fn is_of_the_owner(path: &RelPath) -> bool {
    !matches!(path.as_bytes(), b"metadata.json" | b"SHA256SUMS")
}

fn show_more(frame: &Frame, name: &ArchiveName, folder: Option<&RelPath>, next: u64) -> Markup {
    html! {
        li.ab-more {
            button.btn.btn-default.btn-sm type="button" data-pick-more=(address(frame, name, TREE, folder, next)) { "Show more" }
        }
    }
}

/// `data-path` is the name for comparing, `data-json` the name as it is sent.
fn line(frame: &Frame, name: &ArchiveName, row: &Row, label: &str) -> Markup {
    let key = query::encode(row.path.as_bytes());
    let json = serde_json::to_string(&row.path).unwrap_or_default();
    let sign = if row.is_dir { Icon::Folder } else { Icon::File };
    html! {
        @if is_of_the_owner(&row.path) {
            li {
                div.ab-pick {
                    @if row.is_dir {
                        button.ab-fold type="button" aria-expanded="false" aria-label={"Open " (label)}
                            data-pick-tree=(address(frame, name, TREE, Some(&row.path), 0)) { (icon(Icon::Fold)) }
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
