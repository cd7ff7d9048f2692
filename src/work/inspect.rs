//! Inspect: read an archive that someone else wrote once, so that its tree can be shown.
use super::{Error, Tools};
use crate::domain::archive_name::ArchiveName;
use crate::domain::monitor::Monitor;

/// Builds index and knowledge of `name`.
pub fn inspect(_tools: &Tools, _name: &ArchiveName, _monitor: &dyn Monitor) -> Result<super::verify::Checked, Error> {
    unimplemented!()
}
