//! Restore in the browser: choose, look at what would change, confirm, and go back when it was wrong.
//!
//! * `form` — what the page or a program asks for, as JSON or as a form
//! * `dialog` — the choice; `sections`, `nights` and `tree` are its three ways to choose
//! * `look` — one look at archive and camera; `preview` — what would change: `checks`, `files`, `settings_table`, `texts`;
//!   `previews` — those that are looked at
//! * `orders` — Confirm and Undo become jobs; `api` — the same as JSON
//! * `night` — a saved night that goes back
//! * `result` — what came of it; `undo` — what can still go back
//!
//! Invariant: nothing is restored that was not shown: Confirm carries the digest of the preview, and
//! the server looks again before it takes the order.
pub mod api;
mod checks;
mod databases;
pub mod dialog;
pub mod files;
mod form;
mod look;
pub mod night;
mod nights;
pub mod orders;
pub mod preview;
pub mod previews;
pub mod result;
mod sections;
mod settings_table;
pub mod texts;
pub mod tree;
pub mod undo;

/// Bytes of JSON with the longest list of files that anyone chooses one by one.
pub const WISH_BYTES: usize = 64 << 20;
