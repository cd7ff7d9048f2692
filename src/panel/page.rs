//! The page "Allsky Backups": verdict, running work, every archive, recent work.
//!
//! `Board` is all of it that changes; scripts fetch it again whenever something happened.
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::board::Board;
use super::desk::Desk;
use super::icons::{Icon, icon};
use super::nights::plans_card;
use super::trouble::Trouble;
use super::{archive_table, job_page, layout, plans, recent_work, restore as restoring, upload, verdict};
use crate::domain::failure::Failure;

/// `GET /`.
pub async fn index(desk: web::Data<Desk>, request: HttpRequest) -> Result<HttpResponse, Trouble> {
    let board = Board::of_visitor(&desk).await?;
    Ok(layout::html_answer(layout::show(&desk, &request, "Backups", body(&desk, &board))))
}

/// The address as people type it, without its last slash.
pub async fn with_slash(desk: web::Data<Desk>) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, desk.url(""))).finish()
}

/// `GET fragment`: the same, for a page of the camera's panel around it.
pub async fn fragment(desk: web::Data<Desk>) -> Result<HttpResponse, Trouble> {
    let board = Board::of_visitor(&desk).await?;
    Ok(layout::html_answer(layout::inside(&desk, body(&desk, &board))))
}

fn body(desk: &Desk, board: &Board) -> Markup {
    html! {
        div.panel.panel-default.ab-page {
            div.panel-heading { (heading(desk)) }
            div.panel-body { (draw(desk, board)) }
        }
        div.ab-drop aria-hidden="true" { div { (icon(Icon::Upload)) p { "Drop a .tar.gz backup to upload it" } } }
        div.sr-only #ab-say role="status" aria-live="polite" {}
    }
}

/// `GET board`: the changing part alone.
pub async fn board(desk: web::Data<Desk>) -> Result<HttpResponse, Trouble> {
    let board = Board::of_visitor(&desk).await?;
    Ok(layout::html_answer(draw(&desk, &board)))
}

fn heading(desk: &Desk) -> Markup {
    html! {
        div.ab-heading {
            h3.panel-title { "Allsky Backups" }
            div.ab-heading-buttons {
                a.btn.btn-default #ab-nights href=(desk.url("nights")) data-room="nights" { (icon(Icon::Moon)) " Nights" }
                a.btn.btn-default #ab-plans-page href=(desk.url("plans")) data-room="plans" { (icon(Icon::Clock)) " Plans" }
                a.btn.btn-default #ab-settings href=(desk.url("settings")) { (icon(Icon::Gear)) " Settings" }
                a.btn.btn-default #ab-upload href=(desk.url("upload")) data-dialog="upload" {
                    (icon(Icon::Upload)) " Upload Backup"
                }
                a.btn.btn-primary #ab-create href=(desk.url("create")) data-dialog="create" {
                    (icon(Icon::Plus)) " Create Backup"
                }
            }
        }
    }
}

fn draw(desk: &Desk, board: &Board) -> Markup {
    html! {
        div #ab-board data-event=(board.event) {
            section #ab-verdict { (verdict::draw(board)) }
            section #ab-running aria-label="Running work" {
                @for job in board.active() { (job_page::banner(desk, job, board.gauge(job))) }
            }
            section #ab-archives aria-label="Backups" {
                @match &board.items {
                    Ok(items) => (archive_table::draw(desk, items, board)),
                    Err(failure) => (unreadable(failure)),
                }
                @if let Some(others) = &board.others { p.ab-small.ab-break #ab-others { (others) } }
            }
            section #ab-parts aria-label="Unfinished uploads" { (upload::unfinished::section(desk, &board.parts)) }
            section #ab-plans aria-label="Plans" {
                (plans_card::draw(desk, &board.runs, &board.now))
                @for plan in &board.plans { (plans::card::in_short(desk, plan, &board.now)) }
            }
            section #ab-kept aria-label="Restores that can be undone" { (restoring::undo::section(desk, &board.kept, &board.now)) }
            section #ab-recent aria-label="Recent work" { (recent_work::draw(desk, board)) }
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
