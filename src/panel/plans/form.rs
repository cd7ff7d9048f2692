//! A plan as a sentence to fill in: when, what, and what stays.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use crate::domain::destination::DestinationName;
use crate::domain::host::settings::HostName;
use crate::domain::plan::keep::Keep;
use crate::domain::plan::name::PlanName;
use crate::domain::plan::schedule::{DAYS, Schedule};
use crate::domain::plan::{Plan, Source};
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::{forms, layout};
use crate::panel::state::{PanelState, off_loop};
use crate::work::plan;

/// What can be backed up, in words.
const SOURCES: [(&str, Source, &str); 4] = [
    ("config", Source::Config, "the settings"),
    ("images", Source::Images, "all pictures"),
    ("images-new", Source::ImagesNew, "the nights since the last one"),
    ("images-good", Source::ImagesGood, "the good nights since the last one"),
];

/// Turns that are told ahead.
const COMING: usize = 5;

/// `GET plans/NAME/edit`.
pub async fn edit(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    name: web::Path<PlanName>,
) -> Result<HttpResponse, HttpError> {
    let name = name.into_inner();
    let plan = off_loop(&panel, move |panel| Ok(plan::named(&panel.tools(), &name)?.clone())).await?;
    Ok(layout::page(&frame, &request, "Change a plan", draw(&panel, &frame, Some(&plan))))
}

/// `GET plans/new`.
pub async fn new(panel: web::Data<PanelState>, frame: Frame, request: HttpRequest) -> HttpResponse {
    layout::page(&frame, &request, "New plan", draw(&panel, &frame, None))
}

fn draw(panel: &PanelState, frame: &Frame, plan: Option<&Plan>) -> Markup {
    let action = plan.map_or("plans/new".to_owned(), |plan| format!("plans/{}/edit", plan.name));
    html! {
        form.ab-plan-form method="post" action=(frame.url(&action)) {
            div.modal-header { h4.modal-title { (plan.map_or("New plan".to_owned(), |plan| format!("Plan {}", plan.name))) } }
            div.modal-body {
                (forms::token(frame))
                @if plan.is_none() {
                    div.form-group {
                        label for="ab-plan-name" { "Name" }
                        input.form-control #ab-plan-name name="name" required pattern="[a-z][a-z0-9-]{0,31}" placeholder="pictures" autocapitalize="off" autocomplete="off";
                        span.help-block { "Small letters, digits and -." }
                    }
                }
                (when(plan.map(|plan| &plan.schedule)))
                @if let Some(plan) = plan { (coming(panel, &plan.schedule)) }
                (what(panel, plan))
                (place(panel, plan))
                (stays(plan.map(|plan| &plan.retention)))
                div.checkbox {
                    label { input #ab-plan-on type="checkbox" name="enabled" checked[plan.is_none_or(|plan| plan.enabled)]; " This plan is on" }
                }
                (forms::typed(frame, if plan.is_some() { "edit" } else { "new" }))
            }
            div.modal-footer {
                button.btn.btn-primary #ab-plan-save type="submit" { "Save" }
                a.btn.btn-default href=(frame.url("plans")) { "Cancel" }
            }
        }
    }
}

/// Where the archives lie, and where copies of them; nothing to choose where there is no drive.
fn place(panel: &PanelState, plan: Option<&Plan>) -> Markup {
    let tools = panel.tools();
    let is_chosen = |name: &DestinationName| plan.is_some_and(|plan| plan.destination == *name);
    html! {
        @if !tools.drives.is_empty() {
            div.form-group {
                label for="ab-plan-place" { "Where" }
                select.form-control #ab-plan-place name="destination" {
                    option value="backups" { "The backups folder" }
                    @for drive in &tools.drives {
                        option value=(drive.name) selected[is_chosen(&drive.name)] {
                            (drive.name) " (" (drive.drive.path.display()) ")"
                        }
                    }
                }
            }
            fieldset.ab-sentence {
                legend { "Copied to" }
                @if plan.is_some_and(|plan| !plan.destination.is_backups()) {
                    (copies(plan, &DestinationName::backups(), "The backups folder"))
                }
                @for drive in &tools.drives {
                    (copies(plan, &drive.name, &format!("{} ({})", drive.name, drive.drive.path.display())))
                }
                span.help-block { "Each archive is copied there as well and verified there. What a drive misses while it is away is copied when it is back." }
            }
        }
    }
}

fn copies(plan: Option<&Plan>, name: &DestinationName, title: &str) -> Markup {
    let is_chosen = plan.is_some_and(|plan| plan.copies.contains(name));
    html! {
        div.checkbox { label { input type="checkbox" name="copies" value=(name) checked[is_chosen]; " " (title) } }
    }
}

/// "Every week, on Sunday, at 12:15".
fn when(schedule: Option<&Schedule>) -> Markup {
    let (kind, day, time, text) = match schedule {
        Some(Schedule::Daily(daily)) => ("daily", "sunday", String::from(*daily), String::new()),
        Some(Schedule::Every(period)) => ("every", "sunday", "12:15".into(), period.to_string()),
        Some(Schedule::Cron(cron)) => ("cron", "sunday", "12:15".into(), String::from(cron.clone())),
        Some(Schedule::Weekly(weekly)) => {
            ("weekly", weekly.day_word(), weekly.time.strftime("%H:%M").to_string(), String::new())
        }
        None => ("weekly", "sunday", "12:15".into(), String::new()),
    };
    let kinds = [("weekly", "week"), ("daily", "day"), ("every", "period"), ("cron", "turn of cron")];
    html! {
        fieldset.ab-sentence {
            legend { "When" }
            label for="ab-when" { "Every" }
            select.form-control #ab-when name="when" {
                @for (word, label) in kinds { option value=(word) selected[word == kind] { (label) } }
            }
            label for="ab-day" { "on" }
            select.form-control #ab-day name="day" {
                @for (word, _) in DAYS { option value=(word) selected[word == day] { (word) } }
            }
            label for="ab-time" { "at" }
            input.form-control #ab-time type="time" name="time" value=(time);
            label for="ab-period" { "or by" }
            input.form-control #ab-period name="period" value=(text) placeholder="6h, or 30 3 1 * *" autocomplete="off" aria-describedby="ab-period-help";
            span.help-block #ab-period-help { "The day counts for weeks, the time for weeks and days. The last field counts for a period, like 6h or 2d, and for cron." }
        }
    }
}

/// When the plan that is saved has its next turns.
fn coming(panel: &PanelState, schedule: &Schedule) -> Markup {
    let coming = schedule.coming(&(panel.tools().now)(), COMING);
    html! {
        p.help-block #ab-coming {
            "As saved, it runs on "
            @for (at, slot) in coming.iter().enumerate() {
                @if at > 0 { ", " }
                span { (slot.strftime("%a %Y-%m-%d %H:%M")) }
            }
            "."
        }
    }
}

fn what(panel: &PanelState, plan: Option<&Plan>) -> Markup {
    let tools = panel.tools();
    html! {
        fieldset.ab-sentence {
            legend { "Back up" }
            @for (word, source, label) in SOURCES {
                @let is_on = plan.map_or(source == Source::ImagesNew, |plan| plan.sources.contains(&source));
                div.checkbox { label { input type="checkbox" name="source" value=(word) checked[is_on]; " " (label) } }
            }
            @for host in &tools.hosts {
                @for (source, label) in of_host(&host.name) {
                    @let is_on = plan.is_some_and(|plan| plan.sources.contains(&source));
                    div.checkbox { label { input type="checkbox" name="source" value=(String::from(source)) checked[is_on]; " " (label) " (" (host.source.shown().display()) ")" } }
                }
            }
        }
    }
}

/// What of a host can be backed up, in words.
fn of_host(name: &HostName) -> [(Source, String); 3] {
    [
        (Source::Host(name.clone()), format!("a snapshot of {name}")),
        (Source::HostArchive(name.clone()), format!("an archive of {name}, when one is owed")),
        (Source::HostGolden(name.clone()), format!("a golden month of {name}, when one is owed")),
    ]
}

/// "Keep the last 10, all of 30 days, and one of each month for 12 months".
fn stays(keep: Option<&Keep>) -> Markup {
    let of = |part: fn(&Keep) -> Option<u32>| keep.and_then(part);
    let fields = [
        ("keep_last", "the last", of(|keep| keep.keep_last), "backups"),
        ("days", "all of", of(|keep| keep.days), "days"),
        ("daily", "one of each day for", of(|keep| keep.daily), "days"),
        ("monthly", "one of each month for", of(|keep| keep.monthly), "months"),
    ];
    html! {
        fieldset.ab-sentence {
            legend { "Keep" }
            @for (name, before, value, after) in fields {
                div.ab-phrase {
                    label for=(format!("ab-{name}")) { (before) }
                    input.form-control #(format!("ab-{name}")) type="number" name=(name) min="1" max="100000" inputmode="numeric" value=[value];
                    span { (after) }
                }
            }
            span.help-block { "A backup stays when one of these keeps it. With all of them empty nothing is deleted. The newest, and what is pinned, made by hand or uploaded, stays in any case." }
        }
    }
}
