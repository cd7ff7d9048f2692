//! One observing night, named by the date of its evening.
use std::fmt;

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a night: eight digits YYYYMMDD, a real date")]
pub struct BadNight(pub String);

/// A date that prints as the camera names its folders, `20261117`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Night(Date);

impl Night {
    pub fn new(date: Date) -> Self {
        Night(date)
    }

    pub fn parse(text: &str) -> Result<Self, BadNight> {
        let bad = || BadNight(text.to_owned());
        if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        Date::strptime("%Y%m%d", text).map(Night).map_err(|_| bad())
    }

    /// Reads a night as people write it, `2026-11-17`, or as the camera does.
    pub fn parse_any(text: &str) -> Result<Self, BadNight> {
        let bytes = text.as_bytes();
        match (bytes.len(), bytes.get(4), bytes.get(7)) {
            (10, Some(b'-'), Some(b'-')) => {
                Night::parse(&text.replacen('-', "", 2)).map_err(|_| BadNight(text.to_owned()))
            }
            _ => Night::parse(text),
        }
    }

    pub fn date(self) -> Date {
        self.0
    }

    /// At noon of the next day at the latest no camera takes a picture of it any more.
    pub fn is_over(self, now: DateTime) -> bool {
        self.0.tomorrow().is_ok_and(|morning| morning.at(12, 0, 0, 0) <= now)
    }
}

impl fmt::Display for Night {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y%m%d"))
    }
}

impl TryFrom<String> for Night {
    type Error = BadNight;
    fn try_from(text: String) -> Result<Self, BadNight> {
        Night::parse(&text)
    }
}

impl From<Night> for String {
    fn from(night: Night) -> String {
        night.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Night;

    #[test]
    fn only_real_dates_are_nights() {
        assert_eq!(Night::parse("20260228").unwrap().to_string(), "20260228");
        for bad in ["20260230", "2026022", "test", "2026-2-8", "202602281", ""] {
            assert!(Night::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Night::parse_any("2026-02-28"), Night::parse("20260228"));
        for bad in ["2026-02-30", "2026-2-8", "20-60-228-", "2026x02-28"] {
            assert!(Night::parse_any(bad).is_err(), "{bad}");
        }
    }
}
