//! What hooks did, for the history and for `--json`.
use serde::{Deserialize, Serialize};

use crate::domain::failure::Failure;
use crate::domain::plan::hook::{HookEvent, SKIP};
use crate::domain::plan::name::PlanName;

/// What ran, as `--json` prints it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HooksReport {
    pub plan: PlanName,
    pub hooks: Vec<Called>,
    /// Why none ran, or why no run is wanted now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nothing: Option<String>,
    /// The first failure that counts as one of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    pub warnings: Vec<String>,
}

/// How a hook ended, as `--json` prints it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Called {
    pub event: HookEvent,
    /// The program without its arguments.
    pub program: String,
    pub seconds: f64,
    /// `None` when it did not end by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// What went wrong, as the end of a sentence: "it ended with exit status 3". `None` when all went well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong: Option<String>,
}

impl Called {
    /// It wants no run now.
    pub fn says_skip(&self) -> bool {
        self.event == HookEvent::Before && self.exit_code == Some(SKIP)
    }
}
