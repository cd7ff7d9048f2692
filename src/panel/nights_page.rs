//! The page "Nights": what the camera will delete soon comes first, then every night with its
//! keogram, its stars, its class, the reason, and what became of its copy.
use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::desk::{Desk, off_loop};
use super::icons::{Icon, icon};
use super::trouble::Trouble;
use super::{forms, layout, orders, query, words};
use crate::domain::failure::Failure;
use crate::domain::night::Night;
use crate::domain::nights::decision::Class;
use crate::domain::nights::state::NightState;
use crate::domain::nights::wish::{Damaged, NightsWish};
use crate::domain::order::Order;
use crate::jobs::{Scheduled, scheduled};
use crate::work::nights::list::{self, Item};

/// What the page shows, read at one moment.
struct Sky {
    /// Newest first.
    items: Result<Vec<Item>, Failure>,
    /// Folders of nights that have a keogram.
    keograms: HashMap<Night, String>,
    plans: Vec<Scheduled>,
    alerts: Vec<String>,
    drive: Option<String>,
}

impl Sky {
    fn read(desk: &Desk) -> Result<Sky, Trouble> {
        let tools = &desk.tools;
        let folders = tools.site.picture_folders().unwrap_or_default();
        let keograms = folders.into_iter().filter(|folder| folder.keogram.is_some());
        Ok(Sky {
            items: list::list(tools).map_err(|e| Failure::from(&e)).map(|items| items.into_iter().rev().collect()),
            keograms: keograms.filter_map(|folder| Some((folder.night?, folder.name))).collect(),
            plans: scheduled(tools)?,
            alerts: tools.catalog.alerts(3)?.into_iter().map(|alert| alert.message).collect(),
            drive: tools.nights.drive.as_ref().map(|drive| drive.path.display().to_string()),
        })
    }
}

/// `GET nights`.
pub async fn nights(desk: web::Data<Desk>, request: HttpRequest) -> Result<HttpResponse, Trouble> {
    let sky = off_loop(&desk, Sky::read).await?;
    let body = html! {
        div.panel.panel-default.ab-page {
            div.panel-heading { (heading(&desk, &sky)) }
            div.panel-body {
                (where_and_when(&sky))
                @match &sky.items {
                    Ok(items) => { (at_risk(&desk, &sky, items)) (gallery(&desk, &sky, items)) }
                    Err(failure) => {
                        div.ab-empty {
                            (icon(Icon::Warning))
                            h4 { "The nights cannot be shown" }
                            p { (failure.message) "." }
                            p.text-muted { (failure.advice) }
                        }
                    }
                }
            }
        }
        div.sr-only #ab-say role="status" aria-live="polite" {}
    };
    Ok(layout::html_answer(layout::show(&desk, &request, "Nights", body)))
}

/// `POST nights/save`.
pub async fn save(desk: web::Data<Desk>, request: HttpRequest, form: web::Bytes) -> Result<HttpResponse, Trouble> {
    let form = String::from_utf8_lossy(&form).into_owned();
    let named = query::fields(&form, "night");
    let nights: Result<Vec<Night>, _> =
        named.iter().map(|name| Night::parse_any(&String::from_utf8_lossy(name))).collect();
    match nights {
        Ok(nights) if !nights.is_empty() => {
            let wish = NightsWish::Save { nights, damaged: Damaged::Refuse };
            orders::submit(desk, request, Order::Nights { wish }).await
        }
        _ => Err(Trouble::usage("No night was named", "Choose at least one night.")),
    }
}

/// `POST nights/run`.
pub async fn run(desk: web::Data<Desk>, request: HttpRequest) -> Result<HttpResponse, Trouble> {
    orders::submit(desk, request, Order::Nights { wish: NightsWish::Run }).await
}

fn heading(desk: &Desk, sky: &Sky) -> Markup {
    let face = html! { (icon(Icon::Download)) " Save good nights now" };
    html! {
        div.ab-heading {
            h3.panel-title { "Nights" }
            div.ab-heading-buttons {
                a.btn.btn-default href=(desk.url("")) { (icon(Icon::Archive)) " Backups" }
                @if sky.drive.is_some() {
                    (forms::button(desk, "nights/run", "btn btn-primary", "ab-run-nights", face))
                }
            }
        }
    }
}

fn where_and_when(sky: &Sky) -> Markup {
    html! {
        @for alert in &sky.alerts { div.alert.alert-warning role="alert" { (icon(Icon::Warning)) " " (alert) "." } }
        @match &sky.drive {
            Some(drive) => {
                p.ab-small {
                    "Good nights are kept on " code { (drive) } "."
                    @for plan in &sky.plans {
                        @match plan.why_not {
                            None => { " Every day at " (plan.daily) " by itself." }
                            Some(why) => { " Not by itself: " (why) "." }
                        }
                    }
                }
            }
            None => {
                div.alert.alert-warning {
                    "No drive is configured for nights. Plug one in, write its path into the configuration ("
                    code { "path" } " in " code { "[destination]" } "), and set it up once with "
                    code { "allsky-backups dest init" } "."
                }
            }
        }
    }
}

/// Nights that are worth keeping and that will be gone soon, with one button for all of them.
fn at_risk(desk: &Desk, sky: &Sky, items: &[Item]) -> Markup {
    let soon: Vec<&Item> = items.iter().filter(|item| item.at_risk && item.decision == "save").collect();
    let best = soon.iter().filter(|item| item.class == Some(Class::Forever)).count() as u64;
    let them = if soon.len() == 1 { "it" } else { "them" };
    html! {
        @if !soon.is_empty() {
            section.ab-at-risk aria-label="Nights at risk" {
                div {
                    h4 { (icon(Icon::Warning)) " " (words::counted(soon.len() as u64, "night")) " at risk" }
                    p {
                        "The camera deletes " (them) " within two days, and there is no verified copy."
                        @if best > 0 {
                            " " (words::count(best)) " of them " (if best == 1 { "is" } else { "are" }) " among the great ones."
                        }
                    }
                    p.ab-small { @for item in &soon { span.label.label-default { (item.night) } " " } }
                }
                @if sky.drive.is_some() {
                    form.ab-form method="post" action=(desk.url("nights/save")) data-send="job" {
                        (forms::token())
                        @for item in &soon { input type="hidden" name="night" value=(item.night); }
                        button #ab-save-at-risk.btn.btn-primary type="submit" { "Save " (them) }
                    }
                }
            }
        }
    }
}

fn gallery(desk: &Desk, sky: &Sky, items: &[Item]) -> Markup {
    html! {
        @if items.is_empty() {
            div.ab-empty {
                (icon(Icon::Moon))
                h4 { "No nights yet" }
                p.text-muted { "They appear after the camera's first night." }
            }
        } @else {
            ul.ab-nights { @for item in items { li.ab-night { (card(desk, sky, item)) } } }
        }
    }
}

fn card(desk: &Desk, sky: &Sky, item: &Item) -> Markup {
    html! {
        @if let Some(folder) = sky.keograms.get(&item.key) {
            img.ab-night-strip loading="lazy" alt=(format!("Keogram of {}", item.night))
                src=(desk.url(&format!("keogram/{}", query::encode(folder.as_bytes()))));
        } @else {
            div.ab-night-strip.ab-night-plain aria-hidden="true" { (icon(Icon::Moon)) }
        }
        div.ab-night-text {
            h4 { (words::night(item.key)) }
            p {
                (class(item)) " " (copy(item))
                @if item.at_risk { " " span.ab-state.ab-warn { (icon(Icon::Clock)) " Deleted by the camera soon" } }
            }
            dl {
                dt { "Stars" } dd { (item.avg_stars.map_or_else(|| "–".to_owned(), |s| format!("{s:.1}"))) }
                dt { "Moon" } dd { (item.moon_pct.map_or_else(|| "–".to_owned(), |m| format!("{m:.0} %"))) }
                dt { "Pictures" } dd { (item.images.map_or_else(|| "–".to_owned(), words::count)) }
                @if let Some(bytes) = item.bytes { dt { "Size" } dd { (words::size(bytes)) } }
            }
            p.ab-small { (item.reason) }
            @if sky.drive.is_some() && may_be_saved(item) {
                form.ab-form method="post" action=(desk.url("nights/save")) data-send="job" {
                    (forms::token())
                    input type="hidden" name="night" value=(item.night);
                    button.btn.btn-default.btn-sm type="submit" aria-label=(format!("Save the night {}", item.night)) {
                        "Save"
                    }
                }
            }
        }
    }
}

fn may_be_saved(item: &Item) -> bool {
    let state = matches!(item.state, NightState::Running | NightState::Verified | NightState::Deleting);
    !state && item.decision != "other_camera"
}

fn class(item: &Item) -> Markup {
    let word = match item.class {
        Some(Class::Forever) => "Kept for ever",
        Some(Class::Rolling) => "Rolling",
        Some(Class::Unrated) => "Not rated",
        Some(Class::Skipped) => "Not kept",
        None => "Running",
    };
    html! {
        span.label.label-default { (word) }
        @if item.pinned { " " span.label.label-default { "Pinned" } }
    }
}

fn copy(item: &Item) -> Markup {
    let (class, sign, word) = match item.state {
        NightState::Running => ("ab-run", Icon::Moon, "Not over"),
        NightState::Measured | NightState::Skipped => ("ab-open", Icon::Circle, "No copy"),
        NightState::Copying => ("ab-warn", Icon::Question, "Copy not verified"),
        NightState::Verified => ("ab-good", Icon::Check, "Verified copy"),
        NightState::Failed => ("ab-bad", Icon::Cross, "Copy failed"),
        NightState::Deleting | NightState::Deleted => ("ab-open", Icon::Delete, "Made room"),
    };
    html! { span.ab-state.(class) { (icon(sign)) " " (word) } }
}
