//! Delete an archive with its sidecar and index.
use super::{Error, Tools};
use crate::domain::archive_name::ArchiveName;

pub fn delete(_tools: &Tools, _name: &ArchiveName) -> Result<(), Error> {
    unimplemented!()
}
