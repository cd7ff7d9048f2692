//! A job: one order, from the queue to its place in history.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::failure::Failure;
use super::monitor::Stage;
use super::order::Order;
use super::run_id::RunId;

/// Sorts by the time when the order came in.
pub type JobId = Uuid;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    Queued,
    Running,
    Success,
    /// There was nothing to do.
    Skipped,
    /// Done, with warnings that the owner should read.
    Warning,
    Failed,
    Cancelled,
    /// The program or the machine stopped while it ran.
    Interrupted,
}

impl JobState {
    /// One word, the same in JSON, in the terminal and as a mark on the page.
    pub fn word(self) -> &'static str {
        match self {
            JobState::Queued => "queued",
            JobState::Running => "running",
            JobState::Success => "success",
            JobState::Skipped => "skipped",
            JobState::Warning => "warning",
            JobState::Failed => "failed",
            JobState::Cancelled => "cancelled",
            JobState::Interrupted => "interrupted",
        }
    }

    pub fn is_over(self) -> bool {
        !matches!(self, JobState::Queued | JobState::Running)
    }

    /// Orders the states from good to bad.
    pub fn badness(self) -> u8 {
        match self {
            JobState::Skipped => 0,
            JobState::Success => 1,
            JobState::Queued | JobState::Running => 2,
            JobState::Cancelled => 3,
            JobState::Warning => 4,
            JobState::Interrupted => 5,
            JobState::Failed => 6,
        }
    }

    /// True when its owner should look at it.
    pub fn is_bad(self) -> bool {
        self.badness() >= JobState::Cancelled.badness()
    }
}

/// Who wanted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Somebody at the page or at a terminal.
    Hand,
    Schedule,
    /// A turn that was missed, or a part of one whose drive was away.
    CatchUp,
}

/// From where to where a job works, as people read it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Way {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// A job as the catalog keeps it and as pages and terminals show it.
#[derive(Debug, Clone, Serialize)]
pub struct Job {
    pub id: JobId,
    /// The run of a plan that it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    pub order: Order,
    pub state: JobState,
    /// Every stage, known before the first begins.
    pub stages: Vec<Stage>,
    /// Index into `stages` of the one that runs or ran last.
    pub stage: Option<usize>,
    pub trigger: Trigger,
    #[serde(flatten)]
    pub way: Way,
    /// Of the program that the job is, or of the first one that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// Somebody has cancelled it, and it has not ended yet.
    pub cancelling: bool,
    pub warnings: Vec<String>,
    pub queued_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// What came out, as the terminal's `--json` prints it.
    pub result: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}
