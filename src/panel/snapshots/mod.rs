//! Snapshots of hosts: every host with its snapshots, what lies in them, and what an owner does with one. `view` — all of
//! it, read at one moment; `page`, `host_card`, `beside`, `months`, `item_words` — drawn; `browse` — a folder in one snapshot and in its
//! neighbours, and `entries` for programs; `find` — what a search finds; `download` and `give_back` — the ways back; `preview` — what the rules would
//! let go; `orders` — the buttons.
//!
//! Invariant: the page of hosts asks no disk; it shows what `observe` last saw.
mod beside;
pub mod browse;
mod compared;
pub mod download;
pub mod entries;
pub mod find;
pub mod give_back;
mod host_card;
mod item_words;
mod months;
pub mod orders;
pub mod page;
mod patience;
pub mod preview;
pub(in crate::panel) mod view;
