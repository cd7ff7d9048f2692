//! A snapshot: a whole folder of a host as it was at a moment. What it is called, what it says of itself, and what
//! becomes of older ones.
//!
//! * `name` — the hour that it stands for, in the owner's time; `marker` — what makes it complete; `counts` — what was done
//! * `entry` — one line of its manifest; `order` — the one order of all lines; `shrink` — when too little is left to trust it
//! * `retained` — a snapshot as retention sees it; `request` — what is wanted back
//! * `month` — what a golden month is called, and when it is owed; `archived` — the same of archives
pub mod archived;
pub mod counts;
pub mod entry;
pub mod foreign;
pub mod marker;
pub mod month;
pub mod name;
pub mod order;
pub mod request;
pub mod retained;
pub mod shrink;
