//! The pages that lead to each other: their heading with the ways to the others, and the part of them that scripts keep
//! up to date.
use actix_web::{HttpRequest, HttpResponse};
use maud::{Markup, html};

use super::layout;
use crate::domain::alert::Alert;
use crate::domain::job::Job;
use crate::jobs::Gauge;
use crate::panel::alerts;
use crate::panel::jobs::{job_page, run_page};
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    Dashboard,
    Backups,
    Nights,
    Plans,
    Snapshots,
    Hosts,
    Destinations,
    Settings,
}

impl Room {
    const ALL: [Room; 8] = [
        Room::Dashboard,
        Room::Backups,
        Room::Nights,
        Room::Plans,
        Room::Snapshots,
        Room::Hosts,
        Room::Destinations,
        Room::Settings,
    ];

    /// Its address below ours, and its name for scripts.
    pub fn path(self) -> &'static str {
        match self {
            Room::Dashboard => "dashboard",
            Room::Backups => "",
            Room::Nights => "nights",
            Room::Plans => "plans",
            Room::Snapshots => "snapshots",
            Room::Hosts => "hosts",
            Room::Destinations => "destinations",
            Room::Settings => "settings",
        }
    }

    fn name(self) -> &'static str {
        if self == Room::Backups { "backups" } else { self.path() }
    }

    pub fn title(self) -> &'static str {
        match self {
            Room::Dashboard => "Dashboard",
            Room::Backups => "Backups",
            Room::Nights => "Nights",
            Room::Plans => "Plans",
            Room::Snapshots => "Snapshots",
            Room::Hosts => "Hosts",
            Room::Destinations => "Destinations",
            Room::Settings => "Settings",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Room::Dashboard => Icon::Chart,
            Room::Backups => Icon::Archive,
            Room::Nights => Icon::Moon,
            Room::Plans => Icon::Clock,
            Room::Snapshots => Icon::Camera,
            Room::Hosts => Icon::Computer,
            Room::Destinations => Icon::Drive,
            Room::Settings => Icon::Gear,
        }
    }

    /// Settings are a page of their own, because scripts must not swap a form that is being filled in.
    fn is_swapped(self) -> bool {
        self != Room::Settings
    }
}

/// The title of a page, the ways to all other rooms, and the buttons of this one.
pub fn heading(frame: &Frame, here: Room, title: &str, buttons: &Markup) -> Markup {
    html! {
        div.ab-heading {
            h3.panel-title { (title) }
            div.ab-heading-buttons {
                @for room in Room::ALL.into_iter().filter(|room| *room != here) {
                    a.btn.btn-default #(format!("ab-to-{}", room.name())) href=(frame.url(room.path())) data-room=[(here.is_swapped() && room.is_swapped()).then_some(room.name())] {
                        (icon(room.icon())) " " (room.title())
                    }
                }
                (buttons)
            }
        }
    }
}

/// What changes while a room is looked at.
pub struct Live<'a> {
    /// Where scripts fetch the room again.
    pub address: String,
    /// The newest event that is contained in what is shown.
    pub event: i64,
    pub alerts: &'a [Alert],
    pub jobs: &'a [Job],
    pub gauges: &'a [Gauge],
}

/// A whole room: heading, running work, then `inside`.
pub fn draw(frame: &Frame, room: Room, buttons: &Markup, live: &Live<'_>, inside: &Markup) -> Markup {
    html! {
        div.panel.panel-default.ab-page {
            div.panel-heading { (heading(frame, room, room.title(), buttons)) }
            div.panel-body {
                div #ab-board data-event=(live.event) data-address=(live.address) {
                    section #(format!("ab-{}-running", room.name())) aria-label="Running work" {
                        @for job in run_page::shown(live.jobs) {
                            (job_page::banner(frame, job, live.gauges.iter().find(|gauge| gauge.job == job.id)))
                        }
                    }
                    (alerts::draw(frame, live.alerts))
                    (inside)
                }
            }
        }
        div.sr-only #ab-say role="status" aria-live="polite" {}
    }
}

/// The room for a script that asked for its inside, or as a whole page.
pub fn answer(frame: &Frame, request: &HttpRequest, room: Room, inside: Markup) -> HttpResponse {
    layout::html_answer(if layout::is_fragment(request) { inside } else { layout::show(frame, room.title(), inside) })
}
