//! The files in an archive: one folder at a time, or what a search finds. A picture opens, anything
//! else is saved.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use crate::archive::index::Row;
use crate::base::rel_path::{RelPath, printable};
use crate::domain::archive::name::ArchiveName;
use crate::panel::archives::folder_page::{FolderPage, Found, address};
use crate::panel::archives::picture::{Showing, showing};
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, layout, query, words};
use crate::panel::state::PanelState;

/// Rows of a folder that are drawn at once.
pub const PAGE: u64 = 100;
const TREE: &str = "tree";

/// `GET archive/NAME/tree?folder=&offset=`.
pub async fn tree(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
) -> Result<HttpResponse, HttpError> {
    let page = FolderPage::asked(&panel, &request, name.into_inner(), PAGE).await?;
    Ok(layout::html_answer(list(&frame, &page)))
}

/// `GET archive/NAME/search?q=`.
pub async fn search(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
) -> Result<HttpResponse, HttpError> {
    let name = name.into_inner();
    let found = Found::asked(&panel, &request, name.clone()).await?;
    Ok(layout::html_answer(found.draw("ab-tree-list", |row| file_row(&frame, &name, row, &row.path.to_string()))))
}

/// The rows of a folder, with the button for more.
pub fn list(frame: &Frame, page: &FolderPage) -> Markup {
    let line = |row: &Row| match row.is_dir {
        true => folder_row(frame, &page.name, row),
        false => file_row(frame, &page.name, row, &printable(row.path.name())),
    };
    page.draw("ab-tree-list", line, |next| show_more(frame, &page.name, page.folder.as_ref(), next))
}

fn show_more(frame: &Frame, name: &ArchiveName, folder: Option<&RelPath>, next: u64) -> Markup {
    html! {
        li.ab-more {
            a.btn.btn-default.btn-sm href=(address(frame, name, TREE, folder, next)) data-more="" { "Show more" }
        }
    }
}

/// A closed folder. Without scripts its name leads to a page that shows it.
fn folder_row(frame: &Frame, name: &ArchiveName, row: &Row) -> Markup {
    let here = frame.url(&format!("archive/{name}?folder={}", query::encode(row.path.as_bytes())));
    html! {
        li {
            a.ab-node.ab-folder-node href=(here) data-tree=(address(frame, name, TREE, Some(&row.path), 0)) aria-expanded="false" {
                (icon(Icon::Folder)) span.ab-node-name { (printable(row.path.name())) }
                span.ab-node-size { (words::counted(row.files, "file")) ", " (words::size(row.size)) }
            }
        }
    }
}

fn file_row(frame: &Frame, name: &ArchiveName, row: &Row, label: &str) -> Markup {
    let place = frame.url(&format!("archive/{name}/file?path={}", query::encode(row.path.as_bytes())));
    let asks = forms::gives_for_a_word(frame, name.kind());
    let (sign, act) = match showing(&row.path) {
        Showing::Picture(_) => (Icon::Picture, Some("picture")),
        Showing::Text => (Icon::File, Some("text")),
        Showing::Saved => (Icon::File, None),
    };
    // The page that it leads to then asks for the word.
    let act = if asks { None } else { act };
    html! {
        li {
            a.ab-node href=(place) data-open=[act] target=[(act == Some("text")).then_some("_blank")]
                rel="noopener" download[act.is_none() && !asks] {
                (icon(sign)) span.ab-node-name { (label) } span.ab-node-size { (words::size(row.size)) }
            }
        }
    }
}
