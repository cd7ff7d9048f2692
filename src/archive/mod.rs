//! Floor 2: the archive format. One `.tar.gz` that any tool opens, and that we open faster.
//!
//! * `member` — one gzip member: adaptive, self-describing, a restart point
//! * `write`, `read_back` — a listing becomes a file; the file is proved
//! * `verify` — a file on disk, every byte, the damaged member by name
//! * `glance` — head and tail only: is this one of ours, and whole?
//! * `inspect` — one strict pass over an archive from anywhere, within limits: `gunzip`, then
//!   `entries` (with `header` and `extended`), then `names`, `claims`, `sums` and `kind_check`; what
//!   breaks a rule ends in a `refusal`
//! * `index` — the member index beside an archive (made by `index_build`): a cache, rebuilt when missing
//! * `late_findings` — what was found only while an archive was written, near its end
//! * `salvage` — what is whole in a damaged archive of ours: `runs` from head to head, `ending` where it ends
//! * `agreement` — whether an index lists what the archive holds
//! * `extract` — one file, without inflating what is before it
//! * `sweep` — many files in one pass, for restores
//! * `tree_tar` — a plain `.tar.gz` of a tree as a stream, for downloads
//! * `estimate` — how large it will be, from samples
pub mod about_itself;
pub mod agreement;
mod buffers;
mod claims;
mod damage;
pub mod ending;
mod entries;
mod entropy;
pub mod estimate;
mod extended;
pub mod extract;
mod from_start;
pub mod glance;
mod gunzip;
mod header;
pub mod index;
pub mod index_build;
mod index_file;
pub mod inspect;
mod json_guard;
mod kind_check;
mod late_findings;
mod member;
mod names;
mod out;
mod packer;
mod pipeline;
mod reading;
mod refusal;
mod run;
mod runs;
pub mod salvage;
pub mod spot_check;
pub mod stream_sums;
mod sum_line;
mod sum_lines;
mod sums;
mod sums_out;
pub mod sweep;
mod tar_in;
mod tar_out;
pub mod tree_tar;
mod unit;
mod unpack;
pub mod verify;
pub mod write;
mod write_error;

use about_itself::{LATE, METADATA, SUMS};
