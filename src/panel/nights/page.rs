//! The page "Nights": what the camera will delete soon comes first, then the drive, then a calendar of
//! the year, and every night with its keogram, its stars, its class, the reason, and its copy.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};
use serde_json::json;

use super::filter::{Filter, Show, years};
use super::sky::Sky;
use super::{at_risk, calendar, drive_card, gallery, is_for_program, patience, plans_card, survey};
use crate::domain::job::Job;
use crate::panel::desk::{Desk, off_loop};
use crate::panel::icons::{Icon, icon};
use crate::panel::trouble::Trouble;
use crate::panel::{job_page, layout};
use crate::work::nights::list::Item;

/// `GET nights`; as JSON the same items as the terminal's `nights list --json`.
pub async fn nights(desk: web::Data<Desk>, request: HttpRequest) -> Result<HttpResponse, Trouble> {
    let filter = Filter::parse(request.query_string());
    let patience = patience(&desk, &request);
    let sky = off_loop(&desk, move |desk| Sky::read(desk, filter, patience)).await?;
    let is_fragment = layout::is_fragment(&request);
    if is_for_program(&desk, &request) {
        let items = sky.items?.ok_or_else(survey::still_reading)?;
        let chosen: Vec<&Item> = items.iter().rev().filter(|item| sky.filter.takes(item)).collect();
        return Ok(HttpResponse::Ok().json(json!({ "items": chosen })));
    }
    let inside = body(&desk, &sky);
    Ok(layout::html_answer(if is_fragment { inside } else { layout::show(&desk, &request, "Nights", inside) }))
}

fn body(desk: &Desk, sky: &Sky) -> Markup {
    html! {
        div.panel.panel-default.ab-page {
            div.panel-heading { (heading(desk)) }
            div.panel-body { (board(desk, sky)) }
        }
        div.sr-only #ab-say role="status" aria-live="polite" {}
    }
}

fn heading(desk: &Desk) -> Markup {
    html! {
        div.ab-heading {
            h3.panel-title { "Nights" }
            div.ab-heading-buttons {
                a.btn.btn-default href=(desk.url("")) data-room="backups" { (icon(Icon::Archive)) " Backups" }
                a.btn.btn-default #ab-calibration href=(desk.url("nights/calibration")) data-dialog="calibration" {
                    (icon(Icon::Chart)) " Limits"
                }
            }
        }
    }
}

/// Everything that changes; scripts fetch it again from `data-address` when something has happened.
fn board(desk: &Desk, sky: &Sky) -> Markup {
    let address = desk.url(&format!("nights{}", sky.filter.query()));
    html! {
        div #ab-board data-event=(sky.event) data-address=(address) {
            section #ab-nights-running aria-label="Running work" {
                @for job in sky.runs.jobs.iter().filter(|job: &&Job| !job.state.is_over()) {
                    (job_page::banner(desk, job, sky.runs.gauges.iter().find(|gauge| gauge.job == job.id)))
                }
            }
            section #ab-nights-alerts aria-label="Alerts" {
                @for alert in &sky.alerts { div.alert.alert-warning role="alert" { (icon(Icon::Warning)) " " (alert) "." } }
            }
            @match &sky.items {
                Ok(Some(items)) => { (of_nights(desk, sky, items)) }
                Ok(None) => {
                    section #ab-nights-reading {
                        noscript { meta http-equiv="refresh" content="3"; }
                        div.ab-empty role="status" {
                            (icon(Icon::Spinner))
                            h4 { "The camera's nights are being read" }
                            p.text-muted { "This takes a moment with years of pictures. They appear here by themselves." }
                        }
                    }
                    (cards(desk, sky))
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
                    (cards(desk, sky))
                }
            }
        }
    }
}

fn of_nights(desk: &Desk, sky: &Sky, items: &[Item]) -> Markup {
    html! {
        section #ab-nights-risk aria-label="Nights at risk" { (at_risk::draw(desk, items)) }
        (cards(desk, sky))
        section #ab-nights-calendar aria-label="Calendar of nights" {
            @if !items.is_empty() { (calendar::draw(desk, &sky.filter, items)) }
        }
        section #ab-nights-filter aria-label="Choose nights" {
            @if !items.is_empty() { (fields(desk, &sky.filter, items)) }
        }
        section #ab-nights-gallery aria-label="Nights" { (gallery::draw(desk, &sky.filter, items)) }
    }
}

fn cards(desk: &Desk, sky: &Sky) -> Markup {
    html! {
        section #ab-plans.ab-cards aria-label="Plans and drive" {
            (plans_card::draw(desk, &sky.runs, &sky.now))
            (drive_card::draw(desk, &sky.runs, &sky.now))
        }
    }
}

/// The filter as a plain form; scripts send it as it is changed.
fn fields(desk: &Desk, filter: &Filter, items: &[Item]) -> Markup {
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
        form.ab-nights-fields method="get" action=(desk.url("nights")) data-filter="nights" role="search" {
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
                @if filter.is_narrow() { a.btn.btn-link #ab-nights-all href=(desk.url("nights")) data-filter-all { "Show all" } }
            }
        }
    }
}
