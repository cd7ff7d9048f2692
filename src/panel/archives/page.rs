//! The page "Allsky Backups": verdict, running work, every archive, recent work.
//!
//! `Board` is all of it that changes; scripts fetch it again whenever something happened.
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use maud::{Markup, html};

use super::archive_table;
use crate::domain::failure::Failure;
use crate::panel::access::login::Visitor;
use crate::panel::archives::board::Board;
use crate::panel::jobs::{job_page, recent_work};
use crate::panel::nights::plans_card;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::layout;
use crate::panel::parts::layout::Tab;
use crate::panel::parts::room;
use crate::panel::parts::room::Room;
use crate::panel::state::PanelState;
use crate::panel::upload::under_way::RunningUploads;
use crate::panel::verdict::{self, Named};
use crate::panel::{alerts, plans, restore as restoring, upload};

/// `GET /`.
pub async fn index(
    panel: web::Data<PanelState>,
    uploads: web::Data<RunningUploads>,
    visitor: Visitor,
    frame: Frame,
) -> Result<HttpResponse, HttpError> {
    let board = Board::of_visitor(&panel, &uploads, &visitor).await?;
    Ok(layout::html_answer(layout::show_as(&frame, &tab(&board), body(&panel, &frame, &board))))
}

/// The address as people type it, without its last slash.
pub async fn with_slash(panel: web::Data<PanelState>) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, panel.url(""))).finish()
}

/// `GET fragment`: the same, for a page of the camera's panel around it.
pub async fn fragment(
    panel: web::Data<PanelState>,
    uploads: web::Data<RunningUploads>,
    visitor: Visitor,
    frame: Frame,
) -> Result<HttpResponse, HttpError> {
    let board = Board::of_visitor(&panel, &uploads, &visitor).await?;
    Ok(layout::html_answer(layout::inside(&frame, body(&panel, &frame, &board))))
}

fn tab(board: &Board) -> Tab {
    let running = board.jobs.iter().filter(|job| !job.state.is_over()).count();
    Tab {
        title: verdict::tab_title(&board.verdict, running, Room::Backups.title()),
        icon: verdict::tab_icon(&board.verdict, running),
    }
}

fn body(panel: &PanelState, frame: &Frame, board: &Board) -> Markup {
    html! {
        div.panel.panel-default.ab-page {
            div.panel-heading { (heading(frame)) }
            div.panel-body { (draw(panel, frame, board)) }
        }
        div.ab-drop aria-hidden="true" { div { (icon(Icon::Upload)) p { "Drop a .tar.gz backup to upload it" } } }
        div.sr-only #ab-say role="status" aria-live="polite" {}
    }
}

/// `GET board`: the changing part alone.
pub async fn board(
    panel: web::Data<PanelState>,
    uploads: web::Data<RunningUploads>,
    visitor: Visitor,
    frame: Frame,
) -> Result<HttpResponse, HttpError> {
    let board = Board::of_visitor(&panel, &uploads, &visitor).await?;
    Ok(layout::html_answer(draw(&panel, &frame, &board)))
}

fn heading(frame: &Frame) -> Markup {
    let buttons = html! {
        a.btn.btn-default #ab-upload href=(frame.url("upload")) data-dialog="upload" {
            (icon(Icon::Upload)) " Upload Backup"
        }
        a.btn.btn-primary #ab-create href=(frame.url("create")) data-dialog="create" {
            (icon(Icon::Plus)) " Create Backup"
        }
    };
    room::heading(frame, Room::Backups, "Allsky Backups", &buttons)
}

fn draw(panel: &PanelState, frame: &Frame, board: &Board) -> Markup {
    let tab = tab(board);
    html! {
        div #ab-board data-event=(board.event) data-tab=(layout::tab_text(&tab)) data-icon=(layout::tab_icon(frame, &tab)) {
            section #ab-verdict { (verdict::draw(frame, &board.verdict, Named::BesideAlerts)) }
            (alerts::draw(frame, &board.alerts))
            section #ab-running aria-label="Running work" {
                @for job in board.active() { (job_page::banner(frame, job, board.gauge(job))) }
            }
            section #ab-archives aria-label="Backups" {
                @match &board.items {
                    Ok(items) => (archive_table::draw(panel, frame, items, board)),
                    Err(failure) => (unreadable(failure)),
                }
                @if let Some(others) = &board.others { p.ab-small.ab-break #ab-others { (others) } }
            }
            section #ab-parts aria-label="Unfinished uploads" { (upload::unfinished::section(frame, &board.parts)) }
            section #ab-plans aria-label="Plans" {
                (plans_card::draw(panel, frame, &board.runs, &board.now))
                @for plan in &board.plans { (plans::card::in_short(frame, plan, &board.now)) }
            }
            section #ab-kept aria-label="Restores that can be undone" { (restoring::undo::section(frame, &board.kept, &board.now)) }
            section #ab-recent aria-label="Recent work" { (recent_work::draw(frame, board)) }
        }
    }
}

fn unreadable(failure: &Failure) -> Markup {
    html! {
        div.ab-empty {
            (icon(Icon::Warning))
            h4 { "The backups cannot be shown" }
            p { (failure.message) "." }
            p.text-muted { (failure.advice) }
        }
    }
}
