//! The page "Mail": who hears of what, a button to try it, what was sent, what waits, and why.
//!
//! It works without a script: each press of a button shows the page again, with the outcome at its top.
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use maud::{Markup, html};

use super::channels;
use super::state::{PanelState, off_loop};
use crate::domain::failure::Failure;
use crate::domain::mail::letter::{Fate, Posted};
use crate::domain::notify::{NotifySettings, ReportWhen, Transport};
use crate::panel::api::paging::{Page, paged};
use crate::panel::parts::error_page;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{forms, layout, words};
use crate::work::mail::{self, Delivery, Gate, retry, send_trial};
use crate::work::notify;

/// More than are remembered.
const ALL: u32 = 10_000;
/// How many mails the page shows.
const SHOWN: u32 = 30;
/// The installer puts this script there. It lets the service out or shuts it in, as the settings say.
const OPEN_OR_SHUT: &str = "sudo /usr/lib/allsky-backups/mails.sh";

/// What a press came to.
enum Outcome {
    Sent(String),
    Not(Failure),
}

/// `GET mail`.
pub async fn mail(panel: web::Data<PanelState>, frame: Frame, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    answer(panel, frame, request, None).await
}

/// `GET api/mail`.
pub async fn list(panel: web::Data<PanelState>, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let page = Page::of("letters", request.query_string())?;
    let letters = off_loop(&panel, |panel| Ok(panel.tools().catalog.letters(ALL)?)).await?;
    Ok(HttpResponse::Ok().json(paged(letters, &page, |letter| letter.id.to_string())?))
}

/// `POST mail/test`.
pub async fn test(panel: web::Data<PanelState>, frame: Frame, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let sent = off_loop(&panel, |panel| Ok(send_trial(&panel.tools()).map_err(Failure::from))).await?;
    if error_page::wants_json(&panel, &request) {
        return Ok(HttpResponse::Ok().json(sent.map_err(HttpError::from)?));
    }
    let outcome = match sent {
        Ok(_) => Outcome::Sent("The mail server has taken the test mail. Look in your mailbox.".to_owned()),
        Err(failure) => Outcome::Not(failure),
    };
    answer(panel, frame, request, Some(outcome)).await
}

/// `POST mail/test/NAME`.
pub async fn test_channel(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    name: web::Path<String>,
) -> Result<HttpResponse, HttpError> {
    let name = name.into_inner();
    let shown = name.clone();
    let sent =
        off_loop(&panel, move |panel| Ok(notify::send_trial(&panel.tools(), &name).map_err(Failure::from))).await?;
    if error_page::wants_json(&panel, &request) {
        return Ok(HttpResponse::Ok().json(sent.map_err(HttpError::from)?));
    }
    let outcome = match sent {
        Ok(_) => Outcome::Sent(format!("The server of {shown} has taken the test message.")),
        Err(failure) => Outcome::Not(failure),
    };
    answer(panel, frame, request, Some(outcome)).await
}

/// `POST mail/retry`.
pub async fn again(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    let tried = off_loop(&panel, |panel| Ok(retry(&panel.tools())?)).await?;
    if error_page::wants_json(&panel, &request) {
        return Ok(HttpResponse::Ok().json(tried));
    }
    let outcome = match tried {
        Delivery { failure: Some(failure), .. } => Outcome::Not(failure),
        Delivery { sent, .. } => Outcome::Sent(format!("{} sent.", words::counted(u64::from(sent), "mail"))),
    };
    answer(panel, frame, request, Some(outcome)).await
}

async fn answer(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    outcome: Option<Outcome>,
) -> Result<HttpResponse, HttpError> {
    let letters = off_loop(&panel, |panel| Ok(panel.tools().catalog.letters(SHOWN)?)).await?;
    let tools = panel.tools();
    let settings = &tools.notify;
    let is_on = settings.transport != Transport::None;
    let body = html! {
        div.panel.panel-default.ab-page {
            div.panel-heading {
                div.ab-heading {
                    h3.panel-title { "Mail" }
                    div.ab-heading-buttons {
                        a.btn.btn-default href=(frame.url("settings#ab-notify")) { (icon(Icon::Gear)) " Settings" }
                        a.btn.btn-default href=(frame.url("")) data-room="backups" { (icon(Icon::Archive)) " Backups" }
                        @if is_on { (test_button(&frame)) }
                    }
                }
            }
            div.panel-body {
                (told(outcome.as_ref()))
                (gate(&panel))
                @if is_on { (who_hears(settings)) } @else { (off(&frame)) }
                (channels::section(&frame, &settings.channels, &letters, &(tools.now)()))
                (history(&panel, &frame, &letters))
            }
        }
    };
    let is_fragment = layout::is_fragment(&request);
    Ok(layout::html_answer(if is_fragment { body } else { layout::show(&frame, "Mail", body) }))
}

/// One line for other pages: whether mails go out, with the way here.
pub fn in_short(panel: &PanelState, frame: &Frame, mails: &Mails) -> Markup {
    let words = match mails {
        Mails::Off => "off".to_owned(),
        Mails::None => "none yet".to_owned(),
        Mails::Waiting(count) => format!("{} waiting", words::count(*count)),
        Mails::Last(fate, at) => format!("last {} {}", fate.word(), words::lately_stamp(*at, &(panel.tools().now)())),
    };
    html! { a href=(frame.url("mail")) data-room="mail" { (words) } }
}

/// How mails stand.
pub enum Mails {
    Off,
    None,
    Waiting(u64),
    /// The newest, and when it was sent or written.
    Last(Fate, Timestamp),
}

impl Mails {
    pub fn read(panel: &PanelState) -> Result<Mails, HttpError> {
        if panel.tools().notify.transport == Transport::None {
            return Ok(Mails::Off);
        }
        let letters = panel.tools().catalog.letters(SHOWN)?;
        let waiting = letters.iter().filter(|letter| letter.fate == Fate::Waiting).count() as u64;
        Ok(match letters.first() {
            _ if waiting > 0 => Mails::Waiting(waiting),
            Some(letter) => Mails::Last(letter.fate, letter.sent_at.unwrap_or(letter.queued_at)),
            None => Mails::None,
        })
    }
}

/// Where the service's way out does not fit the settings: what to do about it.
pub fn gate(panel: &PanelState) -> Markup {
    html! {
        @match mail::gate(&panel.tools()) {
            Some(Gate::KeepsMailsIn) => div.alert.alert-warning #ab-mail-gate role="alert" {
                (icon(Icon::Warning)) " Mails are on, and the service may talk to this machine alone. To let them out, run once: "
                code { (OPEN_OR_SHUT) }
            },
            Some(Gate::StandsOpen) => div.alert.alert-info #ab-mail-gate role="status" {
                "Mails are off, and the service may still leave this machine. To shut that again, run once: "
                code { (OPEN_OR_SHUT) }
            },
            None => {}
        }
    }
}

fn test_button(frame: &Frame) -> Markup {
    html! {
        form.ab-form method="post" action=(frame.url("mail/test")) {
            (forms::token(frame))
            button #ab-mail-test.btn.btn-primary type="submit" { (icon(Icon::Mail)) " Send a test mail" }
        }
    }
}

fn told(outcome: Option<&Outcome>) -> Markup {
    html! {
        @match outcome {
            None => {}
            Some(Outcome::Sent(words)) => {
                div #ab-mail-outcome.alert.alert-success role="status" { (icon(Icon::Check)) " " (words) }
            }
            Some(Outcome::Not(failure)) => {
                div #ab-mail-outcome.alert.alert-danger role="alert" {
                    (icon(Icon::Cross)) " " strong { (failure.message) "." } " " (failure.advice)
                }
            }
        }
    }
}

fn who_hears(notify: &NotifySettings) -> Markup {
    let by = match notify.transport {
        Transport::Smtp => format!("{}, port {}", notify.smtp_host, notify.smtp_port),
        Transport::Sendmail | Transport::None => "the mail program of this machine".to_owned(),
    };
    let when = match notify.report {
        ReportWhen::Always => "every run of the nights, every night that went, and what failed",
        ReportWhen::OnProblem => "what failed, and runs with warnings",
        ReportWhen::Never => "nothing except test mails",
    };
    let other = notify.email_admin.as_deref().filter(|admin| Some(*admin) != notify.email_report.as_deref());
    html! {
        dl.dl-horizontal {
            dt { "To" } dd { (notify.email_report) }
            @if let Some(admin) = other { dt { "Failures also to" } dd { (admin) } }
            dt { "Tells of" } dd { (when) }
            dt { "By way of" } dd { (by) }
        }
    }
}

fn off(frame: &Frame) -> Markup {
    html! {
        div.ab-empty {
            (icon(Icon::Mail))
            h4 { "Mails are off" }
            p.text-muted {
                "Say in the " a href=(frame.url("settings#ab-notify")) { "settings" } " where they go. The mail server and its password are named "
                "in the file alone; the guide has an example."
            }
        }
    }
}

fn history(panel: &PanelState, frame: &Frame, letters: &[Posted]) -> Markup {
    let now = (panel.tools().now)();
    let left = letters.iter().any(|letter| letter.fate != Fate::Sent && letter.kind != crate::domain::mail::Kind::Test);
    html! {
        @if !letters.is_empty() {
            h4.ab-section-title { "Sent and waiting" }
            ul.list-group.ab-recent #ab-mails {
                @for letter in letters {
                    li.list-group-item {
                        div.ab-recent-line {
                            (fate(letter.fate))
                            span.ab-recent-title {
                                (letter.subject) @if !letter.channel.is_empty() { " – to " (letter.channel) }
                            }
                            span.ab-recent-when.text-muted {
                                (words::lately_stamp(letter.sent_at.unwrap_or(letter.queued_at), &now))
                            }
                        }
                        @if let Some(error) = &letter.error {
                            p.ab-recent-failure { (error) "." }
                            @if let (Fate::Waiting, Some(next)) = (letter.fate, letter.next_at) {
                                p.ab-small {
                                    "Tried " (words::counted(u64::from(letter.attempts), "time")) ", again at "
                                    (next.to_zoned(now.time_zone().clone()).strftime("%H:%M")) "."
                                }
                            }
                        }
                    }
                }
            }
            @if left {
                form.ab-form method="post" action=(frame.url("mail/retry")) {
                    (forms::token(frame))
                    button #ab-mail-retry.btn.btn-default type="submit" { "Try again now" }
                }
            }
        }
    }
}

fn fate(fate: Fate) -> Markup {
    let (class, sign, word) = match fate {
        Fate::Sent => ("ab-good", Icon::Check, "Sent"),
        Fate::Waiting => ("ab-warn", Icon::Clock, "Waiting"),
        Fate::GivenUp => ("ab-bad", Icon::Cross, "Not sent"),
    };
    html! { span.ab-state.(class) { (icon(sign)) " " (word) } }
}
