//! Where backups are kept: every place with its state, the drives that there are to choose from, and what an owner does
//! with one. `view` — all of it, read at one moment; `page`, `card`, `chooser` — drawn; `orders` — the buttons.
//!
//! Invariant: no request asks a disk. Places are shown as `observe` last saw them, and drives as the kernel tells them.
pub mod card;
mod chooser;
pub mod orders;
pub mod page;
mod view;
