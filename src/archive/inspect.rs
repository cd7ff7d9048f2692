//! One strict pass over an archive that may come from anywhere.
//!
//! Everything is refused by rule and by name: the table of rules is `Rule`. Nothing is written.
use std::io::Read;

use crate::base::digest::Sha256;
use crate::base::rel_path::RelPath;
use crate::domain::limits::Limits;
use crate::domain::metadata::Metadata;
use crate::domain::monitor::{Cancelled, Monitor};

/// A member as it went by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub name: RelPath,
    pub is_dir: bool,
    pub size: u64,
    pub mode: u32,
    pub mtime: i64,
    pub sha256: Option<Sha256>,
    /// Offset in the archive file of the gzip member to start at.
    pub gzip_offset: u64,
    /// Uncompressed bytes to skip from there to the first byte of the content.
    pub skip: u64,
}

/// What the whole archive holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    pub metadata: Metadata,
    pub members: u64,
    pub files: u64,
    pub raw_bytes: u64,
    /// Of the compressed file.
    pub packed_bytes: u64,
    pub sha256: Sha256,
    pub blake3: [u8; 32],
    /// True when a `SHA256SUMS` member was there and every line agreed.
    pub summed: bool,
    /// Things that are odd and allowed, in words.
    pub remarks: Vec<String>,
}

/// Why an archive is not accepted. Display is one clear sentence that names the member.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("{0}")]
    Placeholder(String),
}

/// Reads `input` to its end. `found` is called for each member, in order, when all of it went by.
pub fn inspect(
    _input: impl Read,
    _limits: &Limits,
    _found: &mut dyn FnMut(Member),
    _monitor: &dyn Monitor,
) -> Result<Contents, Refusal> {
    unimplemented!()
}
