//! Load: large uploads that are cut, many listeners, and many slow connections, through a real web server with
//! a real PHP behind it. What must hold is asserted; how long it took is told and asserted by nobody.
//!
//! * `owner` — somebody who is logged in
//! * `uploads`, `listeners`, `connections` — what they do
pub mod connections;
pub mod listeners;
mod owner;
pub mod uploads;

use crate::Outcome;

/// The most memory that the program may take.
const MOST_MEMORY: u64 = 64 << 20;

fn skipped() -> Outcome {
    Outcome { count: 0, remark: "skipped: needs lighttpd and php-fpm".into() }
}
