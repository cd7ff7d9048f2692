//! Whether a night is over. A running night is never copied, verified or deleted.
use jiff::Span;
use jiff::civil::DateTime;

use crate::domain::believable::is_day_ahead;
use crate::domain::night::Night;

/// What the source knows about its newest frames, in the camera's local time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traces {
    /// Night that the newest row belongs to, of those that are not dated ahead.
    pub newest_night: Option<Night>,
    /// Newest daytime row.
    pub newest_day_at: Option<DateTime>,
    /// Newest night row of the night that is asked about.
    pub last_night_at: Option<DateTime>,
    /// Its timelapse is finished and newer than its last frame.
    pub has_timelapse: TimelapseSeen,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TimelapseSeen {
    #[default]
    No,
    Finished,
}

/// True when nothing more will be added to `night`.
pub fn is_closed(night: Night, traces: &Traces, now: DateTime) -> bool {
    // Whether it is over depends on which of the two clocks was wrong, which is not known here.
    if is_day_ahead(night.date(), now.date()) {
        return false;
    }
    let next = |hour: i8| night.date().tomorrow().map(|d| d.at(hour, 0, 0, 0));
    let (Ok(noon), Ok(morning)) = (next(12), next(6)) else { return true };
    // A new night begins at solar noon at the latest, whatever else is known.
    if now >= noon || traces.newest_night.is_some_and(|newest| newest > night) {
        return true;
    }
    if traces.has_timelapse == TimelapseSeen::Finished {
        return true;
    }
    let Some(last) = traces.last_night_at else { return false };
    let passed = |since: DateTime, span: Span| since.checked_add(span).is_ok_and(|end| now >= end);
    if traces.newest_day_at.is_some_and(|day| day > last && passed(day, Span::new().minutes(15))) {
        return true;
    }
    // Cameras without daytime pictures: two hours of silence after six in the morning.
    now >= morning && passed(last, Span::new().hours(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;

    #[test]
    fn a_night_closes_at_noon_or_when_the_camera_shows_that_it_is_over() {
        let night = Night::parse("20251228").unwrap();
        let last = datetime(2025, 12, 29, 5, 42, 0, 0);
        let traces = Traces { newest_night: Some(night), last_night_at: Some(last), ..Traces::default() };
        assert!(!is_closed(night, &traces, datetime(2025, 12, 29, 2, 0, 0, 0)));
        assert!(!is_closed(night, &traces, datetime(2025, 12, 29, 7, 41, 0, 0)));
        assert!(is_closed(night, &traces, datetime(2025, 12, 29, 7, 42, 0, 0)), "two hours of silence");
        assert!(is_closed(night, &Traces::default(), datetime(2025, 12, 29, 12, 0, 0, 0)), "noon");
        let day = Traces { newest_day_at: Some(datetime(2025, 12, 29, 6, 0, 0, 0)), ..traces };
        assert!(!is_closed(night, &day, datetime(2025, 12, 29, 6, 14, 0, 0)));
        assert!(is_closed(night, &day, datetime(2025, 12, 29, 6, 15, 0, 0)), "a daytime picture");
        let film = Traces { has_timelapse: TimelapseSeen::Finished, ..traces };
        assert!(is_closed(night, &film, datetime(2025, 12, 29, 5, 50, 0, 0)), "a finished timelapse");
        let film = Traces { has_timelapse: TimelapseSeen::Finished, ..traces };
        assert!(!is_closed(Night::parse("20310101").unwrap(), &film, last), "of another clock");
        let later = Traces { newest_night: Night::parse("20251229").ok(), ..traces };
        assert!(is_closed(night, &later, datetime(2025, 12, 29, 5, 50, 0, 0)), "a newer night");
    }
}
