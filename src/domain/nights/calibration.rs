//! What each limit would keep, reckoned from the owner's own nights.
use serde::Serialize;

use super::measure::Measure;

/// Nightly averages in steps, and where the owner's nights lie.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Rated nights that this rests on.
    pub nights: usize,
    /// Average stars below which 50, 75, 90 and 95 % of the nights lie.
    pub percentiles: Vec<(u8, f64)>,
    pub bins: Vec<Bin>,
}

/// Nights whose average lies in `from..to`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bin {
    pub from: f64,
    pub to: f64,
    pub nights: usize,
}

/// At most this many bars fit on a phone.
const BINS: usize = 20;

/// `None` when no night is rated.
pub fn calibrate(nights: &[Measure]) -> Option<Calibration> {
    let mut stars: Vec<f64> = nights.iter().filter(|n| !n.is_unrated()).filter_map(|n| n.avg_stars).collect();
    stars.sort_by(f64::total_cmp);
    let most = *stars.last()?;
    let step = round_step(most / BINS as f64);
    let count = (most / step).floor() as usize + 1;
    let mut bins: Vec<Bin> =
        (0..count).map(|i| Bin { from: i as f64 * step, to: (i + 1) as f64 * step, nights: 0 }).collect();
    for s in &stars {
        let i = ((s / step).floor() as usize).min(count - 1);
        bins[i].nights += 1;
    }
    let at = |percent: u8| stars[((stars.len() - 1) * usize::from(percent)).div_ceil(100)];
    Some(Calibration { nights: stars.len(), percentiles: [50, 75, 90, 95].map(|p| (p, at(p))).to_vec(), bins })
}

/// How many of `nights` an average of at least `limit` keeps.
pub fn kept_by(nights: &[Measure], limit: f64) -> usize {
    nights.iter().filter(|n| !n.is_unrated() && n.avg_stars.is_some_and(|s| s >= limit)).count()
}

/// The next of 1, 2, 5, 10, 20, 50 … that is not below `least`.
fn round_step(least: f64) -> f64 {
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

    #[test]
    fn every_rated_night_stands_in_exactly_one_bar() {
        let nights: Vec<Measure> = (0..100)
            .map(|i| Measure {
                rated: 10,
                avg_stars: Some(f64::from(i) * 15.0),
                ..Measure::unrated(Night::parse("20251224").unwrap(), 10)
            })
            .collect();
        let calibration = calibrate(&nights).unwrap();
        assert_eq!(calibration.bins.iter().map(|b| b.nights).sum::<usize>(), 100);
        assert!(calibration.bins.len() <= BINS + 1);
        assert_eq!(kept_by(&nights, 700.0), 53);
        assert_eq!(calibrate(&nights[..0]), None);
    }
}
