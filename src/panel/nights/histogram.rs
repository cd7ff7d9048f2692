//! Nightly averages as bars, with the three limits as lines that scripts let the owner drag.
use maud::{Markup, html};

use crate::domain::nights::calibration::Histogram;
use crate::domain::nights::decision::Thresholds;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 230.0;
const FOOT: f64 = 24.0;
/// Room for the names of the lines, each on a level of its own.
const HEAD: f64 = 48.0;

/// `top` is the right end of the scale, in stars.
pub fn draw(found: &Histogram, limits: &Thresholds, top: f64) -> Markup {
    let most = found.bars.iter().map(|bar| bar.nights).max().unwrap_or(1).max(1) as f64;
    let bottom = HEIGHT - FOOT;
    let x = |stars: f64| (stars / top * WIDTH * 10.0).round() / 10.0;
    let tall = |nights: usize| (nights as f64 / most * (bottom - HEAD) * 10.0).round() / 10.0;
    let lines = [
        ("secondary", "with moon", limits.min_avg_stars_secondary, 12.0),
        ("primary", "keep", limits.min_avg_stars_primary, 26.0),
        ("great", "for ever", limits.great_night_min_avg_stars, 40.0),
    ];
    html! {
        svg.ab-histogram viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) data-top=(top) role="img" aria-label=(told(found)) {
            @for bar in &found.bars {
                rect.ab-histogram-bar x=(x(bar.from) + 1.0) width=((x(bar.to) - x(bar.from) - 2.0).max(1.0))
                    y=(bottom - tall(bar.nights)) height=(tall(bar.nights)) {
                    title { (format!("{:.0} to {:.0} stars: {}", bar.from, bar.to, bar.nights)) }
                }
            }
            @for (percent, stars) in &found.percentiles {
                line.ab-histogram-tick x1=(x(*stars)) x2=(x(*stars)) y1=(bottom) y2=(bottom + 5.0) {}
                text.ab-plot-label x=(x(*stars)) y=(HEIGHT - 4.0) text-anchor="middle" { "p" (percent) }
            }
            line.ab-plot-grid x1="0" x2=(WIDTH) y1=(bottom) y2=(bottom) {}
            @for (name, label, stars, level) in lines {
                g class=(format!("ab-limit ab-limit-{name}")) data-limit=(name) transform=(format!("translate({} 0)", x(stars))) {
                    line x1="0" x2="0" y1=(level) y2=(bottom) {}
                    rect.ab-limit-grip x="-14" y=(level) width="28" height=(bottom - level) {}
                    text x="5" y=(level) { (label) }
                }
            }
        }
    }
}

fn told(found: &Histogram) -> String {
    let parts: Vec<String> =
        found.percentiles.iter().map(|(percent, stars)| format!("{percent} % below {stars:.0}")).collect();
    format!("{} nights by average stars: {}", found.nights, parts.join(", "))
}
