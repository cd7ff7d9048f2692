//! A night as a picture: stars over its hours, and when the moon was up. Drawn by hand, of a bounded
//! number of points, in the colours of the page.
use jiff::Span;
use jiff::civil::DateTime;
use maud::{Markup, html};

use crate::domain::nights::course::Step;
use crate::domain::nights::decision::Thresholds;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 10.0;
/// Room for the moon's band and the hours below the curve, each a line of large letters on a phone.
const FOOT: f64 = 60.0;
/// How many times of the night fit below the curve.
const TIMES: f64 = 7.0;

pub fn draw(steps: &[Step], limits: &Thresholds) -> Markup {
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else {
        return html! { p.text-muted { "The camera's database no longer has the frames of this night." } };
    };
    let most = steps.iter().filter_map(|step| step.stars).fold(0.0, f64::max);
    let top = round_up(most.max(1.0));
    let span = last.from.duration_since(first.from).as_secs_f64().max(1.0);
    let step_s = steps.windows(2).map(|two| two[1].from.duration_since(two[0].from).as_secs_f64()).fold(span, f64::min);
    let whole = span + step_s;
    let at = |time: DateTime| LEFT + time.duration_since(first.from).as_secs_f64() / whole * (WIDTH - LEFT - RIGHT);
    let x = |step: &Step| at(step.from);
    let bottom = HEIGHT - FOOT;
    let y = |stars: f64| bottom - (stars / top).min(1.0) * (bottom - TOP);
    let width = step_s / whole * (WIDTH - LEFT - RIGHT);
    let points: Vec<(f64, Option<f64>)> = steps.iter().map(|step| (x(step) + width / 2.0, step.stars.map(y))).collect();
    let lines = [(limits.min_avg_stars_primary, "kept"), (limits.great_night_min_avg_stars, "great")];
    html! {
        svg.ab-plot viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(told(steps, most)) {
            @for part in [0.0, 0.5, 1.0] {
                line.ab-plot-grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y(top * part)) y2=(y(top * part)) {}
                text.ab-plot-label x=(LEFT - 6.0) y=(y(top * part) + 4.0) text-anchor="end" { (format!("{:.0}", top * part)) }
            }
            @for (limit, _) in lines.iter().filter(|(limit, _)| *limit < top) {
                line.ab-plot-limit x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y(*limit)) y2=(y(*limit)) {}
            }
            path.ab-plot-stars d=(curve(&points)) {}
            @for (limit, word) in lines.iter().filter(|(limit, _)| *limit < top) {
                text.ab-plot-label x=(WIDTH - RIGHT) y=(y(*limit) - 4.0) text-anchor="end" { (word) " " (format!("{limit:.0}")) }
            }
            @for step in steps {
                @if let Some(moon) = step.moon.filter(|moon| *moon > 0.0) {
                    rect.ab-plot-moon x=(round(x(step))) y=(bottom + 14.0) width=(round(width + 0.5)) height="12" opacity=(round(moon)) {}
                }
            }
            text.ab-plot-label x=(LEFT - 6.0) y=(bottom + 26.0) text-anchor="end" { "moon" }
            @for time in hours(first.from, whole) {
                text.ab-plot-label x=(round(at(time))) y=(HEIGHT - 6.0) text-anchor="middle" { (time.strftime("%H:%M")) }
            }
        }
    }
}

/// The plot in words, for those who cannot see it.
fn told(steps: &[Step], most: f64) -> String {
    let counted: Vec<f64> = steps.iter().filter_map(|step| step.stars).collect();
    if counted.is_empty() {
        return "No stars were counted in this night.".to_owned();
    }
    let least = counted.iter().copied().fold(f64::INFINITY, f64::min);
    let best = steps.iter().filter(|step| step.stars == Some(most)).map(|step| step.from).next();
    let at = best.map(|best| best.strftime(", most around %H:%M").to_string()).unwrap_or_default();
    format!("Stars over the night: from {least:.0} to {most:.0}{at}.")
}

/// A line through neighbours; where nothing was counted it is interrupted. A single point is a dash.
fn curve(points: &[(f64, Option<f64>)]) -> String {
    let (mut path, mut pen_is_down) = (String::new(), false);
    for (x, y) in points {
        match y {
            Some(y) => {
                let verb = if pen_is_down { 'L' } else { 'M' };
                path.push_str(&format!("{verb}{x:.1} {y:.1}"));
                if !pen_is_down {
                    path.push_str("h1");
                }
                pen_is_down = true;
            }
            None => pen_is_down = false,
        }
    }
    path
}

/// Full hours of a night of so many seconds, few enough to write them below; its beginning when it has none.
fn hours(first: DateTime, seconds: f64) -> Vec<DateTime> {
    let every = [1, 2, 3, 4].into_iter().find(|every| seconds / 3600.0 / f64::from(*every) < TIMES).unwrap_or(6);
    let begun = first.date().at(first.hour(), 0, 0, 0);
    let all = (0..=(seconds / 3600.0) as i64 + 1).filter_map(|hour| begun.checked_add(Span::new().hours(hour)).ok());
    let fits = |time: &DateTime| {
        let away = time.duration_since(first).as_secs_f64();
        i32::from(time.hour()) % every == 0 && (0.0..=seconds).contains(&away)
    };
    let found: Vec<DateTime> = all.filter(fits).collect();
    if found.is_empty() { vec![first] } else { found }
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// The next number that a scale reads easily at.
fn round_up(value: f64) -> f64 {
    const STEPS: [f64; 8] = [1.0, 1.2, 1.6, 2.0, 3.0, 4.0, 6.0, 8.0];
    let unit = 10f64.powf(value.log10().floor());
    STEPS.into_iter().map(|step| step * unit).find(|step| *step >= value).unwrap_or(10.0 * unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn frames_without_a_count_interrupt_the_line_and_a_night_without_frames_says_so() {
        assert_eq!(
            curve(&[(0.0, Some(1.0)), (1.0, Some(2.0)), (2.0, None), (3.0, Some(4.0))]),
            "M0.0 1.0h1L1.0 2.0M3.0 4.0h1"
        );
        assert!(draw(&[], &Thresholds::default()).into_string().contains("no longer has the frames"));
        let step = Step { from: date(2025, 12, 24).at(18, 0, 0, 0), frames: 1, stars: Some(812.0), moon: Some(1.0) };
        let drawn = draw(&[step], &Thresholds::default()).into_string();
        assert!(drawn.contains("from 812 to 812, most around 18:00") && drawn.contains("ab-plot-moon"), "{drawn}");
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
        let of = |minute: i8, seconds: f64| -> Vec<String> {
            let times = hours(date(2025, 12, 24).at(17, minute, 0, 0), seconds);
            times.iter().map(|time| time.strftime("%H:%M").to_string()).collect()
        };
        assert_eq!(of(20, 12.5 * 3600.0), ["18:00", "20:00", "22:00", "00:00", "02:00", "04:00"]);
        assert_eq!(
            (of(0, 7200.0), of(20, 600.0)),
            (vec!["17:00".into(), "18:00".into(), "19:00".into()], vec!["17:20".to_owned()])
        );
        assert_eq!((round_up(1240.0), round_up(900.0), round_up(1.0)), (1600.0, 1000.0, 1.0));
    }
}
