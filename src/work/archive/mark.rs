//! Mark an archive: pin it, so that nothing deletes it, or write a line on it.
use crate::catalog::EventKind;
use crate::domain::archive::name::ArchiveName;
use crate::domain::archive::note::ArchiveNote;
use crate::domain::retention::nights::Pinned;
use crate::work::{Error, Tools};

/// What its owner says of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    Pin(Pinned),
    /// An empty one takes the note away.
    Note(ArchiveNote),
}

/// Refuses a name that is not there.
pub fn mark(tools: &Tools, name: &ArchiveName, mark: &Mark) -> Result<(), Error> {
    tools.folder.found(name)?;
    match mark {
        Mark::Pin(pinned) => tools.records().pin_archive(name, *pinned)?,
        Mark::Note(note) => tools.records().note_archive(name, note)?,
    }
    tools.catalog.tell(&EventKind::Mark { name: name.to_string() }, (tools.now)().timestamp())?;
    Ok(())
}
