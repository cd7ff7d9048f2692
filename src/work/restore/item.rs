//! One file of a restore: a member as it is, or content of ours.
use crate::archive::index::Row;
use crate::base::rel_path::RelPath;
use crate::domain::restore::preview::Change;

/// A member that is restored as it is.
pub(super) struct Item {
    pub row: Row,
    pub change: Change,
    /// What lay there when the plan was drawn.
    pub seal: String,
}

impl Item {
    pub fn is_work(&self) -> bool {
        is_work(self.change)
    }
}

/// A file with content of ours, below the camera's home.
pub(super) struct Own {
    pub path: RelPath,
    pub bytes: Vec<u8>,
    pub mtime: i64,
    pub change: Change,
    /// What lay there when the plan was drawn.
    pub seal: String,
}

impl Own {
    pub fn is_work(&self) -> bool {
        is_work(self.change)
    }
}

fn is_work(change: Change) -> bool {
    matches!(change, Change::New | Change::Changed | Change::Rights)
}
