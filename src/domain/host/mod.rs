//! A machine, or a folder of this one, that snapshots are taken of.
//!
//! * `settings` — a `[[host]]` as its owner wrote it; `excludes` — what of it is left out; `presets` — lists of that by name
//! * `address`, `remote_path`, `ssh_option` — a host over ssh: where it is, what is taken of it, and how it is reached
//! * `silence` — how long a host may be without a snapshot
//! * `verdict` — how a run of rsync ended; `remote_error` — what went wrong on the way, in words
pub mod address;
pub mod excludes;
pub mod presets;
pub mod remote_error;
pub mod remote_path;
pub mod settings;
pub mod silence;
pub mod ssh_option;
pub mod verdict;
