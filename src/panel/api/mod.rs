//! The interface for programs: requests become the same work as buttons, answers have the shapes of `crate::api`.
//!
//! * `paging` — parts of lists; a file for each noun besides
//!
//! Invariant: nothing here waits longer than a page would, but for what a program asks to know whole.
pub mod alerts;
pub mod archives;
pub mod config;
pub mod described;
pub mod history;
pub mod hosts;
pub mod jobs;
pub mod metrics;
pub mod nights;
pub mod paging;
pub mod plans;
pub mod snapshots;
pub mod status;
