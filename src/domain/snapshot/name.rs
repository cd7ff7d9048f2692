//! What a snapshot is called: the hour that it stands for, in the time of the owner, like `2026-03-06_0800`.
//!
//! In autumn an hour comes twice; its second one has an `f` behind it. A name is read strictly, so that a folder of
//! somebody else is never taken for a snapshot.
use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

const FORMAT: &str = "%Y-%m-%d_%H00";
/// Bytes of a name without its `f`.
const LENGTH: usize = 15;

/// The hour of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SnapshotName {
    hour: DateTime,
    turn: Turn,
}

/// Which of the two hours with one name it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Turn {
    First,
    /// After the clock was put back.
    Second,
}

impl SnapshotName {
    /// The hour in which `now` lies, and the moment at which it began.
    pub fn of(now: &Zoned) -> (SnapshotName, Timestamp) {
        let hour = now.datetime().date().at(now.hour(), 0, 0, 0);
        let turn = match now.time_zone().to_ambiguous_zoned(now.datetime()).offset() {
            AmbiguousOffset::Fold { after, .. } if now.offset() == after => Turn::Second,
            _ => Turn::First,
        };
        let since =
            jiff::SignedDuration::new(i64::from(now.minute()) * 60 + i64::from(now.second()), now.subsec_nanosecond());
        (SnapshotName { hour, turn }, now.timestamp().checked_sub(since).unwrap_or(now.timestamp()))
    }

    /// The hour itself, by the clock of its owner.
    pub fn hour(&self) -> DateTime {
        self.hour
    }

    /// The moment at which the hour began in `zone`, for a snapshot that does not say it itself.
    pub fn begin(&self, zone: &TimeZone) -> Option<Timestamp> {
        let ambiguous = zone.to_ambiguous_zoned(self.hour);
        let zoned = match self.turn {
            Turn::First => ambiguous.earlier(),
            Turn::Second => ambiguous.later(),
        };
        zoned.ok().map(|at| at.timestamp())
    }
}

impl TryFrom<String> for SnapshotName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let odd = || format!("{text:?} is no name of a snapshot: write it like 2026-03-06_0800");
        let (plain, turn) = match text.strip_suffix('f') {
            Some(plain) => (plain, Turn::Second),
            None => (text.as_str(), Turn::First),
        };
        let (day, hour) = plain.split_once('_').filter(|_| plain.len() == LENGTH).ok_or_else(odd)?;
        let hour = hour.strip_suffix("00").and_then(|hour| hour.parse().ok()).ok_or_else(odd)?;
        let day: jiff::civil::Date = day.parse().map_err(|_| odd())?;
        let time = jiff::civil::Time::new(hour, 0, 0, 0).map_err(|_| odd())?;
        let name = SnapshotName { hour: day.to_datetime(time), turn };
        // There are several ways to write a date; only one of them is a name.
        if name.to_string() == text { Ok(name) } else { Err(odd()) }
    }
}

impl From<SnapshotName> for String {
    fn from(name: SnapshotName) -> String {
        name.to_string()
    }
}

impl fmt::Display for SnapshotName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let turn = if self.turn == Turn::Second { "f" } else { "" };
        write!(f, "{}{turn}", self.hour.strftime(FORMAT))
    }
}

impl std::str::FromStr for SnapshotName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        SnapshotName::try_from(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(at: &str) -> (String, String) {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let (name, begin) = SnapshotName::of(&at.parse::<Timestamp>().unwrap().to_zoned(zone.clone()));
        assert_eq!(name.begin(&zone), Some(begin), "{at}");
        (name.to_string(), begin.to_string())
    }

    #[test]
    fn a_snapshot_is_called_by_its_hour_and_an_hour_that_comes_twice_has_two_names() {
        for (at, name, begin) in [
            ("2026-03-06T07:59:59.9Z", "2026-03-06_0800", "2026-03-06T07:00:00Z"),
            ("2026-10-25T00:30:00Z", "2026-10-25_0200", "2026-10-25T00:00:00Z"),
            ("2026-10-25T01:30:00Z", "2026-10-25_0200f", "2026-10-25T01:00:00Z"),
            ("2026-10-25T02:00:00Z", "2026-10-25_0300", "2026-10-25T02:00:00Z"),
            ("2026-03-29T00:59:00Z", "2026-03-29_0100", "2026-03-29T00:00:00Z"),
            ("2026-03-29T01:00:00Z", "2026-03-29_0300", "2026-03-29T01:00:00Z"),
        ] {
            assert_eq!(named(at), (name.to_owned(), begin.to_owned()), "{at}");
        }
    }

    #[test]
    fn a_folder_of_somebody_else_is_no_snapshot() {
        for good in ["2026-03-06_0800", "2026-10-25_0200f", "2024-02-29_2300"] {
            assert_eq!(good.parse::<SnapshotName>().unwrap().to_string(), good);
        }
        for odd in [
            "",
            "2026-03-06",
            "2026-03-06_08",
            "2026-03-06_0830",
            "2026-03-06_2400",
            "2026-02-30_0800",
            "2026-3-06_0800",
            "2026-03-06_0800ff",
            "2026-03-06_0800 ",
            "20260306_080000",
            "latest",
            "2026-03-06_+800",
            "2026-03-06_0800.old",
        ] {
            assert!(odd.parse::<SnapshotName>().is_err(), "{odd}");
        }
    }
}
