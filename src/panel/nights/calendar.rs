//! A year of nights at one look: the colour of a day is its stars, its outline is what became of it.
//!
//! A colour never stands alone: every day has a number and a title in words, and outlines differ in
//! their strokes.
use std::collections::BTreeMap;

use jiff::civil::Date;
use maud::{Markup, html};

use super::filter::{Filter, years};
use super::labels;
use crate::domain::believable::is_day_ahead;
use crate::domain::nights::decision::Thresholds;
use crate::domain::nights::state::NightState;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::words;
use crate::panel::state::PanelState;
use crate::work::nights::list::Item;

/// What a day does when it is pressed.
#[derive(Debug, Clone, Copy)]
pub enum Press {
    /// Opens the night.
    Open,
    /// Turns the switch of its folder, which is elsewhere on the page.
    Choose,
}

/// The year of the filter, or the newest that has nights like that; years to turn to; the legend.
pub fn draw(panel: &PanelState, frame: &Frame, filter: &Filter, items: &[Item]) -> Markup {
    let years = years(items.iter().map(|item| item.key));
    let today = (panel.tools().now)().date();
    let taken = items.iter().filter(|item| filter.takes(item)).map(|item| item.key.date());
    let newest = taken.max_by_key(|day| (!is_day_ahead(*day, today), *day)).map(|day| day.year());
    let year = filter.year.filter(|year| years.contains(year)).or(newest).or(years.first().copied());
    let turned = |year: i16| {
        let page = 1;
        frame.url(&format!("nights{}", Filter { year: Some(year), page, ..filter.clone() }.query()))
    };
    html! {
        div.ab-calendar-head {
            h4.ab-section-title { "Calendar" }
            div.btn-group role="group" aria-label="Year" {
                @for one in &years {
                    a.btn.btn-default.btn-sm #{"ab-year-" (one)} href=(turned(*one)) data-filter-year=(one)
                        aria-current=[(Some(*one) == year).then_some("true")] { (one) }
                }
            }
        }
        @if let Some(year) = year {
            div.ab-calendar data-calendar { (months(panel, frame, year, items, Press::Open, &|item| filter.takes(item))) }
        }
        (legend(&panel.tools().nights.settings.thresholds()))
    }
}

/// Every month of `year` between its first and last night; nights that `takes` refuses are faint.
pub fn months(
    panel: &PanelState,
    frame: &Frame,
    year: i16,
    items: &[Item],
    press: Press,
    takes: &dyn Fn(&Item) -> bool,
) -> Markup {
    let days: BTreeMap<Date, &Item> =
        items.iter().filter(|item| item.key.date().year() == year).map(|item| (item.key.date(), item)).collect();
    let (first, last) = match (days.first_key_value(), days.last_key_value()) {
        (Some((first, _)), Some((last, _))) => (first.month(), last.month()),
        _ => return html! {},
    };
    let limits = panel.tools().nights.settings.thresholds();
    let cell = |date: Date| match days.get(&date) {
        Some(item) => day(frame, item, &limits, press, if takes(item) { "" } else { " ab-day-faint" }),
        None => html! { span.ab-day { (date.day()) } },
    };
    html! { @for month in (first..=last).filter_map(|month| Date::new(year, month, 1).ok()) { (grid(month, &cell)) } }
}

fn grid(first: Date, cell: &dyn Fn(Date) -> Markup) -> Markup {
    let offset = first.weekday().to_monday_zero_offset();
    let days = first.days_in_month();
    let weeks = (offset + days + 6) / 7;
    let at = |week: i8, column: i8| {
        let day = week * 7 + column - offset + 1;
        (1..=days).contains(&day).then(|| Date::new(first.year(), first.month(), day).ok()).flatten()
    };
    html! {
        table.ab-month {
            caption { (first.strftime("%B %Y")) }
            thead { tr { @for name in ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"] { th scope="col" { (name) } } } }
            tbody {
                @for week in 0..weeks {
                    tr { @for column in 0..7 { td { @if let Some(date) = at(week, column) { (cell(date)) } } } }
                }
            }
        }
    }
}

fn day(frame: &Frame, item: &Item, limits: &Thresholds, press: Press, faint: &str) -> Markup {
    let pinned = if item.pinned { " ab-day-pinned" } else { "" };
    let class = format!("ab-day {} {}{pinned}{faint}", shade(item.avg_stars, limits), outline(item));
    let (number, title) = (item.key.date().day(), title(item));
    match press {
        Press::Open => html! {
            a class=(class) href=(frame.url(&format!("nights/{}", item.night))) data-dialog="night" data-day=(item.night)
                id={"day-" (item.night)} title=(title) { (number) }
        },
        Press::Choose => html! {
            label class=(class) for={"ab-folder-" (item.key)} title=(title) { (number) }
        },
    }
}

/// "Wed 24 Dec 2025: 820.0 stars, Rolling, Verified copy".
fn title(item: &Item) -> String {
    let mut said = vec![match item.avg_stars {
        Some(stars) => format!("{stars:.1} stars"),
        None => "no stars counted".to_owned(),
    }];
    said.push(labels::class_word(item.class).to_owned());
    said.push(labels::copy_word(item.state).to_owned());
    if item.at_risk {
        said.push("at risk".to_owned());
    }
    if item.pinned {
        said.push("pinned".to_owned());
    }
    said.dedup();
    format!("{}: {}", words::night(item.key), said.join(", "))
}

/// Five steps around the owner's own limits.
fn shade(stars: Option<f64>, limits: &Thresholds) -> &'static str {
    match stars {
        None => "ab-s0",
        Some(stars) if stars >= limits.great_night_min_avg_stars => "ab-s5",
        Some(stars) if stars >= limits.min_avg_stars_primary => "ab-s4",
        Some(stars) if stars >= limits.min_avg_stars_secondary => "ab-s3",
        Some(stars) if stars >= limits.min_avg_stars_secondary / 2.0 => "ab-s2",
        Some(_) => "ab-s1",
    }
}

fn outline(item: &Item) -> &'static str {
    match item.state {
        NightState::Verified => "ab-o-verified",
        NightState::Copying | NightState::Failed => "ab-o-saved",
        _ if item.at_risk => "ab-o-risk",
        _ => "",
    }
}

/// What colours and outlines mean.
pub fn legend(limits: &Thresholds) -> Markup {
    let (low, good, great) =
        (limits.min_avg_stars_secondary, limits.min_avg_stars_primary, limits.great_night_min_avg_stars);
    let shades = [
        ("ab-s0", "not counted".to_owned()),
        ("ab-s1", format!("under {:.0}", low / 2.0)),
        ("ab-s2", format!("under {low:.0}")),
        ("ab-s3", format!("from {low:.0}")),
        ("ab-s4", format!("from {good:.0}")),
        ("ab-s5", format!("great, from {great:.0}")),
    ];
    let outlines = [
        ("ab-o-verified", "verified copy"),
        ("ab-o-saved", "copy not verified"),
        ("ab-o-risk", "at risk"),
        ("ab-day-pinned", "pinned"),
    ];
    html! {
        div.ab-legend {
            span.ab-legend-title { "Average stars:" }
            @for (class, text) in &shades { span { span.ab-day.(class) aria-hidden="true" {} " " (text) } }
            span.ab-legend-title { "Outline:" }
            @for (class, text) in outlines { span { span.ab-day.(class) aria-hidden="true" {} " " (text) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_a_month_has_one_place() {
        for (year, month) in [(2024, 2), (2025, 2), (2026, 11), (2027, 2), (2026, 8)] {
            let drawn = grid(Date::new(year, month, 1).unwrap(), &|date| html! { (date.day()) "," }).into_string();
            let days = Date::new(year, month, 1).unwrap().days_in_month();
            assert_eq!(drawn.matches(',').count(), days.unsigned_abs() as usize, "{drawn}");
            assert_eq!(drawn.matches("<td>").count() % 7, 0);
        }
    }

    #[test]
    fn the_limits_of_the_owner_are_the_steps_of_the_colour() {
        let limits = Thresholds::default();
        let of = |stars: f64| shade(Some(stars), &limits);
        assert_eq!(
            [of(249.9), of(250.0), of(500.0), of(700.0), of(1000.0)],
            ["ab-s1", "ab-s2", "ab-s3", "ab-s4", "ab-s5"]
        );
        assert_eq!(shade(None, &limits), "ab-s0");
    }
}
