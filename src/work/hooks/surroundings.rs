//! What a hook is told of its run, in its environment; and what of our own environment it gets.
//!
//! Invariant: nothing that we were given in confidence is in it. Only what every program needs is passed on.
use std::process::Command;

use crate::domain::job::{Job, JobState};
use crate::domain::plan::Plan;
use crate::domain::plan::hook::HookEvent;
use crate::domain::run_id::RunId;
use crate::work::outcome::Outcome;

/// What is passed on of our own environment, with every variable that begins with `LC_`.
const PASSED_ON: &[&str] = &["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR"];
/// The most bytes of one text; the system refuses programs with much longer ones.
const MOST_BYTES: usize = 4096;

/// What a hook is told.
#[derive(Debug, Clone, Default)]
pub(super) struct Surroundings {
    pub plan: String,
    /// What `jobs show` takes.
    pub job: String,
    /// Hosts of the plan, with blanks between them.
    pub hosts: String,
    /// How the run stands: the word of its state, or `dry-run`.
    pub status: String,
    /// Names of the snapshots and archives that the run has made, with blanks between them.
    pub snapshot: String,
    /// The first thing that went wrong.
    pub error: String,
}

impl Surroundings {
    /// Of a run whose jobs are `parts`, and that stands at `state`.
    pub fn of(plan: &Plan, run: RunId, parts: &[Job], state: JobState) -> Surroundings {
        let made = parts.iter().filter_map(|job| Outcome::recall(&job.order, job.result.as_ref()?));
        let made: Vec<String> = made.filter_map(|outcome| outcome.made()).collect();
        let error = parts.iter().find_map(|job| job.failure.as_ref()).map(|failure| failure.message.clone());
        Surroundings {
            job: run.to_string(),
            status: state.word().to_owned(),
            snapshot: made.join(" "),
            error: error.unwrap_or_default(),
            ..Surroundings::without_run(plan)
        }
    }

    /// Of a dry run.
    pub fn without_run(plan: &Plan) -> Surroundings {
        let mut hosts: Vec<&str> =
            plan.sources.iter().filter_map(|source| source.host()).map(|host| host.as_str()).collect();
        hosts.dedup();
        let (plan, hosts) = (plan.name.to_string(), hosts.join(" "));
        Surroundings { plan, hosts, status: "dry-run".to_owned(), ..Surroundings::default() }
    }

    /// Gives `command` these surroundings and no others.
    pub fn put(&self, command: &mut Command, event: HookEvent) {
        command.env_clear();
        // Variables that are no text are none of these.
        for (name, value) in std::env::vars_os() {
            let is_passed = name.to_str().is_some_and(|name| PASSED_ON.contains(&name) || name.starts_with("LC_"));
            if is_passed {
                command.env(name, value);
            }
        }
        for (name, value) in [
            ("AB_EVENT", event.word()),
            ("AB_PLAN", self.plan.as_str()),
            ("AB_JOB", &self.job),
            ("AB_HOST", &self.hosts),
            ("AB_STATUS", &self.status),
            ("AB_SNAPSHOT", &self.snapshot),
            ("AB_ERROR", &self.error),
        ] {
            command.env(name, fitting(value));
        }
    }
}

/// A text that an environment can hold.
fn fitting(value: &str) -> String {
    let mut end = value.len().min(MOST_BYTES);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    value[..end].replace('\0', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_any_length_and_with_any_bytes_fits_into_the_environment() {
        assert_eq!(fitting("a\0b"), "a b");
        assert_eq!(fitting(&"ü".repeat(MOST_BYTES)).len(), MOST_BYTES);
        assert_eq!(fitting(&format!("x{}", "ü".repeat(MOST_BYTES))).len(), MOST_BYTES - 1);
    }
}
