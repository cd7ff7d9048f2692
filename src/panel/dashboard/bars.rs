//! A plot of days, a bar for each, drawn by hand in the colours of the page; and its numbers as a table.
use jiff::civil::Date;
use maud::{Markup, html};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 124.0;
const TOP: f64 = 14.0;
const FOOT: f64 = 38.0;
/// Days between two labels below the bars.
const LABEL_EVERY: usize = 7;

pub struct Bars<'a> {
    /// A name for the page.
    pub id: &'a str,
    pub title: &'a str,
    /// What a bar is, in a sentence.
    pub about: &'a str,
    /// What the table calls the value.
    pub value: &'a str,
    /// Every day in its order; nothing on a day without a bar.
    pub days: &'a [(Date, Option<f64>)],
    pub words: fn(f64) -> String,
}

pub fn draw(bars: &Bars<'_>) -> Markup {
    let Bars { id, title, about, value, days, words } = bars;
    let told: Vec<(Date, f64)> = days.iter().filter_map(|(day, height)| Some((*day, (*height)?))).collect();
    let most = told.iter().map(|(_, height)| *height).fold(0.0, f64::max);
    if most <= 0.0 {
        return html! {
            div.ab-card.ab-chart { h4 { (title) } p.text-muted { "Nothing in the last 30 days." } }
        };
    }
    let width = (WIDTH - LEFT) / days.len().max(1) as f64;
    let bottom = HEIGHT - FOOT;
    let y = |height: f64| bottom - height / most * (bottom - TOP);
    let highest = told.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(day, _)| day.strftime("%-d %b").to_string());
    html! {
        div.ab-card.ab-chart {
            h4 { (title) }
            svg.ab-plot viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-labelledby=(format!("{id}-title {id}-about")) {
                title #(format!("{id}-title")) { (title) }
                desc #(format!("{id}-about")) {
                    (about) " " (told.len()) " of 30 days have one; the most is " (words(most))
                    @if let Some(day) = &highest { " on " (day) } "."
                }
                @for part in [0.0, 0.5, 1.0] {
                    line.ab-plot-grid x1=(LEFT) x2=(WIDTH) y1=(y(most * part)) y2=(y(most * part)) {}
                    text.ab-plot-label x=(LEFT - 6.0) y=(y(most * part) + 7.0) text-anchor="end" { (words(most * part)) }
                }
                @for (place, (day, height)) in days.iter().enumerate() {
                    @let x = LEFT + width * place as f64;
                    @if let Some(height) = height {
                        rect.ab-bar x=(round(x + 2.0)) y=(round(y(*height).min(bottom - 1.5))) width=(round(width - 4.0)) height=(round((bottom - y(*height)).max(1.5))) rx="1.5" {}
                    }
                    @if place % LABEL_EVERY == LABEL_EVERY - 1 || place + 1 == days.len() && days.len() % LABEL_EVERY > 3 {
                        text.ab-plot-label x=(round(x + width / 2.0)) y=(HEIGHT - 8.0) text-anchor="middle" { (day.strftime("%-d %b")) }
                    }
                }
            }
            p.ab-small { (about) }
            details #(format!("{id}-table")) {
                summary { "As a table" }
                div.ab-chart-numbers {
                    table.table.table-condensed {
                        thead { tr { th scope="col" { "Day" } th.ab-number scope="col" { (value) } } }
                        tbody {
                            @for (day, height) in told.iter().rev() {
                                tr { th scope="row" { (day.strftime("%a %-d %b")) } td.ab-number { (words(*height)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn round(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_plot_has_a_title_its_words_and_its_numbers_and_nothing_is_no_plot() {
        let days: Vec<(Date, Option<f64>)> =
            (1..=30).map(|day| (date(2026, 11, day), (day % 2 == 0).then_some(f64::from(day)))).collect();
        let bars = Bars {
            id: "x",
            title: "Sizes",
            about: "What came.",
            value: "Size",
            days: &days,
            words: |it| format!("{it:.0} B"),
        };
        let drawn = draw(&bars).into_string();
        assert_eq!(drawn.matches("<rect").count(), 15);
        assert!(drawn.contains("15 of 30 days have one; the most is 30 B on 30 Nov."), "{drawn}");
        assert!(drawn.contains("Sun 22 Nov") && !drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
        for height in [None, Some(0.0)] {
            let none = [(date(2026, 11, 1), height)];
            assert!(!draw(&Bars { days: &none, ..bars }).into_string().contains("<svg"));
        }
    }
}
