//! The last thirty days of a plan, a mark for each, with the worst that happened on it.
use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{ToSpan, Zoned};
use maud::{Markup, html};

use crate::domain::job::JobState;
use crate::domain::run::Run;
use crate::panel::parts::words;

const DAYS: i32 = 30;

/// The worst state of each day, today last.
fn days(runs: &[Run], now: &Zoned) -> Vec<(Date, Option<JobState>)> {
    let mut worst: BTreeMap<Date, JobState> = BTreeMap::new();
    for run in runs {
        let day = run.queued_at.to_zoned(now.time_zone().clone()).date();
        let known = worst.entry(day).or_insert(run.state);
        if run.state.badness() > known.badness() {
            *known = run.state;
        }
    }
    let days = (0..DAYS).rev().filter_map(|back| now.date().checked_sub(back.days()).ok());
    days.map(|day| (day, worst.get(&day).copied())).collect()
}

pub fn draw(runs: &[Run], now: &Zoned) -> Markup {
    let days = days(runs, now);
    let ran = days.iter().filter(|(_, state)| state.is_some()).count() as u64;
    let bad = days.iter().filter(|(_, state)| state.is_some_and(JobState::is_bad)).count() as u64;
    let said = match (ran, bad) {
        (0, _) => "No run in the last 30 days".to_owned(),
        (ran, 0) => format!("Last 30 days: {} with runs, all went well", words::counted(ran, "day")),
        (ran, bad) => format!("Last 30 days: {} with runs, {bad} to look at", words::counted(ran, "day")),
    };
    html! {
        ol.ab-strip aria-hidden="true" {
            @for (day, state) in &days {
                @let word = state.map_or("no run", JobState::word);
                li data-state=(state.map_or("none", JobState::word)) title=(format!("{}: {word}", day.strftime("%a %-d %b"))) {}
            }
        }
        p.ab-small { (said) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::job::Trigger;
    use crate::domain::plan::name::PlanName;
    use crate::domain::run_id::RunId;

    fn run(at: &str, state: JobState) -> Run {
        Run {
            id: RunId::nil(),
            plan: PlanName::nights(),
            trigger: Trigger::Schedule,
            slot: None,
            state,
            queued_at: at.parse().unwrap(),
            started_at: None,
            ended_at: None,
        }
    }

    #[test]
    fn a_day_shows_the_worst_that_happened_on_it_in_the_zone_of_the_camera() {
        let now: Zoned = "2026-11-21T12:00:00+01:00[Europe/Berlin]".parse().unwrap();
        let runs = [
            run("2026-11-20T11:00:00Z", JobState::Failed),
            run("2026-11-20T12:00:00Z", JobState::Success),
            run("2026-11-20T23:30:00Z", JobState::Success),
            run("2026-10-01T00:00:00Z", JobState::Failed),
        ];
        let days = days(&runs, &now);
        assert_eq!(days.len(), 30);
        assert_eq!((days[28].1, days[29].1), (Some(JobState::Failed), Some(JobState::Success)));
        assert!(days[..28].iter().all(|(_, state)| state.is_none()));
    }
}
