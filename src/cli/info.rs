//! `info NAME [--files]`: what an archive says of itself, and all that is in it.
//!
//! Files are printed one by one as they come from the index, so that a hundred thousand of them need
//! no memory.
use std::io::{self, Write};

use super::list::{camera, minute, state};
use super::reading::ReadingSession;
use super::screen::Speech;
use super::watch::Watch;
use super::{archive_name, outcome};
use crate::api::archive;
use crate::archive::index::Row;
use crate::base::size::Bytes;
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::name::ArchiveName;
use crate::domain::failure::Failure;
use crate::work::archive::info;
use crate::work::archive::info::Info;
use crate::work::archive::inspect;

/// Lines of what is left out that are printed.
const SHOWN: usize = 50;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    Summary,
    /// Also every file.
    Files,
}

impl ReadingSession {
    pub(super) fn info(&self, name: &str, depth: Depth) -> Result<(), Failure> {
        let name = archive_name(&self.tools, name)?;
        let fail = |e: &crate::work::Error| Failure::of(e);
        let mut info = info::info(&self.tools, &name).map_err(|e| fail(&e))?;
        if depth == Depth::Files && !self.is_indexed(&name)? {
            let watch = Watch::new();
            let read = inspect::inspect(&self.tools, &name, &watch);
            watch.finish(&[]);
            read.map_err(|e| fail(&e))?;
            info = info::info(&self.tools, &name).map_err(|e| fail(&e))?;
        }
        if depth == Depth::Summary {
            return self.screen.show(&info, |out| words(&info, out));
        }
        let mut listed = Ok(true);
        self.screen.write(|out| {
            match self.screen.speech {
                Speech::Json => {
                    let mut head = serde_json::to_value(&info)?;
                    if let Some(keys) = head.as_object_mut() {
                        let count = keys.remove("files").unwrap_or_default();
                        keys.insert("file_count".into(), count);
                    }
                    let head = head.to_string();
                    write!(out, "{},\"files\":[", head.strip_suffix('}').unwrap_or(&head))?;
                }
                Speech::Words => {
                    words(&info, out)?;
                    writeln!(out)?;
                }
            }
            let mut written = Ok(());
            let mut between = "";
            listed = info::each_file(&self.tools, &name, &mut |row| {
                if written.is_ok() {
                    written = self.file(&row, between, out);
                    between = ",";
                }
            });
            written?;
            match self.screen.speech {
                Speech::Json => out.write_all(b"]}\n"),
                Speech::Words => Ok(()),
            }
        })?;
        listed.map(|_| ()).map_err(|e| fail(&e))
    }

    fn is_indexed(&self, name: &ArchiveName) -> Result<bool, Failure> {
        Ok(info::folder(&self.tools, name, None, 0, 1)?.is_some())
    }

    fn file(&self, row: &Row, between: &str, out: &mut dyn Write) -> io::Result<()> {
        let at = jiff::Timestamp::from_second(row.mtime).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let at = at.to_zoned(jiff::tz::TimeZone::system());
        match self.screen.speech {
            Speech::Json => {
                out.write_all(between.as_bytes())?;
                let at = at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
                let sha256 = row.sha256.map(|sum| sum.to_string());
                let line = archive::File { path: &row.path, bytes: row.size, modified: at, sha256 };
                serde_json::to_writer(out, &line).map_err(io::Error::from)
            }
            Speech::Words => {
                let proof = if row.is_proved() { "" } else { "  (not proved whole)" };
                let (size, at) = (Bytes(row.size).to_string(), at.strftime("%Y-%m-%d %H:%M"));
                writeln!(out, "{size:>10}  {at}  {}{proof}", row.path)
            }
        }
    }
}

fn words(info: &Info, out: &mut dyn Write) -> io::Result<()> {
    let item = &info.item;
    let mut line = |key: &str, value: String| writeln!(out, "{key:<12} {value}");
    line("Name", item.name.clone())?;
    if let Some(kind) = item.kind {
        line("Type", kind.to_string())?;
    }
    line("Created", minute(&item.created))?;
    line("Size", Bytes(item.bytes).to_string())?;
    line("State", state(item))?;
    if let Some(at) = &item.verified_at {
        line("Verified", minute(at))?;
    }
    if let Some(version) = &item.version {
        line("Version", version.clone())?;
    }
    if let Some(camera) = camera(item) {
        line("Camera", camera)?;
    }
    if let (Some(files), Some(raw)) = (info.files, info.raw_bytes) {
        line("Holds", format!("{}, {}", outcome::files(files), Bytes(raw)))?;
    }
    if let Some(sum) = &info.sha256 {
        line("SHA-256", sum.clone())?;
    }
    let Some(metadata) = &info.metadata else { return Ok(()) };
    let sections: Vec<String> = metadata
        .included_sections
        .iter()
        .map(|s| if s.shortdescription.is_empty() { s.key.clone() } else { s.shortdescription.clone() })
        .collect();
    if !sections.is_empty() {
        line("Sections", sections.join(", "))?;
    }
    if let Some(folders) = metadata.image_folders.as_ref().filter(|f| !f.is_empty()) {
        line("Folders", folders.join(", "))?;
    }
    if let Some(modules) = metadata.backup_modules.as_ref().filter(|m| !m.is_empty()) {
        line("Modules", modules.join(", "))?;
    }
    metadata.remarks().iter().try_for_each(|remark| writeln!(out, "\n{remark}."))?;
    not_whole(metadata, out)
}

/// What is not, or not wholly, in the archive; the first of a long list.
fn not_whole(metadata: &Metadata, out: &mut dyn Write) -> io::Result<()> {
    let left_out = metadata.left_out();
    let count = left_out.len() as u64 + metadata.left_out_more();
    if count == 0 {
        return Ok(());
    }
    writeln!(out, "\nNot in it, or not whole ({count}):")?;
    left_out.iter().take(SHOWN).try_for_each(|one| writeln!(out, "  {one}"))?;
    match count.saturating_sub(SHOWN as u64) {
        0 => Ok(()),
        more => writeln!(out, "  … and {more} more; --json names {} of them", left_out.len()),
    }
}
