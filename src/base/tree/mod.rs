//! Whole trees of folders, of any depth and with any names, through open folders and never through a link.
//!
//! * `names` — the names of one folder, sorted, in little memory; `open_path` — a way down that keeps few folders open
//! * `copy` — one file; `walk` — every thing in a tree, in one order; `remove` — a tree that goes; `xattrs` — what else a file carries
pub mod copy;
pub mod names;
pub mod open_path;
pub mod remove;
pub mod walk;
pub mod xattrs;
