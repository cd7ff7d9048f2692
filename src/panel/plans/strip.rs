//! The last thirty days of a plan, a mark for each, with the worst that happened on it.
use jiff::civil::Date;
use jiff::{ToSpan, Zoned};
use maud::{Markup, html};

use crate::domain::job::{Job, JobState};
use crate::panel::words;

const DAYS: i32 = 30;

/// From good to bad.
fn badness(state: JobState) -> u8 {
    match state {
        JobState::Success => 0,
        JobState::Queued | JobState::Running => 1,
        JobState::Cancelled => 2,
        JobState::Warning => 3,
        JobState::Interrupted => 4,
        JobState::Failed => 5,
    }
}

/// The worst state of each day, today last.
fn days(jobs: &[&Job], now: &Zoned) -> Vec<(Date, Option<JobState>)> {
    let day_of = |job: &Job| job.queued_at.to_zoned(now.time_zone().clone()).date();
    let days = (0..DAYS).rev().filter_map(|back| now.date().checked_sub(back.days()).ok());
    days.map(|day| {
        let states = jobs.iter().filter(|job| day_of(job) == day).map(|job| job.state);
        (day, states.max_by_key(|state| badness(*state)))
    })
    .collect()
}

pub fn draw(jobs: &[&Job], now: &Zoned) -> Markup {
    let days = days(jobs, now);
    let ran = days.iter().filter(|(_, state)| state.is_some()).count() as u64;
    let bad = days.iter().filter(|(_, state)| state.is_some_and(|state| badness(state) > 1)).count() as u64;
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
    use crate::domain::job::{JobId, Trigger};
    use crate::domain::order::{ArchiveOrder, Order};

    fn job(at: &str, state: JobState) -> Job {
        Job {
            id: JobId::nil(),
            order: Order::Archive(ArchiveOrder::VerifyAll),
            state,
            stages: Vec::new(),
            stage: None,
            trigger: Trigger::Schedule,
            warnings: Vec::new(),
            queued_at: at.parse().unwrap(),
            started_at: None,
            ended_at: None,
            result: None,
            failure: None,
        }
    }

    #[test]
    fn a_day_shows_the_worst_that_happened_on_it_in_the_zone_of_the_camera() {
        let now: Zoned = "2026-11-21T12:00:00+01:00[Europe/Berlin]".parse().unwrap();
        let jobs = [
            job("2026-11-20T11:00:00Z", JobState::Failed),
            job("2026-11-20T12:00:00Z", JobState::Success),
            job("2026-11-20T23:30:00Z", JobState::Success),
            job("2026-10-01T00:00:00Z", JobState::Failed),
        ];
        let days = days(&jobs.iter().collect::<Vec<_>>(), &now);
        assert_eq!(days.len(), 30);
        assert_eq!((days[28].1, days[29].1), (Some(JobState::Failed), Some(JobState::Success)));
        assert!(days[..28].iter().all(|(_, state)| state.is_none()));
    }
}
