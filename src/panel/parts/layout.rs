//! The frame around every page when it stands alone. Inside the camera's panel only what is within
//! `.allsky-backups` is used.
use actix_web::HttpRequest;
use actix_web::http::header;
use maud::{DOCTYPE, Markup, html};

use crate::panel::assets;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};

/// Scripts ask with this for the inside of a page, to show it as a dialog.
pub const FRAGMENT: &str = "x-fragment";

/// True when a script wants the inside only.
pub fn is_fragment(request: &HttpRequest) -> bool {
    request.headers().contains_key(FRAGMENT)
}

/// What the tab of a browser shows of a page.
pub struct Tab {
    pub title: String,
    /// A file below `web/`.
    pub icon: &'static str,
}

/// The whole title.
pub fn tab_text(tab: &Tab) -> String {
    format!("{} – Allsky Backups", tab.title)
}

/// The address of the icon.
pub fn tab_icon(frame: &Frame, tab: &Tab) -> String {
    assets::url(frame, tab.icon)
}

/// `body` as a whole page.
pub fn show(frame: &Frame, title: &str, body: Markup) -> Markup {
    show_as(frame, &Tab { title: title.to_owned(), icon: "icon.svg" }, body)
}

/// `body` as a whole page with a tab of its own.
pub fn show_as(frame: &Frame, tab: &Tab, body: Markup) -> Markup {
    let host = frame.host();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="csrf-token" content=(frame.token());
                meta name="color-scheme" content="light dark";
                title { (tab_text(tab)) }
                link rel="icon" type="image/svg+xml" href=(tab_icon(frame, tab));
                link rel="stylesheet" href=(assets::url(frame, "vendor/bootstrap-3.4.1/bootstrap.min.css"));
                link rel="stylesheet" href=(assets::url(frame, "standalone.css"));
                link rel="stylesheet" href=(assets::url(frame, "panel.css"));
                // Before the first paint, so that a dark page never flashes white.
                script src=(assets::url(frame, "theme.js")) {}
                script type="module" src=(assets::url(frame, "main.js")) {}
            }
            body {
                div.allsky-backups.container-fluid data-base=(frame.url(""))
                    data-login=[host.map(|host| host.login)] data-panel=[host.map(|host| host.name)] {
                    (masthead(frame))
                    main { (body) }
                }
            }
        }
    }
}

/// `body` for a place within the camera's panel, with the addresses of what makes it work there.
pub fn inside(frame: &Frame, body: Markup) -> Markup {
    html! {
        div.allsky-backups.ab-inside
            data-base=(frame.url("")) data-token=(frame.token())
            data-style=(format!("{} {}", assets::url(frame, "panel.css"), assets::url(frame, "inside.css")))
            data-script=(assets::url(frame, "main.js")) {
            (body)
        }
    }
}

/// `body` for a script that asked for it, or in its frame. `title` is also the dialog's name.
pub fn page(frame: &Frame, request: &HttpRequest, title: &str, body: Markup) -> actix_web::HttpResponse {
    let text = if is_fragment(request) {
        body
    } else {
        let section = html! {
            div.panel.panel-default.ab-single {
                div.panel-body { (body) }
            }
        };
        show(frame, title, section)
    };
    html_answer(text)
}

pub fn html_answer(text: Markup) -> actix_web::HttpResponse {
    actix_web::HttpResponse::Ok()
        .insert_header(header::ContentType::html())
        .insert_header((header::VARY, FRAGMENT))
        .body(text.into_string())
}

fn masthead(frame: &Frame) -> Markup {
    html! {
        header.ab-masthead {
            a.ab-brand href=(frame.url("")) { (icon(Icon::Archive)) " Allsky Backups" }
            @if let Some(host) = frame.host() {
                a.btn.btn-default href=(host.page) { "Back to " (host.name) }
            }
            button.btn.btn-default.ab-theme.ab-needs-js type="button" data-act="theme" {
                span.ab-for-light { (icon(Icon::Moon)) " Dark" }
                span.ab-for-dark { (icon(Icon::Sun)) " Light" }
            }
        }
    }
}
