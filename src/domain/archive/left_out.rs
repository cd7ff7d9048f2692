//! What a backup does not hold, or does not hold whole, and why: `allskyBackups.left_out` in
//! `metadata.json`, so that it is known wherever the archive goes.
//!
//! The list is bounded: files that are in the archive but not whole come first, because a restore
//! must not put them over good ones; what has no room is counted.
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::rel_path::{RelPath, printable};

/// Most entries that are named.
pub const MOST: usize = 1000;
/// A reason is a sentence; a longer one is cut.
const WHY_BYTES: usize = 400;

/// How much of it is in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutKind {
    /// A member is there, and its end is missing or filled with zeros.
    Incomplete,
    /// A member is there that was rewritten while it was read, and never held still.
    Unsettled,
    /// A member is there with the bytes as they were, and what they should be is damaged.
    Damaged,
    /// Nothing of it.
    #[default]
    #[serde(other)]
    Missing,
}

/// One thing that is not, or not wholly, in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The member's name, made printable; in words for what would be no member, such as a database
    /// on a server.
    pub path: String,
    /// Reads as the end of "PATH …": `is a link, and links are not followed`.
    pub why: String,
    #[serde(default)]
    pub kind: LeftOutKind,
}

impl LeftOut {
    pub fn missing(path: impl fmt::Display, why: impl Into<String>) -> Self {
        LeftOut::new(LeftOutKind::Missing, path, why)
    }

    pub fn new(kind: LeftOutKind, path: impl fmt::Display, why: impl Into<String>) -> Self {
        let why: String = why.into();
        let end = why.floor_char_boundary(WHY_BYTES);
        LeftOut { path: printable(path.to_string().as_bytes()), why: why[..end].to_owned(), kind }
    }

    /// True when the archive has a member of this name that must not replace a good file.
    pub fn is_doubtful(&self) -> bool {
        self.kind != LeftOutKind::Missing
    }

    /// True for the entry of `member`.
    pub fn is_of(&self, member: &RelPath) -> bool {
        self.path == member.to_string()
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, self.why)
    }
}

/// The entries that are named, the doubtful ones first, each path once; and how many are not named.
pub fn bounded(mut all: Vec<LeftOut>) -> (Vec<LeftOut>, u64) {
    all.sort_by(|a, b| (a.kind, &a.path).cmp(&(b.kind, &b.path)));
    all.dedup_by(|a, b| a.path == b.path && a.kind == b.kind);
    let more = all.len().saturating_sub(MOST) as u64;
    all.truncate(MOST);
    (all, more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_not_whole_are_named_before_all_others() {
        let links = (0..MOST + 7).map(|n| LeftOut::missing(format!("images/{n}"), "is a link"));
        let cut = LeftOut::new(LeftOutKind::Incomplete, "images/z.jpg", "could not be read to its end");
        let (named, more) = bounded(links.chain([cut.clone(), cut.clone()]).collect());
        assert_eq!(named[0], cut);
        assert_eq!((named.len(), more), (MOST, 8));
        assert!(named[0].is_doubtful() && !named[1].is_doubtful());
        assert!(cut.is_of(&RelPath::parse("images/z.jpg").unwrap()));
    }

    #[test]
    fn a_kind_that_this_version_does_not_know_counts_as_missing() {
        let read: LeftOut = serde_json::from_str(r#"{"path":"a","why":"b","kind":"of-2031"}"#).unwrap();
        assert_eq!(read.kind, LeftOutKind::Missing);
        let read: LeftOut = serde_json::from_str(r#"{"path":"a","why":"b"}"#).unwrap();
        assert_eq!(read, LeftOut::missing("a", "b"));
    }
}
