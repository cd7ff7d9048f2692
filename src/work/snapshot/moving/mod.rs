//! All snapshots of a host go to another drive, with the golden months and the archives that belong to them, and with all
//! links that they have: what is one file on the old drive is one file on the new one.
//!
//! * `run` — the verb: what is there, one thing after the other, then the configuration, then the old set
//! * `ends` — both drives, locked and judged; `survey` — what there is, and the room that it needs
//! * `piece` — a snapshot or a golden month goes; `archives` — so do archives
//! * `switch` — the configuration leads to the new drive; `old_set` — what becomes of the old one
//! * `outcome` — what is told; `error` — what can go wrong
//!
//! Invariant: nothing counts on the new drive before it was read back there, and nothing goes from the old one before the
//! configuration leads to the new one and everything lies there. A run that ends in between is gone on with by the next.
mod archives;
mod ends;
mod error;
mod old_set;
pub mod outcome;
mod piece;
pub mod run;
mod survey;
mod switch;

pub use error::Error;
