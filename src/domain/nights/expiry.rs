//! When the camera itself deletes a night.
use jiff::Span;
use jiff::civil::{Date, DateTime};

use crate::domain::night::Night;

/// Hours of warning that an owner gets.
const WARNING_HOURS: i64 = 48;

/// True when a camera that keeps `days` days of pictures deletes `night` before two days have passed.
/// `None` and 0 keep everything.
pub fn expires_soon(night: Night, days: Option<u32>, now: DateTime) -> bool {
    let Some(days) = days.filter(|days| *days > 0) else { return false };
    let last = now
        .checked_add(Span::new().hours(WARNING_HOURS))
        .and_then(|soon| soon.date().checked_sub(Span::new().try_days(i64::from(days))?));
    last.is_ok_and(|kept_from| night.date() < kept_from)
}

/// The day on which a camera that keeps `days` days of pictures deletes `night`; it does so in the
/// morning, when a night ends.
pub fn deleted_on(night: Night, days: Option<u32>) -> Option<Date> {
    let days = days.filter(|days| *days > 0)?;
    night.date().checked_add(Span::new().try_days(i64::from(days) + 1).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_night_is_at_risk_two_days_before_the_camera_deletes_it() {
        let now = date(2025, 12, 29).at(2, 0, 0, 0);
        let at = |text: &str, days| expires_soon(Night::parse(text).unwrap(), days, now);
        assert!(at("20251220", Some(10)));
        assert!(!at("20251221", Some(10)));
        assert!(!at("20000101", Some(0)), "0 means for ever");
        assert!(!at("20000101", None));
    }

    #[test]
    fn the_day_of_its_end_is_the_first_on_which_it_is_too_old() {
        let night = Night::parse("20251219").unwrap();
        assert_eq!(deleted_on(night, Some(10)), Some(date(2025, 12, 30)));
        assert_eq!(deleted_on(night, Some(0)), None);
    }
}
