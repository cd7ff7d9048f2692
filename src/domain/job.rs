//! A job: one order, from the queue to its place in history.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::failure::Failure;
use super::monitor::Stage;
use super::order::Order;

/// Sorts by the time when the order came in.
pub type JobId = Uuid;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    Queued,
    Running,
    Success,
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
            JobState::Warning => "warning",
            JobState::Failed => "failed",
            JobState::Cancelled => "cancelled",
            JobState::Interrupted => "interrupted",
        }
    }

    pub fn is_over(self) -> bool {
        !matches!(self, JobState::Queued | JobState::Running)
    }
}

/// Who wanted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Somebody at the page or at a terminal.
    Hand,
    Schedule,
}

/// A job as the catalog keeps it and as pages and terminals show it.
#[derive(Debug, Clone, Serialize)]
pub struct Job {
    pub id: JobId,
    pub order: Order,
    pub state: JobState,
    /// Every stage, known before the first begins.
    pub stages: Vec<Stage>,
    /// Index into `stages` of the one that runs or ran last.
    pub stage: Option<usize>,
    pub trigger: Trigger,
    pub warnings: Vec<String>,
    pub queued_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// What came out, as the terminal's `--json` prints it.
    pub result: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}
