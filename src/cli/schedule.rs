//! `schedule`: what runs by itself, and when.
use serde_json::json;

use super::Session;
use super::night_args::Change;
use crate::domain::failure::Failure;
use crate::jobs::{Switch, scheduled, switch};

impl Session {
    pub(super) fn schedule(&self, change: Option<Change>) -> Result<(), Failure> {
        match change {
            None => {}
            Some(Change::Pause) => switch(&self.tools, Switch::Pause)?,
            Some(Change::Resume) => switch(&self.tools, Switch::Resume)?,
        }
        let plans = scheduled(&self.tools)?;
        self.screen.show(&json!({ "items": plans }), |out| {
            if plans.is_empty() {
                return writeln!(out, "nothing runs by itself");
            }
            plans.iter().try_for_each(|plan| {
                let zone = jiff::tz::TimeZone::system();
                let at = |time: jiff::Timestamp| time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
                let next = match (plan.next, plan.why_not) {
                    (Some(next), _) => format!("next {}", at(next)),
                    (None, why) => format!("does not run: {}", why.unwrap_or("no time")),
                };
                let last = plan.last.map_or_else(|| "never ran".to_owned(), |last| format!("last {}", at(last)));
                writeln!(out, "{}  daily at {}  {next}  {last}", plan.plan, plan.daily)
            })
        })
    }
}
