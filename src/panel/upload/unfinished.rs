//! Uploads that stopped on their way: on the page with how much is here, to go on with or to remove.
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};
use uuid::Uuid;

use super::pieces;
use super::under_way::RunningUploads;
use crate::api::upload::Removed;
use crate::destination::upload::UploadState;
use crate::panel::access::login::Visitor;
use crate::panel::parts::error_page;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, lines, words};
use crate::panel::state::PanelState;

/// The section of the page; nothing when nothing is unfinished.
pub fn section(frame: &Frame, parts: &[UploadState]) -> Markup {
    let line = |part: &UploadState| {
        let name = &part.about.file_name;
        let said = html! { span.ab-kept-what { (words::size(part.received)) " of " (words::size(part.about.bytes)) " are here" } };
        let acts = html! {
            a.btn.btn-default.btn-sm.ab-needs-js #{"go-on-" (part.id)} href=(frame.url("upload")) data-dialog="upload"
                aria-label={"Go on with the upload of " (name)} { (icon(Icon::Upload)) " Go On" }
            (forms::named_button(frame, &format!("upload/{}/remove", part.id), "btn btn-default btn-sm", &format!("remove-{}", part.id),
                &format!("Remove what came of {name}"), "Remove", html! { (icon(Icon::Delete)) " Remove" }))
        };
        lines::line(name, said, acts)
    };
    lines::section("Unfinished uploads", "ab-parts", &parts.iter().map(line).collect::<Vec<_>>())
}

/// `POST upload/ID/remove`.
pub async fn remove(
    panel: web::Data<PanelState>,
    uploads: web::Data<RunningUploads>,
    visitor: Visitor,
    request: HttpRequest,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, HttpError> {
    pieces::give_up(&panel, &uploads, &visitor, *id).await?;
    if error_page::wants_json(&panel, &request) {
        return Ok(HttpResponse::Ok().json(Removed::now(*id)));
    }
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, panel.url(""))).finish())
}
