//! A plan is data: what is backed up, when, what stays of it, and who hears of it.
//!
//! * `name` — what a plan is called; `schedule` — when it has its turns, `cron` — the kind with five fields
//! * `source` — what is backed up; `due` — whether a turn is owed now; `keep` — what stays; `reporting` — which runs are told;
//!   `sentence` — all of it in words
//! * `hook` — programs of the owner around a run; `remote` — where all of it is sent
//!
//! Invariant: nothing here asks a clock. The same plan, turn and moment give the same answer.
pub mod cron;
pub mod due;
pub mod hook;
pub mod keep;
pub mod name;
pub mod remote;
mod reporting;
pub mod schedule;
pub mod sentence;
mod source;

use serde::{Deserialize, Serialize};

use self::hook::{Hook, HookTime};
use self::keep::Keep;
use self::name::PlanName;
use self::remote::SyncSettings;
use self::schedule::{Schedule, Weekly};
pub use self::source::Source;
use super::destination::DestinationName;
use super::nights::settings::SizeText;
use super::notify::{ReportEvery, ReportWhen};
use crate::domain::archive::name::ArchiveKind;

/// What runs by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub name: PlanName,
    pub sources: Vec<Source>,
    /// Where the archives lie. Nights go to the drive that `[nights]` names.
    #[serde(default = "DestinationName::backups")]
    pub destination: DestinationName,
    /// Where else each archive is copied to, and kept by the same rules.
    #[serde(default)]
    pub copies: Vec<DestinationName>,
    #[serde(default = "Step::of_archives")]
    pub steps: Vec<Step>,
    pub schedule: Schedule,
    #[serde(default)]
    pub retention: Keep,
    /// Which runs are reported by mail; `None` = as `[notify]` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<ReportWhen>,
    /// How often; `None` = each run, or once a day where runs come more often than that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_every: Option<ReportEvery>,
    #[serde(default = "on")]
    pub enabled: bool,
    /// Programs of the owner around a run, in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<Hook>,
    /// Where all that it keeps is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<SyncSettings>,
    /// Larger databases are left out while the backups lie on the camera's own disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest_database_on_card: Option<SizeText>,
}

/// What a run does, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Archive,
    Nights,
    Retention,
    Sync,
}

impl Step {
    pub const WORDS: &[&str] = &["archive", "retention", "sync"];

    fn of_archives() -> Vec<Step> {
        vec![Step::Archive, Step::Retention]
    }
}

fn on() -> bool {
    true
}

impl Plan {
    /// On from the start: settings are small, and most owners never made a backup by hand.
    pub fn weekly_config() -> Plan {
        Plan {
            name: PlanName::weekly_config(),
            sources: vec![Source::Config],
            destination: DestinationName::backups(),
            copies: Vec::new(),
            steps: Step::of_archives(),
            schedule: Schedule::Weekly(Weekly::sunday_noon()),
            retention: Keep { keep_last: Some(10), monthly: Some(12), ..Keep::default() },
            report: None,
            report_every: None,
            enabled: true,
            hooks: Vec::new(),
            remote: None,
            largest_database_on_card: Some(SizeText(50 << 20)),
        }
    }

    /// The good nights, as `[nights]` says; without a time they have no turns.
    pub fn nights(daily: jiff::civil::Time) -> Plan {
        Plan {
            name: PlanName::nights(),
            sources: vec![Source::Nights],
            destination: DestinationName::unnamed(),
            copies: Vec::new(),
            steps: vec![Step::Nights, Step::Retention],
            schedule: Schedule::Daily(schedule::Daily(daily)),
            retention: Keep::default(),
            report: None,
            report_every: None,
            enabled: true,
            hooks: Vec::new(),
            remote: None,
            largest_database_on_card: None,
        }
    }

    /// Whether a run of it has hooks then.
    pub fn has_hooks(&self, time: HookTime) -> bool {
        self.hooks.iter().any(|hook| time.has(hook.on))
    }

    /// Kinds of the archives that it makes, each once.
    pub fn kinds(&self) -> Vec<ArchiveKind> {
        let mut kinds: Vec<ArchiveKind> = self.sources.iter().filter_map(|source| source.kind()).collect();
        kinds.dedup();
        kinds
    }
}

/// The plans of an owner: those in the file, and the one that is on from the start unless the file has
/// one of its name.
pub fn all(written: &[Plan]) -> Vec<Plan> {
    let standard = Plan::weekly_config();
    let is_written = written.iter().any(|plan| plan.name == standard.name);
    (!is_written).then_some(standard).into_iter().chain(written.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_backed_up_weekly_unless_the_owner_wrote_another_plan_of_that_name() {
        assert_eq!(all(&[]), [Plan::weekly_config()]);
        let own = Plan { enabled: false, ..Plan::weekly_config() };
        assert_eq!(all(std::slice::from_ref(&own)), [own]);
        let other = Plan { name: PlanName::try_from("pictures".to_owned()).unwrap(), ..Plan::weekly_config() };
        assert_eq!(all(std::slice::from_ref(&other)), [Plan::weekly_config(), other]);
    }

    #[test]
    fn a_plan_reads_back_as_it_was_written() {
        let plan = Plan::weekly_config();
        let text = serde_json::to_value(&plan).unwrap();
        assert_eq!(text["schedule"], serde_json::json!({ "weekly": "sunday 12:15" }));
        assert_eq!(serde_json::from_value::<Plan>(text).unwrap(), plan);
    }
}
