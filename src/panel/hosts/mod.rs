//! Hosts: other machines that snapshots are taken of over ssh. `view` — all of it, read at one moment; `page` and `card` —
//! drawn; `form` — a host that is added, step by step; `orders` — the buttons.
//!
//! Invariant: the page asks no host; it shows what `observe` last saw.
pub mod card;
mod form;
pub mod orders;
pub mod page;
mod view;
