//! Limits that fit this camera: the owner's own nights as a histogram, three lines to move, and what they
//! would keep. Nothing is changed here: a link leads to the settings with the lines filled in.
//!
//! Works as a form that is sent; scripts count while a line is moved.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::{histogram, patience, survey};
use crate::domain::nights::calibration::{Candidate, Tally, histogram as bars, tally};
use crate::domain::nights::decision::{Thresholds, WhenUnrated};
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{layout, query, words};
use crate::panel::state::{PanelState, off_loop};
use crate::work::nights::calibrate::candidates;
use crate::work::nights::list::list_of;

/// `GET nights/calibration?primary=&secondary=&great=&moon=`; what is not named is as it is configured.
pub async fn calibration(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    let patience = patience(&panel, &request);
    let nights = off_loop(&panel, move |panel| {
        let nights = survey::nights(panel, patience)?;
        Ok(candidates(&panel.tools(), &list_of(&panel.tools(), &nights)?)?)
    })
    .await?;
    let now = panel.tools().nights.settings.thresholds();
    let tried = tried(request.query_string(), &now);
    Ok(layout::page(&frame, &request, "Limits", draw(&frame, &nights, &now, &tried)))
}

/// Lines that were moved over each other are put in their order.
fn tried(address: &str, now: &Thresholds) -> Thresholds {
    let field = |name: &str| {
        let text = String::from_utf8(query::field(address, name)?).ok()?;
        text.parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0)
    };
    let secondary = field("secondary").unwrap_or(now.min_avg_stars_secondary);
    let primary = field("primary").unwrap_or(now.min_avg_stars_primary).max(secondary);
    Thresholds {
        min_avg_stars_secondary: secondary,
        min_avg_stars_primary: primary,
        great_night_min_avg_stars: field("great").unwrap_or(now.great_night_min_avg_stars).max(primary),
        min_moon_pct_secondary: field("moon").unwrap_or(now.min_moon_pct_secondary).min(100.0),
        ..*now
    }
}

fn draw(frame: &Frame, nights: &[Candidate], now: &Thresholds, tried: &Thresholds) -> Markup {
    let found = bars(nights);
    let top = found.as_ref().map_or(0.0, |found| found.bars.last().map_or(0.0, |bar| bar.to));
    let top = top.max(tried.great_night_min_avg_stars * 1.15).max(now.great_night_min_avg_stars * 1.15).ceil();
    html! {
        form.ab-calibration method="get" action=(frame.url("nights/calibration")) data-calibration=(facts(nights, now)) {
            div.modal-header { h4.modal-title { "Limits" } }
            div.modal-body {
                @match &found {
                    None => div.ab-empty {
                        (icon(Icon::Chart))
                        h4 { "No night is rated yet" }
                        p.text-muted { "Nights are rated by the stars that the camera counts in its pictures." }
                    },
                    Some(found) => {
                        p.ab-small {
                            "Your " (words::counted(found.nights as u64, "rated night")) " by their average stars. "
                            "Every camera counts differently: move the lines to where your good nights begin."
                        }
                        (histogram::draw(found, tried, top))
                        p.ab-verdict-line #ab-would-keep role="status" aria-live="polite" { (sentence(&tally(nights, tried))) }
                        p.ab-small { "As configured: " (sentence(&tally(nights, now))) }
                        (ranges(tried, top))
                        (percentiles(&found.percentiles))
                    }
                }
            }
            div.modal-footer {
                @if found.is_some() { button.btn.btn-default.ab-no-js type="submit" { "Count" } }
                a.btn.btn-default href=(frame.url("nights")) data-act="close" { "Close" }
                @if found.is_some() {
                    a.btn.btn-primary #ab-limit-use href=(settings_with(frame, tried)) data-settings=(frame.url("settings")) {
                        (icon(Icon::Gear)) " Put into the settings"
                    }
                }
            }
        }
    }
}

/// "Would keep 23 of 400 nights, about 31.0 GB; 4 for ever." Scripts say the same.
fn sentence(tally: &Tally) -> String {
    let kept = format!("Would keep {} of {}", words::count(tally.kept), words::counted(tally.nights, "night"));
    let bytes = if tally.bytes > 0 { format!(", about {}", words::size(tally.bytes)) } else { String::new() };
    format!("{kept}{bytes}; {} for ever.", words::count(tally.forever))
}

fn ranges(tried: &Thresholds, top: f64) -> Markup {
    let lines = [
        ("secondary", "Worth keeping when the moon is up", tried.min_avg_stars_secondary),
        ("primary", "Worth keeping", tried.min_avg_stars_primary),
        ("great", "Great, kept for ever", tried.great_night_min_avg_stars),
    ];
    html! {
        div.ab-ranges {
            @for (name, label, value) in lines {
                div.form-group {
                    label for={"ab-limit-" (name)} { (label) ": " output data-of=(name) { (format!("{value:.0}")) } " stars" }
                    input id={"ab-limit-" (name)} type="range" name=(name) min="0" max=(top) step="1" value=(format!("{value:.0}"));
                }
            }
            div.form-group {
                label for="ab-limit-moon" { "Moon up in at least " output data-of="moon" { (format!("{:.0}", tried.min_moon_pct_secondary)) } " % of the pictures" }
                input #ab-limit-moon type="range" name="moon" min="0" max="100" step="1" value=(format!("{:.0}", tried.min_moon_pct_secondary));
            }
        }
    }
}

fn percentiles(found: &[(u8, f64)]) -> Markup {
    html! {
        dl.ab-percentiles {
            @for (percent, stars) in found {
                div { dt { (percent) " % of your nights have less than" } dd { (format!("{stars:.0}")) " stars" } }
            }
        }
    }
}

/// The settings with the lines filled in; scripts build the same address while a line is moved.
fn settings_with(frame: &Frame, tried: &Thresholds) -> String {
    let lines = [
        ("min_avg_stars_primary", tried.min_avg_stars_primary),
        ("min_avg_stars_secondary", tried.min_avg_stars_secondary),
        ("min_moon_pct_secondary", tried.min_moon_pct_secondary),
        ("great_night_min_avg_stars", tried.great_night_min_avg_stars),
    ];
    let fields: Vec<String> = lines.iter().map(|(key, value)| format!("key.nights.{key}={value:.0}")).collect();
    frame.url(&format!("settings?{}#ab-nights", fields.join("&")))
}

/// What scripts count with: `[stars, moon, bytes]` of every night, `null` where nobody knows; nights that
/// are skipped or kept whatever the lines say are numbers beside them.
fn facts(nights: &[Candidate], now: &Thresholds) -> String {
    let (mut rows, mut unrated, mut bytes) = (Vec::new(), 0u64, 0u64);
    for night in nights {
        let measure = &night.measure;
        let size = night.bytes.unwrap_or_default();
        if measure.images == 0 || measure.images < now.min_images {
            continue;
        }
        match measure.avg_stars.filter(|_| !measure.is_unrated()) {
            Some(stars) => rows.push(serde_json::json!([stars, measure.moon_pct, size])),
            None if now.unrated == WhenUnrated::Rolling => {
                unrated += 1;
                bytes += size;
            }
            None => {}
        }
    }
    serde_json::json!({ "nights": nights.len(), "rows": rows, "always": unrated, "always_bytes": bytes }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_were_moved_over_each_other_rise_again() {
        let found = tried("primary=300&secondary=900&great=100&moon=250", &Thresholds::default());
        assert_eq!((found.min_avg_stars_secondary, found.min_avg_stars_primary), (900.0, 900.0));
        assert_eq!((found.great_night_min_avg_stars, found.min_moon_pct_secondary), (900.0, 100.0));
        assert_eq!(tried("primary=NaN&great=-3", &Thresholds::default()), Thresholds::default());
    }
}
