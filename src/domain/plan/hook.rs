//! A program of the owner that runs around a run of a plan: before it, by how it went, and at its end in any case.
//!
//! Invariant: hooks stand in the file alone. Neither the page nor a request over the network can write one, because a
//! hook runs with all rights of this program.
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::job::JobState;

/// How long a hook may take when nothing is said.
const USUAL_LIMIT_S: u64 = 5 * 60;
/// A day.
const LONGEST_LIMIT_S: u64 = 24 * 60 * 60;
/// A `before` hook that ends with this exit status wants no run now, and no noise about that.
pub const SKIP: i32 = 75;

/// A hook as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    pub on: HookEvent,
    pub run: HookProgram,
    #[serde(default)]
    pub timeout: TimeLimit,
    /// `None` is what is usual for its event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_error: Option<OnError>,
}

impl Hook {
    /// What its failure means. One that prepares a run stops it; one behind it only warns.
    pub fn failure_means(&self) -> OnError {
        let usual = if self.on == HookEvent::Before { OnError::Fail } else { OnError::Warn };
        self.on_error.unwrap_or(usual)
    }
}

/// What a hook waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookEvent {
    Before,
    Success,
    Warning,
    Failure,
    Finally,
}

impl HookEvent {
    pub const WORDS: &[&str] = &["before", "success", "warning", "failure", "finally"];

    pub fn word(self) -> &'static str {
        match self {
            HookEvent::Before => "before",
            HookEvent::Success => "success",
            HookEvent::Warning => "warning",
            HookEvent::Failure => "failure",
            HookEvent::Finally => "finally",
        }
    }

    /// The event of a run that has come to `state`; `None` for one that was not wanted.
    pub fn of_ending(state: JobState) -> Option<HookEvent> {
        match state {
            JobState::Success => Some(HookEvent::Success),
            JobState::Warning => Some(HookEvent::Warning),
            JobState::Failed | JobState::Cancelled | JobState::Interrupted => Some(HookEvent::Failure),
            JobState::Skipped | JobState::Queued | JobState::Running => None,
        }
    }
}

/// When in a run hooks have their turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookTime {
    Before,
    /// By how the run went: success, warning or failure.
    Ending,
    Finally,
}

impl HookTime {
    /// Whether a hook of `event` can have its turn then.
    pub fn has(self, event: HookEvent) -> bool {
        let time = match event {
            HookEvent::Before => HookTime::Before,
            HookEvent::Success | HookEvent::Warning | HookEvent::Failure => HookTime::Ending,
            HookEvent::Finally => HookTime::Finally,
        };
        self == time
    }

    /// For people: "before it", "behind it" …
    pub fn words(self) -> &'static str {
        match self {
            HookTime::Before => "before its run",
            HookTime::Ending => "after its run",
            HookTime::Finally => "at the end of its run",
        }
    }
}

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum HookProgram {
    /// A program and its arguments, without a shell.
    Words(Vec<String>),
    /// A line for `sh`.
    Line(String),
}

impl HookProgram {
    /// The program itself, without arguments: owners write passwords there.
    pub fn shown(&self) -> &str {
        match self {
            HookProgram::Words(words) => words.first().map_or("", String::as_str),
            HookProgram::Line(_) => "a line for the shell",
        }
    }
}

/// What becomes of a run whose hook fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The run has failed; one that has not begun does not begin.
    Fail,
    /// The run has a warning.
    Warn,
}

impl OnError {
    pub const WORDS: &[&str] = &["fail", "warn"];
}

/// How long a hook may take: `90s`, `5m`, `2h`; at most a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeLimit {
    seconds: u64,
}

const UNITS: [(&str, u64); 3] = [("h", 3600), ("m", 60), ("s", 1)];

impl TimeLimit {
    pub fn length(self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

impl Default for TimeLimit {
    fn default() -> Self {
        TimeLimit { seconds: USUAL_LIMIT_S }
    }
}

impl TryFrom<String> for TimeLimit {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let seconds = UNITS.iter().find_map(|(unit, factor)| {
            let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
            number.checked_mul(*factor)
        });
        match seconds {
            Some(seconds) if (1..=LONGEST_LIMIT_S).contains(&seconds) => Ok(TimeLimit { seconds }),
            _ => Err(format!("{text:?} is no time limit: write it like 90s, 5m or 2h, at most 24h")),
        }
    }
}

impl From<TimeLimit> for String {
    fn from(limit: TimeLimit) -> String {
        limit.to_string()
    }
}

impl fmt::Display for TimeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = UNITS.iter().find(|(_, factor)| self.seconds.is_multiple_of(*factor));
        let (unit, factor) = whole.unwrap_or(&UNITS[2]);
        write!(f, "{}{unit}", self.seconds / factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_reads_back_and_its_failure_means_what_is_usual_for_its_event() {
        let read = |json: serde_json::Value| serde_json::from_value::<Hook>(json);
        let hook = read(serde_json::json!({ "on": "before", "run": ["mount", "/mnt"] })).unwrap();
        assert_eq!((hook.timeout.to_string(), hook.failure_means()), ("5m".to_owned(), OnError::Fail));
        let line = read(serde_json::json!({ "on": "finally", "run": "umount /mnt; true", "timeout": "90s" })).unwrap();
        assert_eq!((line.timeout.to_string(), line.failure_means()), ("90s".to_owned(), OnError::Warn));
        assert_eq!(serde_json::from_value::<Hook>(serde_json::to_value(&line).unwrap()).unwrap(), line);
        for limit in ["0s", "25h", "-1m", "5", "", "5d"] {
            assert!(TimeLimit::try_from(limit.to_owned()).is_err(), "{limit}");
        }
    }

    #[test]
    fn each_event_has_its_time_in_a_run() {
        use HookEvent::{Before, Failure, Finally, Success, Warning};
        for (event, time) in [
            (Before, HookTime::Before),
            (Success, HookTime::Ending),
            (Warning, HookTime::Ending),
            (Failure, HookTime::Ending),
            (Finally, HookTime::Finally),
        ] {
            assert!(time.has(event) && HookEvent::WORDS.contains(&event.word()));
        }
        assert_eq!(HookEvent::of_ending(JobState::Interrupted), Some(Failure));
        assert_eq!(HookEvent::of_ending(JobState::Skipped), None);
    }
}
