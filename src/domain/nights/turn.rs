//! When a daily plan has its turn, in the camera's zone: once a day, also when the clocks change.
use jiff::civil::Time;
use jiff::{ToSpan, Zoned};

/// The newest turn that is not after `now`. A time that a change of the clocks leaves out is the next
/// one that there is; one that comes twice counts the first time.
pub fn latest(daily: Time, now: &Zoned) -> Option<Zoned> {
    let on = |date: jiff::civil::Date| date.to_datetime(daily).to_zoned(now.time_zone().clone()).ok();
    on(now.date()).filter(|at| at <= now).or_else(|| on(now.date().yesterday().ok()?))
}

/// The first turn after `now`.
pub fn next(daily: Time, now: &Zoned) -> Option<Zoned> {
    let latest = latest(daily, now)?;
    let date = latest.date().checked_add(1.day()).ok()?;
    date.to_datetime(daily).to_zoned(now.time_zone().clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    fn at(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    #[test]
    fn every_day_has_one_turn_also_when_the_clocks_change() {
        for (daily, from) in [
            (time(11, 30, 0, 0), "2026-03-27T12:00:00+01:00[Europe/Berlin]"),
            (time(2, 30, 0, 0), "2026-03-27T12:00:00+01:00[Europe/Berlin]"),
            (time(2, 30, 0, 0), "2026-10-23T12:00:00+02:00[Europe/Berlin]"),
        ] {
            let (mut now, mut turns) = (at(from), Vec::new());
            for _ in 0..4 * 24 * 4 {
                now = now.checked_add(15.minutes()).unwrap();
                let turn = latest(daily, &now).unwrap();
                assert!(turn <= now && next(daily, &now).unwrap() > now, "{now}");
                if turns.last() != Some(&turn) {
                    turns.push(turn);
                }
            }
            let dates: std::collections::BTreeSet<_> = turns.iter().map(|turn| turn.date()).collect();
            assert_eq!(dates.len(), turns.len(), "{turns:?}");
            assert!(turns.len() >= 4, "{turns:?}");
        }
    }
}
