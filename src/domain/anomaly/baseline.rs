//! What is usual for a host: the middle of its own past, and how far it strays from that.
use super::measure::Measure;

/// Snapshots that are looked back at.
pub const LOOKED_BACK: usize = 30;
/// With fewer nothing is usual yet.
pub const FEWEST: usize = 8;

/// The usual share of something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    pub median: f64,
    /// The median of the distances from the median.
    pub deviation: f64,
}

impl Usual {
    /// Whether `share` lies more than so many deviations above what is usual.
    pub fn is_exceeded(&self, share: f64, deviations: f64) -> bool {
        share > self.median + deviations * self.deviation
    }
}

/// What is usual, by the newest trusted snapshots.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Baseline {
    pub changed: Usual,
    pub touched: Usual,
}

impl Baseline {
    /// `past` has the newest last; `None` when it is too short.
    pub fn of(past: &[Measure]) -> Option<Baseline> {
        let newest = &past[past.len().saturating_sub(LOOKED_BACK)..];
        if newest.len() < FEWEST {
            return None;
        }
        let usual = |of: &dyn Fn(&Measure) -> f64| usual(newest.iter().map(of).collect());
        Some(Baseline { changed: usual(&Measure::changed_share), touched: usual(&Measure::touched_share) })
    }
}

fn usual(shares: Vec<f64>) -> Usual {
    let median = middle(shares.clone());
    let deviation = middle(shares.into_iter().map(|share| (share - median).abs()).collect());
    Usual { median, deviation }
}

fn middle(mut shares: Vec<f64>) -> f64 {
    shares.sort_by(f64::total_cmp);
    let half = shares.len() / 2;
    match (shares.get(half), half.checked_sub(1).and_then(|below| shares.get(below))) {
        (Some(upper), Some(lower)) if shares.len().is_multiple_of(2) => f64::midpoint(*upper, *lower),
        (Some(middle), _) => *middle,
        (None, _) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(counts: &[u64]) -> Vec<Measure> {
        counts.iter().map(|changed| Measure { before: 100, changed: *changed, ..Measure::default() }).collect()
    }

    #[test]
    fn one_odd_day_moves_nothing_and_a_short_past_tells_nothing() {
        assert_eq!(Baseline::of(&changed(&[1; 7])), None);
        let with_one_odd = Baseline::of(&changed(&[1, 2, 1, 2, 1, 90, 1, 2, 1])).unwrap();
        assert_eq!(with_one_odd.changed, Usual { median: 0.01, deviation: 0.0 });
        let even = Baseline::of(&changed(&[1, 3, 1, 3, 1, 3, 1, 3])).unwrap();
        assert!((even.changed.median - 0.02).abs() < 1e-9 && (even.changed.deviation - 0.01).abs() < 1e-9);
        let only_the_newest = [vec![90; 40], vec![1; 30]].concat();
        assert_eq!(Baseline::of(&changed(&only_the_newest)).unwrap().changed.median, 0.01);
    }
}
