//! The frame of the page: where the file is, form or text, what is wrong, and how to go on.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::form;
use super::sheet::{Sheet, View};
use crate::domain::settings::keys::{self, Hand};
use crate::domain::settings::manual;
use crate::domain::settings::mistake::Mistake;
use crate::panel::mail_page;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::room;
use crate::panel::parts::room::Room;
use crate::panel::parts::{forms, layout, query};
use crate::panel::state::{PanelState, off_loop};
use crate::work::settings::save;

/// `GET settings`.
pub async fn settings(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    let query = request.query_string().to_owned();
    let view = query::field(&query, "as").map_or(View::Form, |name| View::named(&String::from_utf8_lossy(&name)));
    let wished = query.clone();
    let sheet = off_loop(&panel, move |panel| Ok(Sheet::of_file(panel, view)?.with_wishes(&wished))).await?;
    let saved = query::field(&query, "saved").map(|_| saved(&panel));
    Ok(layout::html_answer(layout::show(
        &frame,
        "Settings",
        with_heading(&panel, &frame, &sheet, saved.as_ref(), &editor(&frame, &sheet)),
    )))
}

fn saved(panel: &PanelState) -> Markup {
    html! {
        div.alert.alert-success role="status" {
            (icon(Icon::Check)) " Saved"
            @if panel.in_use.trouble().is_none() { ", and in use from now on. Work that is under way ends as it began" }
            "."
        }
    }
}

/// What is in the file and does not count yet.
fn waiting(panel: &PanelState, sheet: &Sheet) -> Markup {
    let keys = panel.in_use.waiting(&sheet.in_file.settings);
    html! {
        @if let Some(failure) = panel.in_use.trouble().filter(|_| !sheet.file_is_mistaken()) {
            div.alert.alert-danger role="alert" { (icon(Icon::Cross)) " " strong { "Not in use: " (failure.message) "." } " " (failure.advice) }
        }
        @if !keys.is_empty() {
            div.alert.alert-warning role="status" {
                (icon(Icon::Clock)) " Changed in the file, and in use from the next start on: "
                @for (at, key) in keys.iter().enumerate() { @if at > 0 { ", " } code { (key) } }
                ". " code { "sudo systemctl restart allsky-backups" }
            }
        }
    }
}

/// `inside` with its heading.
pub fn with_heading(
    panel: &PanelState,
    frame: &Frame,
    sheet: &Sheet,
    news: Option<&Markup>,
    inside: &Markup,
) -> Markup {
    let mail = html! {
        a.btn.btn-default #ab-mail href=(frame.url("mail")) { (icon(Icon::Mail)) " Mail" }
        a.btn.btn-default #ab-to-tokens href=(frame.url("tokens")) { (icon(Icon::Lock)) " Tokens" }
    };
    html! {
        div.panel.panel-default.ab-page {
            div.panel-heading {
                (room::heading(frame, Room::Settings, Room::Settings.title(), &mail))
            }
            div.panel-body.ab-settings-page {
                @if let Some(news) = news { (news) }
                (waiting(panel, sheet))
                (mail_page::gate(panel))
                p.ab-small {
                    "In " code.ab-break { (sheet.now.file.display()) } "; the file before the last change is beside it as "
                    code { ".bak" } "."
                }
                (inside)
            }
        }
    }
}

/// Fields or text, with all mistakes.
pub fn editor(frame: &Frame, sheet: &Sheet) -> Markup {
    let writable = save::is_writable(&sheet.now.file);
    let tab = |view: View, name: &str| {
        html! {
            li.active[sheet.view == view] role="presentation" {
                a href=(frame.url(&format!("settings?as={}", view.name()))) aria-current=[(sheet.view == view).then_some("page")] { (name) }
            }
        }
    };
    html! {
        @if !writable {
            div.alert.alert-warning role="alert" {
                (icon(Icon::Warning)) " The service may not write this file. Run the installer again, or edit the file in a terminal."
            }
        }
        ul.nav.nav-tabs.ab-tabs { (tab(View::Form, "Settings")) (tab(View::Text, "File as text")) }
        @if !sheet.mistakes.is_empty() { (mistakes(sheet)) }
        @if sheet.has_wishes() {
            div.alert.alert-info #ab-wishes role="status" {
                (icon(Icon::Chart)) " The limits that you chose are filled in below. Look at the changes, then save them."
            }
        }
        form.ab-settings-form method="post" action=(frame.url("settings/preview")) {
            (forms::token(frame))
            input type="hidden" name="digest" value=(sheet.now.digest);
            @match sheet.view {
                View::Form => (form::draw(sheet)),
                View::Text => (text(sheet)),
            }
            div.ab-save-bar.ab-stays[sheet.view == View::Form] {
                button.btn.btn-primary type="submit" disabled[!writable] { "Show changes" }
                span.ab-small { "Nothing is saved yet." }
            }
        }
    }
}

fn text(sheet: &Sheet) -> Markup {
    html! {
        label.sr-only for="ab-text" { "The configuration file as text" }
        // The first line break of a text area is not part of its text.
        textarea #ab-text.form-control.ab-config-text name="text" rows="28" spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off" {
            "\n" (sheet.shown_text())
        }
        details.ab-example {
            summary { "Every key with its meaning and its default" }
            pre { (manual::example()) }
        }
    }
}

/// All of them, with their lines; those with a field are said there as well.
fn mistakes(sheet: &Sheet) -> Markup {
    let heading = match (sheet.file_is_mistaken(), sheet.mistakes.len()) {
        (true, 1) => {
            "There is a mistake in the file. It is not used, and the service would not start with it.".to_owned()
        }
        (true, n) => {
            format!("There are {n} mistakes in the file. It is not used, and the service would not start with it.")
        }
        (false, 1) => "Nothing was saved: there is a mistake.".to_owned(),
        (false, n) => format!("Nothing was saved: there are {n} mistakes."),
    };
    html! {
        div.alert.alert-danger.ab-mistakes role="alert" {
            strong { (icon(Icon::Warning)) " " (heading) }
            ul { @for mistake in &sheet.mistakes { (line(sheet, mistake)) } }
        }
    }
}

fn line(sheet: &Sheet, mistake: &Mistake) -> Markup {
    let on_page = keys::find(&mistake.path).is_some_and(|found| found.hand() == Hand::Page);
    let has_field = on_page && sheet.view == View::Form;
    html! {
        li data-code=(mistake.code.as_str()) data-path=(mistake.path) data-line=(mistake.line) {
            "Line " (mistake.line) ": "
            @if has_field { a href=(format!("#{}", form::id_of(&mistake.path))) { (mistake.path) } " – " }
            @else if !mistake.path.is_empty() { code { (mistake.path) } " – " }
            (form::sentence(mistake))
        }
    }
}
