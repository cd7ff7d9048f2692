//! Restoring, as values and decisions: what was chosen, what would change, what speaks against it.
//!
//! * `request` — what the owner asks for: archive, choice, login, another camera
//! * `selection` — which members it takes
//! * `check` — the pre-restore checks; one that fails blocks the restore
//! * `night_check` — the same for a saved night that goes back
//! * `options` — the panel's names for settings, and `kind` — what each setting belongs to
//! * `setting` — settings key by key, old and new, secrets masked
//! * `merge` — another camera's backup without its camera; `machine` — paths and owner of the old one
//! * `diff` — other text, line by line
//! * `preview` — all of it together, with the digest that apply compares
//! * `content` — what a file is by its ending and its first bytes
//! * `program` — what would be run, and whether it is restored unasked
//! * `access` — settings that decide who may come in, which stay as today
//! * `attributes` — owner, group and mode: our table, never the archive's
pub mod access;
pub mod attributes;
pub mod check;
pub mod content;
pub mod database;
pub mod diff;
pub mod kind;
pub mod machine;
pub mod merge;
pub mod night_check;
pub mod options;
pub mod preview;
pub mod program;
pub mod request;
pub mod selection;
pub mod setting;
