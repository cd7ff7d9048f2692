//! A page of a folder of an archive, or what a search in it finds. Info and restore show the same rows,
//! each with lines of its own.
//!
//! Nothing is walked or inflated here: rows come from the index, so the size of an archive does not matter.
use actix_web::{HttpRequest, web};
use maud::{Markup, html};

use crate::archive::index::Row;
use crate::base::rel_path::RelPath;
use crate::domain::archive::name::ArchiveName;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::{query, words};
use crate::panel::state::{PanelState, off_loop};
use crate::work::archive::info;

/// Most that a search shows.
const FOUND: u64 = 200;

/// Some rows of a folder, at most as many as a page has.
pub struct FolderPage {
    pub name: ArchiveName,
    /// `None` is the top of the archive.
    pub folder: Option<RelPath>,
    /// Rows of this folder on the pages before.
    pub offset: u64,
    rows: Vec<Row>,
    size: u64,
}

impl FolderPage {
    /// What `?folder=&offset=` ask for. `size` is the rows that a page has.
    pub async fn asked(
        panel: &web::Data<PanelState>,
        request: &HttpRequest,
        name: ArchiveName,
        size: u64,
    ) -> Result<Self, HttpError> {
        let folder = query::path(request.query_string(), "folder")?;
        let offset = query::number(request.query_string(), "offset").unwrap_or(0);
        off_loop(panel, move |panel| Self::read(panel, name, folder, offset, size)).await?.ok_or_else(not_read_yet)
    }

    /// Reads one page of a folder; to be called where waiting for the disk is allowed. `None` when the archive has
    /// not been read yet.
    pub fn read(
        panel: &PanelState,
        name: ArchiveName,
        folder: Option<RelPath>,
        offset: u64,
        size: u64,
    ) -> Result<Option<Self>, HttpError> {
        // One more than is shown tells whether there are more.
        let rows = info::folder(&panel.tools(), &name, folder.as_ref(), offset, size + 1)?;
        Ok(rows.map(|rows| FolderPage { name, folder, offset, rows, size }))
    }

    fn shown(&self) -> &[Row] {
        &self.rows[..self.rows.len().min(self.size as usize)]
    }

    /// Where the next page begins, when there is one.
    fn next(&self) -> Option<u64> {
        let shown = self.shown().len();
        (self.rows.len() > shown).then_some(self.offset + shown as u64)
    }

    /// The first page is a list; later ones are lines that the page puts at its end.
    pub fn draw(&self, class: &str, line: impl Fn(&Row) -> Markup, more: impl Fn(u64) -> Markup) -> Markup {
        let lines = html! {
            @for row in self.shown() { (line(row)) }
            @if let Some(next) = self.next() { (more(next)) }
        };
        if self.offset > 0 {
            return lines;
        }
        html! {
            ul class=(class) {
                (lines)
                @if self.rows.is_empty() { li.text-muted { "This folder is empty." } }
            }
        }
    }
}

/// Where rows of `folder` from `offset` on are fetched, in the tree at `way` of the archive.
pub fn address(frame: &Frame, name: &ArchiveName, way: &str, folder: Option<&RelPath>, offset: u64) -> String {
    let folder = folder.map(|path| query::encode(path.as_bytes())).unwrap_or_default();
    frame.url(&format!("archive/{name}/{way}?folder={folder}&offset={offset}"))
}

/// The files whose names hold a text.
pub struct Found {
    text: String,
    pub rows: Vec<Row>,
    cut: bool,
}

impl Found {
    /// What `?q=` asks for.
    pub async fn asked(
        panel: &web::Data<PanelState>,
        request: &HttpRequest,
        name: ArchiveName,
    ) -> Result<Self, HttpError> {
        let text = query::field(request.query_string(), "q").unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        off_loop(panel, move |panel| {
            let found = info::search(&panel.tools(), &name, &text, FOUND)?;
            Ok(found.map(|(rows, cut)| Found { text, rows, cut }))
        })
        .await?
        .ok_or_else(not_read_yet)
    }

    pub fn draw(&self, class: &str, line: impl Fn(&Row) -> Markup) -> Markup {
        html! {
            p.text-muted role="status" {
                @if self.rows.is_empty() { "No file name contains “" (self.text) "”." }
                @else if self.cut { "The first " (self.rows.len()) " files that contain “" (self.text) "”." }
                @else { (words::counted(self.rows.len() as u64, "file")) " with “" (self.text) "” in the name." }
            }
            ul class=(class) { @for row in &self.rows { (line(row)) } }
        }
    }
}

fn not_read_yet() -> HttpError {
    HttpError::not_found("This archive has not been read yet")
}
