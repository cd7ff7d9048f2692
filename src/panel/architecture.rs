//! How this program is built and how its backups lie, by its own documents, so that they are there when nothing else is.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::html;

use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::layout;
use crate::panel::parts::markdown::render;

/// Name in the address, title, text.
const DOCUMENTS: [(&str, &str, &str); 6] = [
    ("house", "The house", include_str!("../../docs/house.md")),
    ("format", "Archives", include_str!("../../docs/format.md")),
    ("snapshots", "Snapshots", include_str!("../../docs/snapshots.md")),
    ("restore-design", "Restores", include_str!("../../docs/restore-design.md")),
    ("RELIABILITY", "Reliability", include_str!("../../docs/RELIABILITY.md")),
    ("guide", "Guide for owners", include_str!("../../docs/guide.md")),
];

/// `GET architecture`.
pub async fn first(frame: Frame, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    shown(&frame, &request, DOCUMENTS[0].0)
}

/// `GET architecture/DOCUMENT`.
pub async fn one(frame: Frame, request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse, HttpError> {
    shown(&frame, &request, &name)
}

fn shown(frame: &Frame, request: &HttpRequest, name: &str) -> Result<HttpResponse, HttpError> {
    let found = DOCUMENTS.iter().find(|(known, ..)| *known == name);
    let (name, title, text) = found.ok_or_else(|| HttpError::not_found("There is no such document"))?;
    let address = |name: &str| frame.url(&format!("architecture/{name}"));
    let link = |file: &str| {
        let (file, place) = file.split_once('#').map_or((file, String::new()), |(file, at)| (file, format!("#{at}")));
        let known = DOCUMENTS.iter().find(|(known, ..)| file.strip_suffix(".md") == Some(known))?;
        Some(format!("{}{place}", address(known.0)))
    };
    let body = html! {
        div.modal-header { h4.modal-title { "How this program is built" } }
        div.modal-body {
            nav aria-label="Documents" {
                ul.nav.nav-pills {
                    @for (other, title, _) in &DOCUMENTS {
                        li.active[other == name] { a href=(address(other)) { (title) } }
                    }
                }
            }
            article.ab-document { (render(text, &link)) }
        }
        div.modal-footer {
            a.btn.btn-default href=(frame.url("interface")) { (icon(Icon::About)) " Interface for programs" }
        }
    };
    Ok(layout::page(frame, request, title, body))
}
