//! The page "Allsky Backups": verdict, running work, every archive, recent work.
//!
//! `Board` is all of it that changes; scripts fetch it again whenever something happened.
use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Zoned;
use maud::{Markup, html};

use super::desk::{Desk, off_loop};
use super::icons::{Icon, icon};
use super::nights::{Runs, plans_card};
use super::trouble::Trouble;
use super::{archive_table, job_page, layout, recent_work, restore as restoring, upload, verdict};
use crate::base::space::Room;
use crate::destination::part::Partial;
use crate::domain::failure::Failure;
use crate::domain::job::Job;
use crate::jobs::Gauge;
use crate::work::list::{self, Item};
use crate::work::restore::{self, Kept};

/// Lines of history on the page.
const RECENT: u32 = 30;

/// What the page shows, read at one moment.
pub struct Board {
    pub items: Result<Vec<Item>, Failure>,
    pub jobs: Vec<Job>,
    pub gauges: Vec<Gauge>,
    pub room: Option<Room>,
    /// Restores that can be undone; none when that cannot be told.
    pub kept: Vec<Kept>,
    /// What runs by itself.
    runs: Runs,
    /// Uploads of the visitor that stopped on their way.
    pub parts: Vec<Partial>,
    pub now: Zoned,
    /// The newest event that is contained in all this.
    event: i64,
}

impl Board {
    /// Events are counted first: what happens while we read is told again, never missed.
    fn read(desk: &Desk) -> Result<Board, Trouble> {
        let event = desk.tools().catalog.newest_event()?;
        Ok(Board {
            items: list::list(&desk.tools()).map_err(|error| Failure::from(&error)),
            jobs: desk.jobs.history(RECENT)?,
            gauges: desk.jobs.newest_gauges(),
            room: desk.tools().folder.room().ok(),
            kept: restore::restores(&desk.tools()).unwrap_or_else(|error| {
                tracing::warn!("{}", Failure::from(error).message);
                Vec::new()
            }),
            runs: Runs::read(desk, Duration::ZERO)?,
            parts: Vec::new(),
            now: (desk.tools().now)(),
            event,
        })
    }

    /// The same, with what only the one who asks may see.
    async fn of_visitor(desk: &web::Data<Desk>) -> Result<Board, Trouble> {
        let board = off_loop(desk, Board::read).await?;
        // A folder that cannot be read is told where the archives are.
        Ok(Board { parts: upload::pieces::waiting(desk).await.unwrap_or_default(), ..board })
    }

    pub fn active(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|job| !job.state.is_over())
    }

    pub fn gauge(&self, job: &Job) -> Option<&Gauge> {
        self.gauges.iter().find(|gauge| gauge.job == job.id)
    }
}

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
            }
            section #ab-parts aria-label="Unfinished uploads" { (upload::unfinished::section(desk, &board.parts)) }
            section #ab-plans aria-label="Plans" { (plans_card::draw(desk, &board.runs, &board.now)) }
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
