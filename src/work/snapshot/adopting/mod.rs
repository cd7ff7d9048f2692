//! Snapshots that other programs made become ours: rsync-time-backup, rsnapshot, and folders that are called by their hour
//! or their day.
//!
//! * `run` — the verb; `listing` — what would be taken, and what not, and why: by names and times, nothing is changed
//! * `describe` — the manifest of a tree, made by reading it where it lies; `bring` — then it gets its place among ours
//! * `outcome` — what is told; `error` — what can go wrong
//!
//! Invariant: a tree is only read until its manifest is on the drive, and then gets its place with one rename. What is not
//! understood is never touched, and no tree is ever in a place from which a sweep would remove it.
mod bring;
mod describe;
mod error;
mod listing;
pub mod outcome;
pub mod run;

pub use error::Error;
