//! A machine, or a folder of this one, that snapshots are taken of.
//!
//! * `settings` — a `[[host]]` as its owner wrote it; `excludes` — what of it is left out; `presets` — lists of that by name
pub mod excludes;
pub mod presets;
pub mod settings;
