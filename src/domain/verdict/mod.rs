//! Is everything backed up? One decision for the page, the terminal and programs.
//!
//! * `facts` — what is known, from the history and from what was observed; `judge` — the decision
//! * `reason` — one thing that is wrong, with what mends it
//!
//! Invariant: the worst reason wins, and nothing is called good that was not verified. What nobody has looked at yet is
//! not called bad either.
pub mod facts;
mod judge;
pub mod reason;

use serde::Serialize;

pub use self::judge::judge;
use self::reason::Reason;

/// How things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Everything that is known is well.
    Good,
    /// The backups are being looked at for the first time.
    Looking,
    /// Something should be looked at.
    Warning,
    /// Something is lost soon, or is lost when the next thing fails.
    Bad,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub level: Level,
    /// What an owner must know, without a full stop.
    pub headline: String,
    /// One or two sentences more; may be empty.
    pub detail: String,
    /// The worst first.
    pub reasons: Vec<Reason>,
}
