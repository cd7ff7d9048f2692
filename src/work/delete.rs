//! Delete an archive with its sidecar and index.
use super::{Error, Tools};
use crate::domain::archive_name::ArchiveName;

/// Refuses a name that is not there.
pub fn delete(tools: &Tools, name: &ArchiveName) -> Result<(), Error> {
    tools.folder.remove(name)?;
    Ok(tools.catalog.forget(name)?)
}
