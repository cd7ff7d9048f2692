//! What every error can say to its owner besides its own words: how bad it is, and what to do.
use serde::{Deserialize, Serialize};

/// The kind of a failure; the terminal's exit code and the page's status follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The work was tried and did not succeed.
    Failed,
    /// The order itself makes no sense: bad argument, bad configuration.
    Usage,
    /// The destination is missing, full, read-only or not the one that was chosen.
    NotReady,
    NotFound,
    /// The thing exists, and may not be changed or deleted.
    Protected,
    /// An archive from outside breaks a rule; nothing of it was kept.
    Refused,
    /// What was read is not what was written.
    Damaged,
    /// The owner stopped it.
    Cancelled,
}

impl Code {
    /// 1 failed, 2 usage or configuration, 3 destination not ready, 4 not found or protected.
    pub fn exit(self) -> u8 {
        match self {
            Code::Failed | Code::Refused | Code::Damaged | Code::Cancelled => 1,
            Code::Usage => 2,
            Code::NotReady => 3,
            Code::NotFound | Code::Protected => 4,
        }
    }
}

/// Implemented by the error enum of every room.
pub trait Advice: std::error::Error {
    fn code(&self) -> Code;
    /// One sentence: what the owner can do about it.
    fn advice(&self) -> String;
}

/// An error with its chain joined once, ready for a shell to print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub code: Code,
    pub message: String,
    pub advice: String,
}

impl<E: Advice> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::of(&error)
    }
}

impl Failure {
    /// The failure for an `error`, which the caller keeps.
    pub fn of<E: Advice>(error: &E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            // Transparent wrappers repeat their source word for word.
            if !message.ends_with(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            source = cause.source();
        }
        Failure { code: error.code(), message, advice: error.advice() }
    }
}
