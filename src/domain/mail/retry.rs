//! When a mail that could not be delivered is tried again, and when that ends.
use jiff::{SignedDuration, Timestamp};

use crate::domain::believable;

/// After the first failures; the last step repeats.
const MINUTES: [i64; 4] = [1, 5, 15, 60];
/// A report of last week helps nobody.
const DAYS: i64 = 3;

/// More than so many attempts do not fit into these days.
const MOST: u32 = 90;

/// What becomes of a mail after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    At(Timestamp),
    GiveUp,
}

/// After `attempts` failures (at least 1) of a mail that was written at `queued`.
pub fn next(attempts: u32, queued: Timestamp, now: Timestamp) -> Next {
    let step = MINUTES[(attempts.max(1) as usize - 1).min(MINUTES.len() - 1)];
    // A clock that was set makes a mail look older or younger than it is, never a reason to drop it.
    let age = believable::passed(queued, now);
    match now.checked_add(SignedDuration::from_mins(step)) {
        Ok(at) if age < SignedDuration::from_hours(24 * DAYS) && attempts < MOST => Next::At(at),
        _ => Next::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_come_after_1_5_15_and_60_minutes_then_hourly_for_three_days() {
        let queued = Timestamp::from_second(1_700_000_000).unwrap();
        let (mut now, mut waits) = (queued, Vec::new());
        for attempts in 1.. {
            match next(attempts, queued, now) {
                Next::At(at) => {
                    waits.push(at.duration_since(now).as_mins());
                    now = at;
                }
                Next::GiveUp => break,
            }
        }
        assert_eq!(waits[..6], [1, 5, 15, 60, 60, 60]);
        assert_eq!(now.duration_since(queued).as_hours(), 72);
        assert!(waits.len() < 80, "{}", waits.len());
    }

    #[test]
    fn a_clock_that_was_set_drops_nothing_and_nothing_is_tried_for_ever() {
        let queued = Timestamp::from_second(1_700_000_000).unwrap();
        let years_later = Timestamp::from_second(1_900_000_000).unwrap();
        assert!(matches!(next(9, queued, years_later), Next::At(_)));
        assert_eq!(next(MOST, queued, years_later), Next::GiveUp);
        assert!(matches!(next(9, queued, Timestamp::from_second(0).unwrap()), Next::At(_)));
    }
}
