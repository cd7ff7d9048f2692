//! How long a host may be without a snapshot before its owner is told.
//!
//! Invariant: nobody is told of a host that no plan takes by itself, unless its owner has said how long it may be silent.
use std::fmt;

use jiff::{SignedDuration, Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use crate::domain::believable::is_ahead;
use crate::domain::plan::schedule::{Period, Schedule};

/// A host that is taken every day may miss one turn, and be late with the next one.
pub const LEAST: SignedDuration = SignedDuration::from_hours(26);
/// So many turns in a row without a snapshot are told.
const TURNS: i32 = 3;
/// Turns that are looked at for the longest time between two of them.
const LOOKED_AT: usize = 50;
const NEVER: &str = "never";

/// What an owner says: `2d`, or `never`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum StaleAfter {
    /// As its plan has its turns.
    #[default]
    Usual,
    Period(Period),
    Never,
}

impl TryFrom<String> for StaleAfter {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "" => Ok(StaleAfter::Usual),
            NEVER => Ok(StaleAfter::Never),
            _ => Period::try_from(text).map(StaleAfter::Period).map_err(|why| format!("{why}; or {NEVER}")),
        }
    }
}

impl From<StaleAfter> for String {
    fn from(after: StaleAfter) -> String {
        after.to_string()
    }
}

impl fmt::Display for StaleAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StaleAfter::Usual => Ok(()),
            StaleAfter::Period(period) => period.fmt(f),
            StaleAfter::Never => f.write_str(NEVER),
        }
    }
}

impl StaleAfter {
    pub fn is_usual(&self) -> bool {
        *self == StaleAfter::Usual
    }

    /// How long the host may be silent; `None` for ever. `between` is the longest time between two turns of a plan that
    /// takes it; `None` where none does, or all of them rest.
    pub fn limit(self, between: Option<SignedDuration>) -> Option<SignedDuration> {
        match self {
            StaleAfter::Never => None,
            StaleAfter::Period(period) => Some(period.length()),
            StaleAfter::Usual => between.map(|between| (between * TURNS).max(LEAST)),
        }
    }
}

/// The longest time between two turns from now on.
pub fn longest_between(schedule: &Schedule, now: &Zoned) -> Option<SignedDuration> {
    let turns: Vec<Zoned> = schedule.latest(now).into_iter().chain(schedule.coming(now, LOOKED_AT)).collect();
    turns.windows(2).filter_map(|two| Some(two.first()?.duration_until(two.get(1)?))).max()
}

/// What is to be done about a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// It rests, and nobody is told.
    Rests,
    /// Its silence is counted from now on: it is new, it has rested, or the clock was another one.
    CountAnew,
    Short,
    /// Its owner is told.
    Long,
}

/// `counted_from` is its last success, or when counting began anew; `None` while it is not counted.
pub fn judge(counted_from: Option<Timestamp>, limit: Option<SignedDuration>, now: Timestamp) -> Silence {
    match (counted_from, limit) {
        (_, None) => Silence::Rests,
        (None, _) => Silence::CountAnew,
        (Some(from), _) if is_ahead(from, now) => Silence::CountAnew,
        (Some(from), Some(limit)) if now.duration_since(from) > limit => Silence::Long,
        _ => Silence::Short,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(json: serde_json::Value) -> Schedule {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_host_may_miss_three_turns_and_never_less_than_a_day_and_two_hours() {
        let now: Zoned = "2026-11-26T10:00:00+00:00[UTC]".parse().unwrap();
        for (json, hours) in [
            (serde_json::json!({ "every": "1h" }), 26),
            (serde_json::json!({ "every": "8h" }), 26),
            (serde_json::json!({ "every": "9h" }), 27),
            (serde_json::json!({ "daily": "11:30" }), 72),
            (serde_json::json!({ "weekly": "sunday 12:15" }), 3 * 168),
            // By night alone: from 6 o'clock to 22 o'clock it rests.
            (serde_json::json!({ "cron": "0 22-23,0-6 * * *" }), 48),
        ] {
            let between = longest_between(&schedule(json.clone()), &now);
            assert_eq!(StaleAfter::Usual.limit(between).map(|limit| limit.as_hours()), Some(hours), "{json}");
        }
    }

    #[test]
    fn an_owner_may_say_another_limit_or_that_nobody_is_told() {
        let read = |text: &str| StaleAfter::try_from(text.to_owned());
        let hour = Some(SignedDuration::from_hours(1));
        assert_eq!(read("2d").unwrap().limit(None), Some(SignedDuration::from_hours(48)));
        assert_eq!(read("30m").unwrap().limit(hour), Some(SignedDuration::from_mins(30)));
        assert_eq!(read("never").unwrap().limit(hour), None);
        assert_eq!(StaleAfter::Usual.limit(None), None, "no plan takes it");
        for bad in ["2", "always", "-1d", "1m"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        for text in ["", "2d", "never"] {
            assert_eq!(String::from(read(text).unwrap()), text);
        }
    }

    #[test]
    fn silence_is_told_behind_its_limit_and_never_for_another_clock() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (now, day) = (at("2026-11-26T12:00:00Z"), Some(SignedDuration::from_hours(24)));
        for (from, limit, silence) in [
            (None, day, Silence::CountAnew),
            (Some("2026-11-25T12:00:00Z"), day, Silence::Short),
            (Some("2026-11-25T11:59:59Z"), day, Silence::Long),
            (Some("2020-01-01T00:00:00Z"), None, Silence::Rests),
            (Some("2026-11-27T11:00:00Z"), day, Silence::Short),
            (Some("2031-01-01T00:00:00Z"), day, Silence::CountAnew),
        ] {
            assert_eq!(judge(from.map(at), limit, now), silence, "{from:?}");
        }
    }
}
