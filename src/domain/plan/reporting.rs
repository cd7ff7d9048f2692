//! Which runs of a plan are told by mail, and how many in one.
use jiff::Zoned;

use super::Plan;
use crate::domain::notify::{ReportEvery, ReportWhen};

/// Turns that are further apart than this come once a day at most; a day in spring has 23 hours.
const DAY_HOURS: i64 = 23;

impl Plan {
    /// `standard` counts where the plan says nothing.
    pub fn report_when(&self, standard: ReportWhen) -> ReportWhen {
        self.report.unwrap_or(standard)
    }

    /// Without a word of its owner, a plan with more than one turn a day is told once a day.
    pub fn report_every(&self, now: &Zoned) -> ReportEvery {
        let is_often = || {
            let next = self.schedule.next(now)?;
            let after = self.schedule.next(&next)?;
            Some(after.timestamp().duration_since(next.timestamp()).as_hours() < DAY_HOURS)
        };
        let by_schedule = || if is_often().unwrap_or(false) { ReportEvery::Day } else { ReportEvery::Run };
        self.report_every.unwrap_or_else(by_schedule)
    }

    /// Whether each run is told at once, however it went.
    pub fn tells_each_run(&self, standard: ReportWhen, now: &Zoned) -> bool {
        self.report_when(standard) == ReportWhen::Always && self.report_every(now) == ReportEvery::Run
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::schedule::Schedule;

    #[test]
    fn what_runs_more_than_once_a_day_is_told_once_a_day_unless_its_owner_says_otherwise() {
        // The night before the clocks go forward.
        let now: Zoned = "2027-03-27T10:00:00+01:00[Europe/Berlin]".parse().unwrap();
        let plan = |schedule: serde_json::Value| Plan {
            schedule: serde_json::from_value::<Schedule>(schedule).unwrap(),
            ..Plan::weekly_config()
        };
        for (schedule, every) in [
            (serde_json::json!({ "every": "1h" }), ReportEvery::Day),
            (serde_json::json!({ "every": "12h" }), ReportEvery::Day),
            (serde_json::json!({ "every": "1d" }), ReportEvery::Run),
            (serde_json::json!({ "daily": "02:30" }), ReportEvery::Run),
            (serde_json::json!({ "weekly": "sunday 12:15" }), ReportEvery::Run),
            (serde_json::json!({ "cron": "*/10 * * * *" }), ReportEvery::Day),
        ] {
            assert_eq!(plan(schedule.clone()).report_every(&now), every, "{schedule}");
        }
        let own = Plan { report_every: Some(ReportEvery::Run), ..plan(serde_json::json!({ "every": "1h" })) };
        assert!(own.tells_each_run(ReportWhen::Always, &now) && !own.tells_each_run(ReportWhen::OnProblem, &now));
        let quiet = Plan { report: Some(ReportWhen::Never), ..own };
        assert_eq!(quiet.report_when(ReportWhen::Always), ReportWhen::Never);
    }
}
