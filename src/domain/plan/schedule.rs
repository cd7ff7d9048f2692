//! When a plan has its turns, in the camera's zone.
//!
//! Invariant: a slot comes once. A time that a change of the clocks leaves out comes as much later as the clocks
//! jump (02:30 is 03:30 on that day); one that comes twice counts the first time.
use std::fmt;

use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan, Zoned};
use serde::{Deserialize, Serialize};

pub use super::cron::Cron;

/// Clocks are changed by less than this.
const CHANGE: SignedDuration = SignedDuration::from_hours(3);
/// The search for a slot around a change of the clocks ends after this many.
const MOST_SLOTS: usize = 1000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// Aligned to UTC, so that a change of the clocks does not stretch it.
    Every(Period),
    Daily(Daily),
    Weekly(Weekly),
    Cron(Cron),
}

impl Schedule {
    /// The newest slot that is not after `now`.
    pub fn latest(&self, now: &Zoned) -> Option<Zoned> {
        if let Schedule::Every(period) = self {
            return period.slot(now.timestamp(), 0).map(|at| at.to_zoned(now.time_zone().clone()));
        }
        let mut at = self.previous_civil(now.datetime().checked_add(CHANGE).ok()?)?;
        for _ in 0..MOST_SLOTS {
            match instant(at, now.time_zone()) {
                Some(slot) if slot <= *now => return Some(slot),
                _ => at = self.previous_civil(at.checked_sub(1.minute()).ok()?)?,
            }
        }
        None
    }

    /// The first slot after `now`.
    pub fn next(&self, now: &Zoned) -> Option<Zoned> {
        if let Schedule::Every(period) = self {
            return period.slot(now.timestamp(), 1).map(|at| at.to_zoned(now.time_zone().clone()));
        }
        let mut at = self.next_civil(now.datetime().checked_sub(CHANGE).ok()?)?;
        for _ in 0..MOST_SLOTS {
            match instant(at, now.time_zone()) {
                Some(slot) if slot > *now => return Some(slot),
                _ => at = self.next_civil(at.checked_add(1.minute()).ok()?)?,
            }
        }
        None
    }

    /// The first `count` slots after `now`; fewer where the calendar ends.
    pub fn coming(&self, now: &Zoned, count: usize) -> Vec<Zoned> {
        std::iter::successors(self.next(now), |slot| self.next(slot)).take(count).collect()
    }

    /// The newest time on the wall at or before `at`.
    fn previous_civil(&self, at: DateTime) -> Option<DateTime> {
        match self {
            Schedule::Every(_) => None,
            Schedule::Daily(Daily(time)) => {
                let today = at.date().to_datetime(*time);
                if today <= at { Some(today) } else { today.checked_sub(1.day()).ok() }
            }
            Schedule::Weekly(Weekly { day, time }) => {
                let ahead = Span::new().days(i64::from(day.since(at.date().weekday())));
                let coming = at.date().to_datetime(*time).checked_add(ahead).ok()?;
                if coming <= at { Some(coming) } else { coming.checked_sub(1.week()).ok() }
            }
            Schedule::Cron(cron) => cron.previous(at),
        }
    }

    /// The first time on the wall at or after `at`.
    fn next_civil(&self, at: DateTime) -> Option<DateTime> {
        match self {
            Schedule::Every(_) => None,
            Schedule::Cron(cron) => cron.next(at),
            Schedule::Daily(_) | Schedule::Weekly(_) => {
                let before = self.previous_civil(at)?;
                if before == at { Some(at) } else { before.checked_add(self.step()).ok() }
            }
        }
    }

    fn step(&self) -> Span {
        if matches!(self, Schedule::Weekly(_)) { 1.week() } else { 1.day() }
    }
}

/// The moment of a time on the wall.
fn instant(at: DateTime, zone: &TimeZone) -> Option<Zoned> {
    zone.to_ambiguous_zoned(at).compatible().ok()
}

/// `11:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Daily(pub Time);

fn time_of_day(text: &str) -> Result<Time, String> {
    Time::strptime("%H:%M", text).map_err(|_| format!("{text:?} is no time of day: write it like 11:30"))
}

impl TryFrom<String> for Daily {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        time_of_day(&text).map(Daily)
    }
}

impl From<Daily> for String {
    fn from(daily: Daily) -> String {
        daily.0.strftime("%H:%M").to_string()
    }
}

/// `sunday 12:15`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Weekly {
    pub day: Weekday,
    pub time: Time,
}

/// Days of the week as they are written down.
pub const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

impl Weekly {
    /// By day, when the camera rests.
    pub fn sunday_noon() -> Weekly {
        Weekly { day: Weekday::Sunday, time: Time::constant(12, 15, 0, 0) }
    }

    pub fn day_word(&self) -> &'static str {
        DAYS.iter().find(|(_, day)| *day == self.day).map_or("sunday", |(word, _)| word)
    }
}

impl TryFrom<String> for Weekly {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no time of the week: write it like sunday 12:15");
        let (word, time) = text.split_once(' ').ok_or_else(wrong)?;
        let day = DAYS.iter().find(|(name, _)| *name == word).map(|(_, day)| *day).ok_or_else(wrong)?;
        Ok(Weekly { day, time: time_of_day(time.trim()).map_err(|_| wrong())? })
    }
}

impl From<Weekly> for String {
    fn from(weekly: Weekly) -> String {
        format!("{} {}", weekly.day_word(), weekly.time.strftime("%H:%M"))
    }
}

/// `6h`, `30m`, `2d`; at least five minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    minutes: i64,
}

const UNITS: [(&str, i64); 3] = [("d", 24 * 60), ("h", 60), ("m", 1)];

impl Period {
    pub fn of_days(days: u16) -> Period {
        Period { minutes: i64::from(days) * 24 * 60 }
    }

    pub fn length(self) -> SignedDuration {
        SignedDuration::from_mins(self.minutes)
    }

    /// The slot in which `now` lies, or the one that is `further` slots on.
    fn slot(self, now: Timestamp, further: i64) -> Option<Timestamp> {
        let seconds = self.minutes * 60;
        Timestamp::from_second((now.as_second().div_euclid(seconds) + further) * seconds).ok()
    }
}

impl TryFrom<String> for Period {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let minutes = UNITS.iter().find_map(|(unit, factor)| {
            let number: i64 = text.strip_suffix(unit)?.parse().ok()?;
            number.checked_mul(*factor)
        });
        match minutes {
            Some(minutes) if (5..=366 * 24 * 60).contains(&minutes) => Ok(Period { minutes }),
            _ => Err(format!("{text:?} is no period: write it like 6h, 30m or 2d, at least 5m and at most 366d")),
        }
    }
}

impl From<Period> for String {
    fn from(period: Period) -> String {
        period.to_string()
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = UNITS.iter().find(|(_, factor)| self.minutes % factor == 0);
        let (unit, factor) = whole.unwrap_or(&UNITS[2]);
        write!(f, "{}{unit}", self.minutes / factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(json: serde_json::Value) -> Schedule {
        serde_json::from_value(json).unwrap()
    }

    fn at(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_that_the_clocks_leave_out_comes_as_much_later_and_one_that_comes_twice_counts_once() {
        let daily = schedule(serde_json::json!({ "daily": "02:30" }));
        let spring = at("2026-03-29T12:00:00+02:00[Europe/Berlin]");
        assert_eq!(daily.latest(&spring).unwrap(), at("2026-03-29T03:30:00+02:00[Europe/Berlin]"));
        let autumn = at("2026-10-25T12:00:00+01:00[Europe/Berlin]");
        assert_eq!(daily.latest(&autumn).unwrap(), at("2026-10-25T02:30:00+02:00[Europe/Berlin]"));
        let between = at("2026-10-25T02:10:00+01:00[Europe/Berlin]");
        assert_eq!(daily.latest(&between).unwrap(), at("2026-10-25T02:30:00+02:00[Europe/Berlin]"));
        assert_eq!(daily.next(&between).unwrap().date(), jiff::civil::date(2026, 10, 26));
    }

    #[test]
    fn each_kind_has_its_next_and_its_latest_slot() {
        // A Thursday.
        let now = at("2026-11-26T10:00:00+01:00[Europe/Berlin]");
        for (json, latest, next) in [
            (serde_json::json!({ "daily": "10:00" }), "2026-11-26T10:00", "2026-11-27T10:00"),
            (serde_json::json!({ "weekly": "sunday 12:15" }), "2026-11-22T12:15", "2026-11-29T12:15"),
            (serde_json::json!({ "weekly": "thursday 09:00" }), "2026-11-26T09:00", "2026-12-03T09:00"),
            (serde_json::json!({ "weekly": "thursday 11:00" }), "2026-11-19T11:00", "2026-11-26T11:00"),
            (serde_json::json!({ "every": "4h" }), "2026-11-26T09:00", "2026-11-26T13:00"),
            (serde_json::json!({ "cron": "30 3 1 * *" }), "2026-11-01T03:30", "2026-12-01T03:30"),
            (serde_json::json!({ "cron": "0 0 29 2 *" }), "2024-02-29T00:00", "2028-02-29T00:00"),
        ] {
            let schedule = schedule(json.clone());
            let minute = |at: Option<Zoned>| at.unwrap().strftime("%Y-%m-%dT%H:%M").to_string();
            assert_eq!((minute(schedule.latest(&now)), minute(schedule.next(&now))), (latest.into(), next.into()));
            assert_eq!(serde_json::to_value(&schedule).unwrap(), json, "it reads back");
        }
    }

    #[test]
    fn the_next_five_times_are_in_order_also_when_the_clocks_change() {
        let minutes = |json: serde_json::Value, now: &str| -> Vec<String> {
            let coming = schedule(json).coming(&at(now), 5);
            coming.iter().map(|at| at.strftime("%m-%d %H:%M").to_string()).collect()
        };
        let before = "2026-03-27T12:00:00+01:00[Europe/Berlin]";
        let daily = ["03-28 02:30", "03-29 03:30", "03-30 02:30", "03-31 02:30", "04-01 02:30"];
        assert_eq!(minutes(serde_json::json!({ "daily": "02:30" }), before), daily);
        let autumn = "2026-10-24T22:10:00+02:00[Europe/Berlin]";
        let hours = ["10-24 23:00", "10-25 00:00", "10-25 01:00", "10-25 02:00", "10-25 02:00"];
        assert_eq!(minutes(serde_json::json!({ "every": "1h" }), autumn), hours, "02:00 comes twice there");
        let leap = ["02-29 00:00"; 5];
        assert_eq!(minutes(serde_json::json!({ "cron": "0 0 29 2 *" }), before), leap);
    }

    #[test]
    fn what_is_no_schedule_is_refused_in_words() {
        for bad in [
            serde_json::json!({ "daily": "25:00" }),
            serde_json::json!({ "weekly": "sunday" }),
            serde_json::json!({ "weekly": "Caturday 10:00" }),
            serde_json::json!({ "every": "1m" }),
            serde_json::json!({ "every": "-4h" }),
            serde_json::json!({ "cron": "0 3 * *" }),
            serde_json::json!({ "cron": "0 0 30 2 *" }),
            serde_json::json!({ "cron": "0 0 0 * * *" }),
            serde_json::json!({ "sometimes": "x" }),
        ] {
            assert!(serde_json::from_value::<Schedule>(bad.clone()).is_err(), "{bad}");
        }
    }
}
