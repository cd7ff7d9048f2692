//! What other limits would keep, reckoned from the owner's own nights before anything is changed.
use serde::Serialize;

use super::decision::{Class, Thresholds, decide};
use super::measure::Measure;

/// At most this many bars fit on a phone.
const BARS: usize = 30;

/// A night that is over, with the bytes that its copy has or would have.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub measure: Measure,
    pub bytes: Option<u64>,
}

/// Nightly averages in steps, and where the owner's nights lie.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// Rated nights that this rests on.
    pub nights: usize,
    /// Average stars below which 50, 75, 90 and 95 % of the nights lie.
    pub percentiles: Vec<(u8, f64)>,
    /// All of one width.
    pub bars: Vec<Bar>,
}

/// Nights whose average lies in `from..to`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bar {
    pub from: f64,
    pub to: f64,
    pub nights: usize,
}

/// What some limits would keep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    pub nights: u64,
    pub kept: u64,
    /// How many of the kept nights are kept for ever.
    pub forever: u64,
    /// Nights that are kept without a rating.
    pub unrated: u64,
    /// Bytes of the kept nights whose size is known.
    pub bytes: u64,
}

/// `None` when no night is rated.
pub fn histogram(nights: &[Candidate]) -> Option<Histogram> {
    let rated = nights.iter().map(|night| &night.measure).filter(|measure| !measure.is_unrated());
    let mut stars: Vec<f64> = rated.filter_map(|measure| measure.avg_stars).collect();
    stars.sort_by(f64::total_cmp);
    let most = *stars.last()?;
    let width = round_up(most / BARS as f64);
    let place = |stars: f64| (stars.max(0.0) / width).floor() as usize;
    let count = place(most) + 1;
    let mut bars: Vec<Bar> =
        (0..count).map(|i| Bar { from: i as f64 * width, to: (i + 1) as f64 * width, nights: 0 }).collect();
    for s in &stars {
        bars[place(*s).min(count - 1)].nights += 1;
    }
    let at = |percent: u8| stars[((stars.len() - 1) * usize::from(percent)).div_ceil(100)];
    Some(Histogram { nights: stars.len(), percentiles: [50, 75, 90, 95].map(|p| (p, at(p))).to_vec(), bars })
}

/// Counts what a run would decide for each of `nights` with other limits.
pub fn tally(nights: &[Candidate], limits: &Thresholds) -> Tally {
    let mut tally = Tally { nights: nights.len() as u64, ..Tally::default() };
    for night in nights {
        let class = decide(&night.measure, limits).0;
        if class == Class::Skipped {
            continue;
        }
        tally.kept += 1;
        tally.forever += u64::from(class == Class::Forever);
        tally.unrated += u64::from(class == Class::Unrated);
        tally.bytes += night.bytes.unwrap_or_default();
    }
    tally
}

/// The next of 1, 2, 5, 10, 20, 50 … that is not below `least`.
pub fn round_up(least: f64) -> f64 {
    let mut unit = 1.0;
    loop {
        for factor in [1.0, 2.0, 5.0] {
            if unit * factor >= least {
                return unit * factor;
            }
        }
        unit *= 10.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::night::Night;

    fn nights() -> Vec<Candidate> {
        let night = |i: u32| Measure {
            rated: 10,
            avg_stars: Some(f64::from(i) * 15.0),
            moon_pct: Some(f64::from(i % 2) * 100.0),
            ..Measure::unrated(Night::parse("20251224").unwrap(), 10)
        };
        (0..100).map(|i| Candidate { measure: night(i), bytes: Some(2) }).collect()
    }

    #[test]
    fn every_rated_night_stands_in_exactly_one_bar() {
        let found = histogram(&nights()).unwrap();
        assert_eq!((found.nights, found.bars.iter().map(|b| b.nights).sum::<usize>()), (100, 100));
        assert!(found.bars.len() <= BARS + 1, "{}", found.bars.len());
        assert_eq!(found.percentiles[0], (50, 750.0));
        assert_eq!(histogram(&[]), None);
    }

    #[test]
    fn limits_keep_what_a_run_would_keep_with_them() {
        let with_moon = |primary: f64, secondary: f64| Thresholds {
            min_avg_stars_primary: primary,
            min_avg_stars_secondary: secondary,
            ..Thresholds::default()
        };
        let strict = tally(&nights(), &with_moon(700.0, 700.0));
        assert_eq!((strict.nights, strict.kept, strict.forever, strict.bytes), (100, 53, 33, 106));
        // From 500 to 700 only the nights with the moon up: every second one.
        assert_eq!(tally(&nights(), &with_moon(700.0, 500.0)).kept, 53 + 6);
        let unrated = [Candidate { measure: Measure::unrated(nights()[0].measure.night, 3), bytes: None }];
        assert_eq!(tally(&unrated, &Thresholds::default()).unrated, 1);
    }
}
