//! A month of a year, as golden months are called: `2026-03`. It is read strictly, so that a folder of somebody else is
//! never taken for one.
use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month(Date);

impl Month {
    /// The month in which `now` lies.
    pub fn of(now: &Zoned) -> Month {
        Month(now.date().first_of_month())
    }

    /// The moment at which it begins in `zone`.
    pub fn begin(self, zone: &TimeZone) -> Timestamp {
        let zoned = self.0.to_zoned(zone.clone());
        zoned.map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
    }

    /// The month whose golden copy is owed: the present one on its `day` or later (on its last day where it has no such
    /// day), or at once where there is no month at all.
    pub fn due(existing: &[Month], now: &Zoned, day: u8) -> Option<Month> {
        let month = Month::of(now);
        let day = i8::try_from(day).unwrap_or(1).clamp(1, now.date().days_in_month());
        let is_time = existing.is_empty() || now.date().day() >= day;
        (is_time && !existing.contains(&month)).then_some(month)
    }
}

impl TryFrom<String> for Month {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let odd = || format!("{text:?} is no month: write it like 2026-03");
        let first: Date = format!("{text}-01").parse().map_err(|_| odd())?;
        let month = Month(first);
        if text.len() == 7 && month.to_string() == text { Ok(month) } else { Err(odd()) }
    }
}

impl std::str::FromStr for Month {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Month::try_from(text.to_owned())
    }
}

impl From<Month> for String {
    fn from(month: Month) -> String {
        month.to_string()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(existing: &[&str], now: &str, day: u8) -> Option<String> {
        let existing: Vec<Month> = existing.iter().map(|month| month.parse().unwrap()).collect();
        Month::due(&existing, &now.parse::<Zoned>().unwrap(), day).map(|month| month.to_string())
    }

    #[test]
    fn a_month_is_owed_from_its_day_on_also_when_that_day_was_missed() {
        let feb = |day: u8, hour: u8| format!("2026-02-{day:02}T{hour:02}:00:00+01:00[Europe/Berlin]");
        assert_eq!(due(&["2026-01"], &feb(28, 0), 31).as_deref(), Some("2026-02"), "the last day stands for the 31st");
        assert_eq!(due(&["2026-01"], &feb(27, 23), 31), None);
        assert_eq!(due(&["2026-01"], &feb(5, 0), 1).as_deref(), Some("2026-02"), "the first was missed");
        assert_eq!(due(&["2026-01", "2026-02"], &feb(28, 0), 1), None);
        assert_eq!(due(&[], &feb(2, 0), 20).as_deref(), Some("2026-02"), "at once where there is none");
        assert_eq!(due(&["2026-01"], "2026-01-31T23:30:00Z[UTC]", 1), None);
        assert_eq!(due(&["2026-01"], "2026-02-01T00:30:00+01:00[Europe/Berlin]", 1).as_deref(), Some("2026-02"));
    }

    #[test]
    fn only_a_month_as_we_write_it_is_one() {
        assert_eq!("2026-03".parse::<Month>().unwrap().to_string(), "2026-03");
        for odd in ["", "2026", "2026-3", "2026-13", "2026-03-01", "2026-03 ", "26-03", "-026-03", "2026_03"] {
            assert!(odd.parse::<Month>().is_err(), "{odd}");
        }
    }
}
