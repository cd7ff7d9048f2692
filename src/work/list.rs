//! List: every archive in the folder, for what it is.
use serde::Serialize;

use super::{Error, Tools};
use crate::catalog::Knowledge;

/// One line of the table and of `list --json`.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    pub name: String,
    /// `config`, `images`; by the name when the content is not known yet; `null` when neither tells.
    #[serde(rename = "type")]
    pub kind: Option<crate::domain::archive_name::ArchiveKind>,
    /// ISO 8601 with offset.
    pub created: String,
    pub version: Option<String>,
    pub camera_type: Option<String>,
    pub camera_model: Option<String>,
    pub bytes: u64,
    pub state: Knowledge,
    pub reason: String,
    pub verified_at: Option<String>,
}

/// Newest first. Reads head and tail of archives that are not known yet, and all of small ones.
pub fn list(_tools: &Tools) -> Result<Vec<Item>, Error> {
    unimplemented!()
}
