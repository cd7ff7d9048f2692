//! A copy that was made at a moment, as retention sees it.
use jiff::Timestamp;

/// What is known of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Complete,
    /// Unfinished: the cleanup of interrupted work removes it, not retention.
    Partial,
    /// Complete, but it may be damaged: it stays, and never counts as one that was kept.
    Suspect,
    Pinned,
}

/// Something that was made at a moment.
pub trait Dated {
    /// Tells items of one moment apart.
    fn id(&self) -> &str;
    fn at(&self) -> Timestamp;
    /// Which item of its moment it is.
    fn nth(&self) -> u32 {
        1
    }
    fn condition(&self) -> Condition;
}
