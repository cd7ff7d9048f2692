//! `pin`, `unpin`, `note`: what an owner says of an archive.
use super::{Session, archive_name};
use crate::api::mark as told;
use crate::domain::archive::note::ArchiveNote;
use crate::domain::failure::{Code, Failure};
use crate::domain::retention::nights::Pinned;
use crate::work::archive::mark::{Mark, mark};

impl Session {
    pub(super) fn pin(&self, name: &str, pinned: Pinned) -> Result<(), Failure> {
        let name = archive_name(&self.tools, name)?;
        mark(&self.tools, &name, &Mark::Pin(pinned))?;
        let is_pinned = pinned == Pinned::Yes;
        let word = if is_pinned { "pinned" } else { "no longer pinned" };
        self.screen.show(&told::Pinned { name: &name, pinned: is_pinned }, |out| writeln!(out, "{name} is {word}"))
    }

    pub(super) fn note(&self, name: &str, text: &str) -> Result<(), Failure> {
        let name = archive_name(&self.tools, name)?;
        let note = ArchiveNote::parse(text).map_err(|bad| Failure {
            code: Code::Usage,
            message: format!("{bad}"),
            advice: "Write a shorter one, without line breaks; nothing was changed.".into(),
        })?;
        mark(&self.tools, &name, &Mark::Note(note.clone()))?;
        self.screen.show(&told::Noted { name: &name, note: note.as_str() }, |out| writeln!(out, "{name}: {note}"))
    }
}
