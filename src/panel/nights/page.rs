//! The page "Nights": what the camera will delete soon comes first, then the drive, then a calendar of
//! the year, and every night with its keogram, its stars, its class, the reason, and its copy.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::filter::{Filter, Show, years};
use super::view::NightsView;
use super::{at_risk, calendar, drive_card, gallery, patience, plans_card, survey};
use crate::api::list::Items;
use crate::domain::job::Job;
use crate::panel::alerts;
use crate::panel::jobs::job_page;
use crate::panel::parts::error_page;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::room;
use crate::panel::parts::room::Room;
use crate::panel::state::{PanelState, off_loop};
use crate::work::nights::list::Item;

/// `GET nights`; as JSON the same items as the terminal's `nights list --json`.
pub async fn nights(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    let filter = Filter::parse(request.query_string());
    let patience = patience(&panel, &request);
    let view = off_loop(&panel, move |panel| NightsView::read(panel, filter, patience)).await?;
    if error_page::is_for_program(&panel, &request) {
        let items = view.items?.ok_or_else(survey::still_reading)?;
        let chosen: Vec<&Item> = items.iter().rev().filter(|item| view.filter.takes(item)).collect();
        return Ok(HttpResponse::Ok().json(Items::all(chosen)));
    }
    Ok(room::answer(&frame, &request, Room::Nights, body(&panel, &frame, &view)))
}

fn body(panel: &PanelState, frame: &Frame, view: &NightsView) -> Markup {
    html! {
        div.panel.panel-default.ab-page {
            div.panel-heading { (heading(frame)) }
            div.panel-body { (board(panel, frame, view)) }
        }
        div.sr-only #ab-say role="status" aria-live="polite" {}
    }
}

fn heading(frame: &Frame) -> Markup {
    let limits = html! {
        a.btn.btn-default #ab-calibration href=(frame.url("nights/calibration")) data-dialog="calibration" {
            (icon(Icon::Chart)) " Limits"
        }
    };
    room::heading(frame, Room::Nights, Room::Nights.title(), &limits)
}

/// Everything that changes; scripts fetch it again from `data-address` when something has happened.
fn board(panel: &PanelState, frame: &Frame, view: &NightsView) -> Markup {
    let address = frame.url(&format!("nights{}", view.filter.query()));
    html! {
        div #ab-board data-event=(view.event) data-address=(address) {
            section #ab-nights-running aria-label="Running work" {
                @for job in view.runs.jobs.iter().filter(|job: &&Job| !job.state.is_over()) {
                    (job_page::banner(frame, job, view.runs.gauges.iter().find(|gauge| gauge.job == job.id)))
                }
            }
            (alerts::draw(frame, &view.alerts))
            section #ab-nights-alerts aria-label="Notices" {
                @for notice in &view.notices { div.alert.alert-warning role="alert" { (icon(Icon::Warning)) " " (notice) "." } }
            }
            @match &view.items {
                Ok(Some(items)) => { (of_nights(panel, frame, view, items)) }
                Ok(None) => {
                    section #ab-nights-reading {
                        noscript { meta http-equiv="refresh" content="3"; }
                        div.ab-empty role="status" {
                            (icon(Icon::Spinner))
                            h4 { "The camera's nights are being read" }
                            p.text-muted { "This takes a moment with years of pictures. They appear here by themselves." }
                        }
                    }
                    (cards(panel, frame, view))
                }
                Err(failure) => {
                    section #ab-nights-trouble {
                        div.ab-empty {
                            (icon(Icon::Warning))
                            h4 { "The nights cannot be shown" }
                            p { (failure.message) "." }
                            p.text-muted { (failure.advice) }
                        }
                    }
                    (cards(panel, frame, view))
                }
            }
        }
    }
}

fn of_nights(panel: &PanelState, frame: &Frame, view: &NightsView, items: &[Item]) -> Markup {
    html! {
        section #ab-nights-risk aria-label="Nights at risk" { (at_risk::draw(panel, frame, items)) }
        (cards(panel, frame, view))
        section #ab-nights-calendar aria-label="Calendar of nights" {
            @if !items.is_empty() { (calendar::draw(panel, frame, &view.filter, items)) }
        }
        section #ab-nights-filter aria-label="Choose nights" {
            @if !items.is_empty() { (fields(frame, &view.filter, items)) }
        }
        section #ab-nights-gallery aria-label="Nights" { (gallery::draw(panel, frame, &view.filter, items)) }
    }
}

fn cards(panel: &PanelState, frame: &Frame, view: &NightsView) -> Markup {
    html! {
        section #ab-plans.ab-cards aria-label="Plans and drive" {
            (plans_card::draw(panel, frame, &view.runs, &view.now))
            (drive_card::draw(frame, &view.runs, &view.now))
        }
    }
}

/// The filter as a plain form; scripts send it as it is changed.
fn fields(frame: &Frame, filter: &Filter, items: &[Item]) -> Markup {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    html! {
        form.ab-nights-fields method="get" action=(frame.url("nights")) data-filter="nights" role="search" {
            div.form-group {
                label for="ab-show" { "Show" }
                select.form-control #ab-show name="show" {
                    @for (show, word, label) in Show::ALL { option value=(word) selected[show == filter.show] { (label) } }
                }
            }
            div.form-group {
                label for="ab-stars" { "Stars, at least" }
                input.form-control #ab-stars type="number" name="stars" min="0" step="any" inputmode="decimal" value=[filter.stars];
            }
            div.form-group {
                label for="ab-year" { "Year" }
                select.form-control #ab-year name="year" {
                    option value="" { "All years" }
                    @for year in years(items.iter().map(|item| item.key)) {
                        option value=(year) selected[Some(year) == filter.year] { (year) }
                    }
                }
            }
            div.form-group {
                label for="ab-month" { "Month" }
                select.form-control #ab-month name="month" {
                    option value="" { "All months" }
                    @for (number, name) in (1..).zip(MONTHS) {
                        option value=(number) selected[Some(number) == filter.month] { (name) }
                    }
                }
            }
            div.form-group.ab-nights-text {
                label for="ab-text" { "Date or words" }
                input.form-control #ab-text type="search" name="q" placeholder="24 Dec, moon, failed" value=(filter.text);
            }
            div.form-group.ab-nights-buttons {
                button.btn.btn-default type="submit" { (icon(Icon::Search)) " Filter" }
                @if filter.is_narrow() { a.btn.btn-link #ab-nights-all href=(frame.url("nights")) data-filter-all { "Show all" } }
            }
        }
    }
}
