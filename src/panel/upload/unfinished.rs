//! Uploads that stopped on their way: on the page with how much is here, to go on with or to remove.
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};
use uuid::Uuid;

use super::pieces;
use crate::destination::part::Partial;
use crate::panel::desk::Desk;
use crate::panel::error_page;
use crate::panel::icons::{Icon, icon};
use crate::panel::trouble::Trouble;
use crate::panel::{forms, lines, words};

/// The section of the page; nothing when nothing is unfinished.
pub fn section(desk: &Desk, parts: &[Partial]) -> Markup {
    let line = |part: &Partial| {
        let name = &part.about.file_name;
        let said = html! { span.ab-kept-what { (words::size(part.received)) " of " (words::size(part.about.bytes)) " are here" } };
        let acts = html! {
            a.btn.btn-default.btn-sm.ab-needs-js #{"go-on-" (part.id)} href=(desk.url("upload")) data-dialog="upload"
                aria-label={"Go on with the upload of " (name)} { (icon(Icon::Upload)) " Go On" }
            (forms::named_button(desk, &format!("upload/{}/remove", part.id), "btn btn-default btn-sm", &format!("remove-{}", part.id),
                &format!("Remove what came of {name}"), "Remove", html! { (icon(Icon::Delete)) " Remove" }))
        };
        lines::line(name, said, acts)
    };
    lines::section("Unfinished uploads", "ab-parts", &parts.iter().map(line).collect::<Vec<_>>())
}

/// `POST upload/ID/remove`.
pub async fn remove(desk: web::Data<Desk>, request: HttpRequest, id: web::Path<Uuid>) -> Result<HttpResponse, Trouble> {
    pieces::give_up(&desk, *id).await?;
    if error_page::wants_json(&desk, &request) {
        return Ok(HttpResponse::Ok().json(serde_json::json!({ "removed": *id, "cancelled": true })));
    }
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, desk.url(""))).finish())
}
