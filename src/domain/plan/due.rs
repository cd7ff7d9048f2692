//! Whether a plan owes a run now. A turn that was missed while the machine was off is caught up once,
//! however many were missed.
use jiff::{Timestamp, Zoned};

use super::schedule::Schedule;
use crate::domain::believable::is_ahead;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Nothing is owed, and nothing has to be written down.
    NotYet,
    /// The plan is new here: this slot counts as done, and the first run is that of the next one.
    Begins(Timestamp),
    /// This slot is owed.
    Now(Timestamp),
}

/// `last` is the slot of the last turn, whether its run went well or not.
pub fn due(schedule: &Schedule, last: Option<Timestamp>, now: &Zoned) -> Due {
    let Some(slot) = schedule.latest(now).map(|slot| slot.timestamp()) else { return Due::NotYet };
    match last {
        None => Due::Begins(slot),
        Some(last) if is_ahead(last, now.timestamp()) => Due::Begins(slot),
        Some(last) if last < slot => Due::Now(slot),
        Some(_) => Due::NotYet,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn schedule(json: serde_json::Value) -> Schedule {
        serde_json::from_value(json).unwrap()
    }

    /// Every look in 800 days, at odd distances of up to an hour, in zones that change their clocks in
    /// other ways, by half an hour too.
    #[test]
    fn in_800_days_every_slot_comes_once_also_when_the_clocks_change() {
        let daily = || schedule(serde_json::json!({ "daily": "02:30" }));
        for (zone, schedule, runs) in [
            ("Europe/Berlin", daily(), 800..=800),
            ("Europe/Berlin", schedule(serde_json::json!({ "every": "4h" })), 4800..=4800),
            ("Europe/Berlin", schedule(serde_json::json!({ "cron": "45 */6 * * *" })), 3200..=3200),
            ("America/St_Johns", schedule(serde_json::json!({ "cron": "1 0 * * *" })), 800..=800),
            ("Australia/Lord_Howe", schedule(serde_json::json!({ "daily": "02:15" })), 800..=800),
            ("America/Santiago", schedule(serde_json::json!({ "weekly": "sunday 00:00" })), 114..=115),
            ("UTC", daily(), 800..=800),
        ] {
            let mut now: Zoned = format!("2026-01-01T12:00:00[{zone}]").parse().unwrap();
            let end = now.checked_add(jiff::Span::new().days(800)).unwrap();
            let (mut last, mut slots, mut minutes) = (None, Vec::new(), 7);
            while now < end {
                match due(&schedule, last, &now) {
                    Due::NotYet => {}
                    Due::Begins(slot) => last = Some(slot),
                    Due::Now(slot) => {
                        assert!(slot <= now.timestamp());
                        assert!(Some(slot) > last, "{zone} {schedule:?}: {now} runs a slot again");
                        (last, _) = (Some(slot), slots.push(slot));
                        assert_eq!(due(&schedule, last, &now), Due::NotYet, "a second look does nothing");
                    }
                }
                minutes = minutes * 31 % 59 + 1;
                now = now.checked_add(jiff::SignedDuration::from_mins(minutes)).unwrap();
            }
            assert!(runs.contains(&slots.len()), "{zone} {schedule:?}: {} runs", slots.len());
            let distinct: BTreeSet<_> = slots.iter().collect();
            assert_eq!(distinct.len(), slots.len());
        }
    }

    #[test]
    fn a_month_of_missed_turns_is_caught_up_once_and_a_clock_that_ran_ahead_holds_nothing_up() {
        let weekly = schedule(serde_json::json!({ "weekly": "sunday 12:15" }));
        let now: Zoned = "2026-11-26T10:00:00+01:00[Europe/Berlin]".parse().unwrap();
        let at = |text: &str| text.parse::<Timestamp>().ok();
        let newest = at("2026-11-22T11:15:00Z").unwrap();
        assert_eq!(due(&weekly, at("2026-10-18T10:15:00Z"), &now), Due::Now(newest));
        assert_eq!(due(&weekly, Some(newest), &now), Due::NotYet);
        assert_eq!(due(&weekly, None, &now), Due::Begins(newest));
        assert_eq!(due(&weekly, at("2036-01-01T00:00:00Z"), &now), Due::Begins(newest));
        assert_eq!(due(&weekly, at("2026-11-26T20:00:00Z"), &now), Due::NotYet, "a clock that was set back a little");
    }
}
