//! Delete an archive with its sidecar and index, and what was said of it.
use crate::domain::archive::name::ArchiveName;
use crate::work::{Error, Tools};

/// Refuses a name that is not there, and one that its owner pinned.
pub fn delete(tools: &Tools, name: &ArchiveName) -> Result<(), Error> {
    if tools.records().is_pinned(name)? {
        return Err(Error::Pinned(name.clone()));
    }
    tools.folder.remove(name)?;
    tools.records().forget(name)?;
    Ok(tools.records().forget_marks(name)?)
}
