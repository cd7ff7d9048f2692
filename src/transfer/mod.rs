//! Floor 3: bytes on their way between two places, whichever verb sends them.
//!
//! * `read_ahead` — one thread reads what another writes, a few pieces ahead
//! * `copy_files` — files of one folder to another: hashed on the way, written under a name that does not count yet
//! * `wanted` — one such file, and whether it is there already
//! * `copy_stream` — one large file: read ahead, summed and handed on in pieces
//! * `read_back` — what a disk gives back of what was written to it
//! * `watchdog` — work at places that may stop answering, given up in words
pub mod copy_files;
pub mod copy_stream;
mod error;
pub mod read_ahead;
pub mod read_back;
pub mod wanted;
pub mod watchdog;

pub use error::Error;
