//! What is wrong with an archive, in words that name the member and the place.
use std::io;

use crate::base::rel_path::RelPath;

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The damaged member, when it is known.
    pub member: Option<RelPath>,
    /// Offset in the archive file near which it lies.
    pub offset: u64,
    /// A clear sentence for the owner, naming the member.
    pub what: String,
}

impl Damage {
    /// The disk does not return what is near this byte.
    pub fn unreadable(offset: u64, e: &io::Error) -> Damage {
        Damage { member: None, offset, what: format!("the archive cannot be read near byte {offset}: {e}") }
    }
}
