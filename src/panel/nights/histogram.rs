//! Nightly averages as bars, with the three limits as lines that scripts let the owner drag.
use maud::{Markup, html};

use crate::domain::nights::calibration::{Histogram, round_up};
use crate::domain::nights::decision::Thresholds;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 260.0;
const FOOT: f64 = 30.0;
/// Room for the names of the lines, each on a level of its own; letters are large on a phone.
const HEAD: f64 = 72.0;
/// How many numbers fit below the bars.
const NUMBERS: f64 = 5.0;

/// `top` is the right end of the scale, in stars.
pub fn draw(found: &Histogram, limits: &Thresholds, top: f64) -> Markup {
    let most = found.bars.iter().map(|bar| bar.nights).max().unwrap_or(1).max(1) as f64;
    let bottom = HEIGHT - FOOT;
    let x = |stars: f64| (stars / top * WIDTH * 10.0).round() / 10.0;
    let tall = |nights: usize| (nights as f64 / most * (bottom - HEAD) * 10.0).round() / 10.0;
    let lines = [
        ("secondary", "with moon", limits.min_avg_stars_secondary, 18.0),
        ("primary", "keep", limits.min_avg_stars_primary, 41.0),
        ("great", "for ever", limits.great_night_min_avg_stars, 64.0),
    ];
    html! {
        svg.ab-histogram viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) data-top=(top) role="img" aria-label=(told(found)) {
            @for bar in &found.bars {
                rect.ab-histogram-bar x=(x(bar.from) + 1.0) width=((x(bar.to) - x(bar.from) - 2.0).max(1.0))
                    y=(bottom - tall(bar.nights)) height=(tall(bar.nights)) {
                    title { (format!("{:.0} to {:.0} stars: {}", bar.from, bar.to, bar.nights)) }
                }
            }
            @for stars in numbers(top) {
                line.ab-histogram-tick x1=(x(stars)) x2=(x(stars)) y1=(bottom) y2=(bottom + 5.0) {}
                text.ab-plot-label x=(x(stars)) y=(HEIGHT - 6.0) text-anchor=(if stars > 0.0 { "middle" } else { "start" }) {
                    (format!("{stars:.0}")) @if stars == 0.0 { " stars" }
                }
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

/// Round numbers of stars up to `top`.
fn numbers(top: f64) -> impl Iterator<Item = f64> {
    let step = round_up(top / NUMBERS);
    // The last one would be cut at the edge.
    (0u32..).map(move |place| f64::from(place) * step).take_while(move |stars| *stars < top * 0.96)
}

fn told(found: &Histogram) -> String {
    let parts: Vec<String> =
        found.percentiles.iter().map(|(percent, stars)| format!("{percent} % below {stars:.0}")).collect();
    format!("{} nights by average stars: {}", found.nights, parts.join(", "))
}
