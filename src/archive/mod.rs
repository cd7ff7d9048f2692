//! Floor 2: the archive format. One `.tar.gz` that any tool opens, and that we open faster.
//!
//! * `member` — one gzip member: adaptive, self-describing, a restart point
//! * `write`, `read_back` — a listing becomes a file; the file is proved
//! * `verify` — a file on disk, every byte, the damaged member by name
//! * `glance` — head and tail only: is this one of ours, and whole?
//! * `inspect` — one strict pass over an archive from anywhere, within limits
//! * `index` — the member index beside an archive: a cache, rebuilt when missing
//! * `extract` — one file, without inflating what is before it
//! * `estimate` — how large it will be, from samples
pub mod estimate;
pub mod extract;
pub mod glance;
pub mod index;
pub mod inspect;
pub mod read_back;
pub mod verify;
pub mod write;
