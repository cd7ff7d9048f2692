//! Import a file of this machine: the same path as an upload.
use std::path::Path;

use serde::Serialize;

use super::{Error, Tools};
use crate::domain::monitor::Monitor;

#[derive(Debug, Clone, Serialize)]
pub struct Imported {
    #[serde(flatten)]
    pub created: super::create::Created,
    /// Of the file, hex.
    pub sha256: String,
    #[serde(rename = "type")]
    pub kind: crate::domain::archive_name::ArchiveKind,
}

pub fn import(_tools: &Tools, _file: &Path, _monitor: &dyn Monitor) -> Result<Imported, Error> {
    unimplemented!()
}
