//! The page "Tokens": what programs show to the web interface, a form for another one, and a button that revokes each.
//!
//! Invariant: the text of a token is on the one answer to the form that has made it, and on no other page. Where there
//! is no login nobody makes a token here: it would still open when there is one.
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use jiff::Zoned;
use maud::{Markup, html};

use super::state::{PanelState, off_loop};
use crate::domain::api_token::{Right, TokenName, TokenRecord};
use crate::panel::access::login::Visitor;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, layout, query, words};
use crate::work::tokens::{self, MadeToken};

type Answer = Result<HttpResponse, HttpError>;

/// `GET tokens`.
pub async fn page(panel: web::Data<PanelState>, frame: Frame, visitor: Visitor) -> Answer {
    shown(&panel, &frame, &visitor, None).await
}

/// `POST tokens/new` with `name` and `right`.
pub async fn add(panel: web::Data<PanelState>, frame: Frame, visitor: Visitor, form: web::Bytes) -> Answer {
    if !visitor.has_logged_in() {
        return Err(HttpError::forbidden(
            "Tokens are not made on a page that asks for no login",
            "Make one in a terminal of the camera: allsky-backups tokens add NAME --right read",
        ));
    }
    let form = String::from_utf8_lossy(&form).into_owned();
    let text = |name: &str| String::from_utf8_lossy(&query::field(&form, name).unwrap_or_default()).trim().to_owned();
    let odd = |why: String| HttpError::usage(why, "Nothing was made; go back and change it.");
    let name: TokenName = text("name").parse().map_err(odd)?;
    let right: Right = text("right").parse().map_err(odd)?;
    let made = off_loop(&panel, move |panel| Ok(tokens::add(&panel.tools(), &name, right)?)).await?;
    shown(&panel, &frame, &visitor, Some(&made)).await
}

/// `POST tokens/NAME/remove`.
pub async fn remove(panel: web::Data<PanelState>, name: web::Path<TokenName>) -> Answer {
    off_loop(&panel, move |panel| Ok(tokens::remove(&panel.tools(), &name)?)).await?;
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, panel.url("tokens"))).finish())
}

async fn shown(panel: &web::Data<PanelState>, frame: &Frame, visitor: &Visitor, made: Option<&MadeToken>) -> Answer {
    let (all, now) = off_loop(panel, |panel| Ok((tokens::list(&panel.tools())?, (panel.tools().now)()))).await?;
    let body = html! {
        div.panel.panel-default.ab-page {
            div.panel-heading {
                div.ab-heading {
                    h3.panel-title { "Tokens" }
                    div.ab-heading-buttons {
                        a.btn.btn-default href=(frame.url("settings")) { (icon(Icon::Gear)) " Settings" }
                        a.btn.btn-default href=(frame.url("")) data-room="backups" { (icon(Icon::Archive)) " Backups" }
                    }
                }
            }
            div.panel-body {
                @if let Some(made) = made { (told(made)) }
                p.text-muted {
                    "Other programs, such as Grafana, Home Assistant or a script of yours, ask this page with a token in place of your login: "
                    code { "Authorization: Bearer TOKEN" } ". " a href=(frame.url("interface")) { "What they can ask for" } "."
                }
                (table(frame, &all, &now))
                @if visitor.has_logged_in() { (form(frame)) }
                @else {
                    p.text-muted #ab-tokens-elsewhere {
                        "This page asks for no login, so tokens are made in a terminal of the camera: "
                        code { "allsky-backups tokens add NAME --right read" }
                    }
                }
            }
        }
    };
    Ok(layout::html_answer(layout::show(frame, "Tokens", body)))
}

fn told(made: &MadeToken) -> Markup {
    html! {
        div.alert.alert-success #ab-token-made role="status" {
            p { (icon(Icon::Check)) " The token " strong { (made.name) } " was made. This is the only time that it is shown:" }
            pre.ab-command { (made.token) }
        }
    }
}

fn table(frame: &Frame, all: &[TokenRecord], now: &Zoned) -> Markup {
    html! {
        @if all.is_empty() { div.ab-nothing-yet #ab-no-tokens { p { (icon(Icon::About)) " There are no tokens." } } }
        @else {
            ul.list-group.ab-recent #ab-tokens aria-label="Tokens" {
                @for one in all {
                    li.list-group-item data-token=(one.name) {
                        div.ab-recent-line {
                            strong { (one.name) }
                            span.ab-recent-title { (explained(one.right)) }
                            span.ab-recent-when.text-muted {
                                "made " (words::lately_stamp(one.made_at, now)) ", "
                                @match one.last_used_at {
                                    Some(at) => { "last used " (words::lately_stamp(at, now)) }
                                    None => { "never used" }
                                }
                            }
                            form.ab-form method="post" action=(frame.url(&format!("tokens/{}/remove", one.name))) {
                                (forms::token(frame))
                                button.btn.btn-danger.btn-sm #(format!("ab-revoke-{}", one.name)) type="submit" { (icon(Icon::Delete)) " Revoke" }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What a right is good for.
fn explained(right: Right) -> &'static str {
    match right {
        Right::Read => "may look at states and lists",
        Right::Run => "may also start and cancel backups and checks",
        Right::Admin => "may also delete, restore, download and change settings",
    }
}

fn form(frame: &Frame) -> Markup {
    html! {
        form.ab-form #ab-new-token method="post" action=(frame.url("tokens/new")) {
            (forms::token(frame))
            h4 { "A new token" }
            div.form-group {
                label for="ab-token-name" { "Name" }
                input.form-control #ab-token-name type="text" name="name" required maxlength="32" pattern="[a-z][a-z0-9-]*" placeholder="grafana" autocomplete="off" autocapitalize="off" spellcheck="false";
                p.help-block { "Small letters, digits and -." }
            }
            div.form-group {
                @for right in Right::ALL {
                    div.radio {
                        label { input type="radio" name="right" value=(right) checked[right == Right::Read]; " " strong { (right) } ": " (explained(right)) }
                    }
                }
            }
            button.btn.btn-primary type="submit" { (icon(Icon::Plus)) " Make the token" }
        }
    }
}
