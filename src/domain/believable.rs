//! Which dates can be believed, in one place for all that is sorted, kept or deleted by age.
//!
//! A Raspberry Pi has no clock of its own, and one run with a clock that is years ahead leaves archives, nights and
//! jobs "of 2031". Whatever is dated ahead of the present clock was written by another clock than this one.
//!
//! Invariant: what is dated ahead is never the newest, and is never the reason that something else goes.
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// Zones, and clocks that are put right by hand, differ by less.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// A longer time between two looks at a clock is taken for a clock that was set.
pub const LONGEST_STEP: SignedDuration = SignedDuration::from_hours(24 * 31);

/// What owners are told of a date that lies ahead.
pub const TOLD: &str = "the clock of this machine was ahead";

pub fn is_ahead(at: Timestamp, now: Timestamp) -> bool {
    at.duration_since(now) > AHEAD
}

/// Whether a day is later than tomorrow.
pub fn is_day_ahead(day: Date, today: Date) -> bool {
    today.tomorrow().is_ok_and(|tomorrow| day > tomorrow)
}

/// By which things are sorted from old to new: what is dated ahead comes first.
pub fn age(at: Timestamp, now: Timestamp) -> (bool, Timestamp) {
    (!is_ahead(at, now), at)
}

/// The time that has believably passed between two looks at the clock: nothing where it went back, or was set.
pub fn passed(earlier: Timestamp, later: Timestamp) -> SignedDuration {
    let passed = later.duration_since(earlier);
    if (SignedDuration::ZERO..=LONGEST_STEP).contains(&passed) { passed } else { SignedDuration::ZERO }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_dated_later_than_a_day_ahead_is_older_than_everything() {
        let now = at("2026-11-28T12:00:00Z");
        let mut all = ["2031-01-01T00:00:00Z", "2026-11-29T11:00:00Z", "2020-01-01T00:00:00Z"].map(at);
        all.sort_by_key(|at| age(*at, now));
        assert_eq!(all.map(|at| at.strftime("%Y").to_string()), ["2031", "2020", "2026"]);
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert!(!is_day_ahead(day("2026-11-29"), day("2026-11-28")));
        assert!(is_day_ahead(day("2026-11-30"), day("2026-11-28")));
    }

    #[test]
    fn a_clock_that_was_set_makes_nothing_older() {
        let now = at("2026-11-28T12:00:00Z");
        assert_eq!(passed(at("2026-11-27T12:00:00Z"), now).as_hours(), 24);
        for odd in ["2031-01-01T00:00:00Z", "2020-01-01T00:00:00Z"] {
            assert_eq!(passed(at(odd), now), SignedDuration::ZERO, "{odd}");
        }
    }
}
