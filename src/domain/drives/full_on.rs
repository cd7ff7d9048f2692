//! The day on which a place for backups will be full, when as much comes as came lately.
//!
//! Invariant: no day is told unless what lies there tells how much comes. What will be deleted until then is not known,
//! so the day is the earliest.
use jiff::Span;
use jiff::civil::Date;
use serde::Serialize;

use crate::domain::believable::is_day_ahead;

/// Days that "lately" looks back.
const LATELY_DAYS: i64 = 28;
/// Backups that reach back less far than this tell nothing of the growth.
const LEAST_DAYS: i64 = 14;
/// Nobody plans further ahead.
const FAR_DAYS: u64 = 3650;

/// A backup that lies on the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The day that it is of: when an archive was made, the evening of a night.
    pub day: Date,
    pub bytes: u64,
}

/// When the place will be full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "full", rename_all = "snake_case")]
pub enum FullOn {
    Now,
    Day {
        full_on: Date,
        bytes_a_day: u64,
    },
    /// Not within ten years.
    Far {
        bytes_a_day: u64,
    },
    /// Nothing came in the last four weeks.
    NotGrowing,
    /// What lies there does not reach back far enough.
    NotEnoughHistory,
    /// The place does not tell how much room it has, or is not there.
    RoomNotKnown,
}

/// `free` bytes are left `today`.
pub fn full_on(arrivals: &[Arrival], free: Option<u64>, today: Date) -> FullOn {
    let Some(free) = free else { return FullOn::RoomNotKnown };
    if free == 0 {
        return FullOn::Now;
    }
    // Days that lie ahead were written by another clock, and tell nothing.
    let believed: Vec<(i64, u64)> = arrivals
        .iter()
        .filter(|arrival| !is_day_ahead(arrival.day, today))
        .filter_map(|arrival| Some((age_days(arrival.day, today)?, arrival.bytes)))
        .collect();
    let history = believed.iter().map(|(age, _)| *age).max().unwrap_or(0);
    if history < LEAST_DAYS {
        return FullOn::NotEnoughHistory;
    }
    // The oldest day of a short history opens the time in which the others came.
    let window = history.min(LATELY_DAYS);
    let came: u64 = believed.iter().filter(|(age, _)| *age < window).map(|(_, bytes)| *bytes).sum();
    let bytes_a_day = came / window.unsigned_abs();
    if bytes_a_day == 0 {
        return FullOn::NotGrowing;
    }
    let days = free / bytes_a_day;
    let day = Span::new().try_days(days.cast_signed()).ok().and_then(|span| today.checked_add(span).ok());
    match day {
        Some(full_on) if days < FAR_DAYS => FullOn::Day { full_on, bytes_a_day },
        _ => FullOn::Far { bytes_a_day },
    }
}

fn age_days(day: Date, today: Date) -> Option<i64> {
    Some(i64::from(today.since(day).ok()?.get_days()).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 29);
    const M: u64 = 1_000_000;

    /// Backups of so many days ago.
    fn of(ages: &[(i64, u64)]) -> Vec<Arrival> {
        let day = |age: i64| TODAY.checked_sub(Span::new().days(age)).unwrap();
        ages.iter().map(|(age, bytes)| Arrival { day: day(*age), bytes: *bytes }).collect()
    }

    #[test]
    fn the_growth_of_the_last_four_weeks_tells_the_day() {
        let weekly = of(&[(400, 900 * M), (56, 70 * M), (22, 70 * M), (15, 70 * M), (8, 70 * M), (1, 70 * M)]);
        let day = |free| full_on(&weekly, Some(free), TODAY);
        assert_eq!(day(100 * M), FullOn::Day { full_on: date(2026, 12, 9), bytes_a_day: 10 * M });
        assert_eq!(day(9 * M), FullOn::Day { full_on: TODAY, bytes_a_day: 10 * M });
        assert_eq!(day(0), FullOn::Now);
        assert_eq!(day(40_000 * M), FullOn::Far { bytes_a_day: 10 * M });
        assert_eq!(day(u64::MAX), FullOn::Far { bytes_a_day: 10 * M });
    }

    #[test]
    fn a_short_history_counts_from_its_first_day_and_a_shorter_one_tells_nothing() {
        let nights: Vec<(i64, u64)> = (0..=20).map(|age| (age, 20 * M)).collect();
        assert_eq!(
            full_on(&of(&nights), Some(400 * M), TODAY),
            FullOn::Day { full_on: date(2026, 12, 19), bytes_a_day: 20 * M }
        );
        for few in [&[][..], &[(0, M)], &[(13, M), (1, M)]] {
            assert_eq!(full_on(&of(few), Some(400 * M), TODAY), FullOn::NotEnoughHistory, "{few:?}");
        }
    }

    #[test]
    fn nothing_is_invented_where_nothing_came_no_room_is_told_or_a_clock_was_ahead() {
        assert_eq!(full_on(&of(&[(300, M), (40, M)]), Some(M), TODAY), FullOn::NotGrowing);
        assert_eq!(full_on(&of(&[(300, M), (1, 7 * M)]), None, TODAY), FullOn::RoomNotKnown);
        let ahead = [of(&[(100, M), (-500, 900 * M)]), of(&[(-500, 900 * M)])];
        assert_eq!(full_on(&ahead[0], Some(M), TODAY), FullOn::NotGrowing);
        assert_eq!(full_on(&ahead[1], Some(M), TODAY), FullOn::NotEnoughHistory);
    }
}
