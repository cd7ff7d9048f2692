//! Verify: read all of it again and remember what was found.
use serde::Serialize;

use super::{Error, Tools};
use crate::domain::archive_name::ArchiveName;
use crate::domain::monitor::Monitor;

#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    pub name: String,
    pub ok: bool,
    pub members: u64,
    pub bytes: u64,
    /// Names the damaged member.
    pub error: Option<String>,
}

pub fn verify(_tools: &Tools, _name: &ArchiveName, _monitor: &dyn Monitor) -> Result<Checked, Error> {
    unimplemented!()
}

pub fn verify_all(_tools: &Tools, _monitor: &dyn Monitor) -> Result<Vec<Checked>, Error> {
    unimplemented!()
}
