//! How a job ended, for its row in the history and for the mails about it.
use serde_json::Value;

use crate::domain::failure::{Code, Failure};
use crate::domain::job::JobState;
use crate::domain::mail::Message;

#[derive(Debug)]
pub(super) struct Ending {
    pub(super) state: JobState,
    pub(super) result: Option<Value>,
    pub(super) failure: Option<Failure>,
    /// The message to the owner, of a run that came to its end.
    pub(super) told: Option<Message>,
}

impl Ending {
    pub(super) fn failed(failure: Failure) -> Self {
        let state = if failure.code == Code::Cancelled { JobState::Cancelled } else { JobState::Failed };
        Ending { state, result: None, failure: Some(failure), told: None }
    }

    /// Of hooks whose turn never came, because the terminal that ran the plan was killed.
    pub(super) fn never_begun() -> Self {
        let failure = Failure {
            code: Code::Failed,
            message: "the program or the machine stopped before these hooks had their turn, so they did not run".into(),
            advice: "Do by hand what they would have done.".into(),
        };
        Ending { state: JobState::Interrupted, result: None, failure: Some(failure), told: None }
    }

    pub(super) fn interrupted() -> Self {
        let failure = Failure {
            code: Code::Failed,
            message: "the program or the machine stopped while this ran".into(),
            advice: "Start it again; nothing half-made is left.".into(),
        };
        Ending { state: JobState::Interrupted, result: None, failure: Some(failure), told: None }
    }
}
