//! The page "Settings": every key in plain words, or the file as text; what would change is shown
//! before it is saved.
//!
//! * `sheet` — the file, what was typed, and what is wrong with it
//! * `page` — the frame, `form` — the fields, `preview` — what would change
//! * `orders` — saving, for the page and for programs; `in_use` — the configuration that counts, `reload` — takes over what another
//!   hand has written
//!
//! Invariant: the check of the terminal and of every start decides; the page has no rule of its own.
mod form;
pub mod in_use;
pub mod orders;
pub mod page;
pub mod preview;
pub mod reload;
pub(in crate::panel) mod sheet;

pub use self::in_use::{Anew, InUse};
