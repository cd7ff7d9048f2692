//! Moments as people say them: "today 02:14", "since Monday", "2 years".
use jiff::{SignedDuration, Timestamp, Zoned};

/// "today 02:14", "yesterday 22:01", "Tue 17 Nov 2026, 22:01".
pub fn lately(at: Timestamp, now: &Zoned) -> String {
    let at = at.to_zoned(now.time_zone().clone());
    if at.date() == now.date() {
        at.strftime("today %H:%M").to_string()
    } else if now.date().yesterday().is_ok_and(|day| day == at.date()) {
        at.strftime("yesterday %H:%M").to_string()
    } else {
        at.strftime("%a %-d %b %Y, %H:%M").to_string()
    }
}

/// "since 02:14", "since yesterday", "since Monday", "since 3 Nov", "since 3 Nov 2024".
pub fn since(at: Timestamp, now: &Zoned) -> String {
    let at = at.to_zoned(now.time_zone().clone());
    let days = (now.date() - at.date()).get_days();
    let form = match days {
        0 => "since %H:%M",
        1 => "since yesterday",
        2..=6 => "since %A",
        _ if at.year() == now.year() => "since %-d %b",
        _ => "since %-d %b %Y",
    };
    at.strftime(form).to_string()
}

/// In the largest unit of which there are at least two, rounded down: "25 hours", "9 days", "5 weeks", "2 years".
pub fn age(span: SignedDuration) -> String {
    const UNITS: [(&str, i64); 5] =
        [("year", 365 * 24), ("month", 61 * 12), ("week", 7 * 24), ("day", 24), ("hour", 1)];
    let hours = span.as_hours().max(0);
    let largest = UNITS.iter().find(|(_, length)| hours >= 2 * length);
    match largest {
        Some((unit, length)) => format!("{} {unit}s", hours / length),
        None if hours == 1 => "1 hour".to_owned(),
        None => "less than an hour".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_said_as_people_say_them() {
        // A Thursday.
        let now: Zoned = "2026-11-26T12:00:00+01:00[Europe/Berlin]".parse().unwrap();
        for (at, when, from) in [
            ("2026-11-26T01:14:00Z", "today 02:14", "since 02:14"),
            ("2026-11-25T22:30:00Z", "yesterday 23:30", "since yesterday"),
            ("2026-11-23T08:00:00Z", "Mon 23 Nov 2026, 09:00", "since Monday"),
            ("2026-11-20T08:00:00Z", "Fri 20 Nov 2026, 09:00", "since Friday"),
            ("2026-11-19T08:00:00Z", "Thu 19 Nov 2026, 09:00", "since 19 Nov"),
            ("2024-11-19T08:00:00Z", "Tue 19 Nov 2024, 09:00", "since 19 Nov 2024"),
        ] {
            let at: Timestamp = at.parse().unwrap();
            assert_eq!((lately(at, &now), since(at, &now)), (when.to_owned(), from.to_owned()));
        }
    }

    #[test]
    fn an_age_has_the_largest_unit_that_says_something() {
        for (hours, said) in [
            (-5, "less than an hour"),
            (0, "less than an hour"),
            (1, "1 hour"),
            (26, "26 hours"),
            (48, "2 days"),
            (13 * 24, "13 days"),
            (14 * 24, "2 weeks"),
            (60 * 24, "8 weeks"),
            (61 * 24, "2 months"),
            (500 * 24, "16 months"),
            (2 * 365 * 24, "2 years"),
        ] {
            assert_eq!(age(SignedDuration::from_hours(hours)), said, "{hours}");
        }
    }
}
