//! The room of plans: what runs by itself, when next, how it went, what it would delete, and the form that
//! changes it.
//!
//! * `page` — every plan as a `card`, with a `strip` of the last days
//! * `preview` — what would be deleted, and why everything else stays; `form` — a plan as a sentence to fill in
//! * `orders` — what the buttons and the form do
//!
//! Invariant: nothing here decides what is due or what goes; that is asked of `jobs` and `work`.
pub mod card;
pub mod form;
pub mod orders;
pub mod page;
pub mod preview;
pub mod strip;
