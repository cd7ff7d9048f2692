//! The configuration as a file on this machine.
//!
//! * `check` — reads it, and tells everything that is wrong with it or with what it names
//! * `places` — which folders lie within which; `save` — puts another one in its place
mod check;
mod places;
pub mod save;

pub use check::{Mistaken, check, check_text, missing};
