//! All that a plan keeps goes to another machine, or to another destination of this one, as it lies here.
//!
//! * `sets` — what goes: the snapshots of each host, and archives; `target` — where it goes to, and whether that is ours
//! * `pass` — rsync called once for a set; `carry` — a set carried over and compared
//! * `key` — the line that lets our key in there
//! * `run` — the verb; `report` — what it did; `error` — what stops it
mod carry;
mod error;
pub mod key;
mod pass;
pub mod report;
pub mod run;
mod sets;
mod target;
