//! Floor 2: a machine whose files are taken.
//!
//! * `local` — a folder of this machine, found to be there and not empty; `selection` — what of it is taken
pub mod local;
pub mod selection;
