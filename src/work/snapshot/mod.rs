//! Snapshots of hosts: taken, listed, pruned, verified, and given back.
//!
//! * `pull` — takes one: `survey` looks first, `fill` copies and links, `base` is the snapshot before, `findings` is what is told
//! * `prune` — lets older ones go; `mark` — what their owner says of them; `pointed` — the newest, and the newest good one
//! * `ls` — what is in one; `give_back` — gives parts of it back, `fetch` copies them; `verify` — reads all of it again
//! * `list` — which there are; `places` — the host, its drive and its store; `error` — what can go wrong
mod base;
mod error;
mod fetch;
mod fill;
mod findings;
pub mod give_back;
pub mod list;
pub mod ls;
pub mod mark;
mod one_file;
pub mod places;
mod pointed;
pub mod prune;
pub mod pull;
mod several_names;
mod survey;
pub mod verify;

pub use error::Error;
