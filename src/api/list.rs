//! Lists and parts of lists.
use serde::Serialize;

/// A list. One in one piece has no `next`; of one that is read in parts it is the cursor of the next part, and `null`
/// at the end.
#[derive(Debug, Serialize)]
pub struct Items<T> {
    pub items: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Option<String>>,
}

impl<T: Serialize> Items<T> {
    /// A list in one piece.
    pub fn all(items: T) -> Self {
        Items { items, next: None }
    }

    /// A part of a list.
    pub fn part(items: T, next: Option<String>) -> Self {
        Items { items, next: Some(next) }
    }
}
