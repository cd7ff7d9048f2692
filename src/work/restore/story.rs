//! What a restore was, told to the owner and remembered beside its kept files.
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::dir::Dir;
use crate::base::handover::make_folders;
use crate::base::plain::{self, read_plain};
use crate::base::rel_path::RelPath;
use crate::domain::archive::name::ArchiveKind;
use crate::swap::SwapId;

/// The result of a restore.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Restored {
    /// For `undo`; `None` when everything was as in the backup already.
    pub restore_id: Option<String>,
    /// The name of the archive.
    pub name: String,
    pub kind: ArchiveKind,
    /// Merged with another camera's settings.
    pub merged: bool,
    pub created: Timestamp,
    /// Files that were written.
    pub files: u64,
    pub bytes: u64,
    pub new: u64,
    pub changed: u64,
    pub same: u64,
    /// Files that stay in the backup, because of what lies in their places.
    #[serde(default)]
    pub obstructed: u64,
    /// How long the camera rested.
    pub pause_ms: u64,
    pub from_version: String,
    pub to_version: String,
    pub from_camera: Option<String>,
    pub to_camera: Option<String>,
    pub sections: Vec<String>,
    pub folders: Vec<String>,
    /// Another folder, when it did not go to the camera.
    pub to: Option<PathBuf>,
    pub warnings: Vec<String>,
    pub log: Option<PathBuf>,
    /// It is of a snapshot: `folders` names the files and folders that changed hands as wholes.
    #[serde(default)]
    pub is_of_things: bool,
}

impl Restored {
    /// Of files of a snapshot, with nothing in it yet.
    pub fn of_files(created: Timestamp) -> Restored {
        Restored {
            restore_id: None,
            name: String::new(),
            kind: ArchiveKind::Images,
            merged: false,
            created,
            files: 0,
            bytes: 0,
            new: 0,
            changed: 0,
            same: 0,
            pause_ms: 0,
            from_version: String::new(),
            to_version: String::new(),
            from_camera: None,
            to_camera: None,
            sections: Vec::new(),
            folders: Vec::new(),
            to: None,
            obstructed: 0,
            warnings: Vec::new(),
            log: None,
            is_of_things: true,
        }
    }

    /// True when the camera should have rested and was not running: its owner, or a fault, had stopped it.
    pub fn found_camera_down(&self) -> bool {
        self.to.is_none() && self.kind == ArchiveKind::Config && self.restore_id.is_some() && self.pause_ms == 0
    }
}

/// Remembers it under the name of its swap.
pub(super) fn remember(folder: &Path, id: &str, story: &Restored) -> io::Result<()> {
    make_folders(folder, 0o700)?;
    let name = name_of(id)?;
    Dir::open(folder)?.write_atomic(&name, &serde_json::to_vec_pretty(story)?)
}

/// The record of a swap. `None` when there is none or it cannot be read; the swap can be undone nevertheless.
pub(super) fn recall(folder: &Path, id: &str) -> Option<Restored> {
    serde_json::from_slice(&read_plain(&folder.join(format!("{id}.json")), plain::TEXT).ok()?).ok()
}

/// A story that is not there is forgotten already.
pub(super) fn forget(folder: &Path, id: &str) -> io::Result<()> {
    match Dir::open(folder).and_then(|dir| dir.remove_file(&name_of(id)?)) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Removes what belongs to none of the `known` swaps: stories of restores that never came to be, and
/// half-written ones. Files that are not called like a story are not ours.
pub(super) fn sweep(folder: &Path, known: &[SwapId]) -> io::Result<()> {
    let dir = match Dir::open(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for name in dir.entries()? {
        let text = name.to_str().unwrap_or_default();
        let whole = text.strip_suffix(".json").and_then(SwapId::parse);
        let half = text.strip_suffix(".json.new").and_then(SwapId::parse);
        if whole.is_some_and(|id| !known.contains(&id)) || half.is_some() {
            dir.remove_file(&RelPath::parse(name.as_encoded_bytes()).map_err(io::Error::other)?)?;
        }
    }
    Ok(())
}

fn name_of(id: &str) -> io::Result<RelPath> {
    RelPath::parse(format!("{id}.json")).map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stories_without_a_restore_go_and_other_files_stay() {
        let top = tempfile::tempdir().unwrap();
        let (told, untold) = ("20261117-223344-0a1b2c", "20261117-223344-0a1b2d");
        let all =
            [format!("{told}.json"), format!("{untold}.json"), format!("{told}.json.new"), "notes.json".to_owned()];
        all.iter().for_each(|name| std::fs::write(top.path().join(name), "{}").unwrap());
        sweep(top.path(), &[SwapId::parse(told).unwrap()]).unwrap();
        let there = |name: &String| top.path().join(name).exists();
        assert_eq!(all.iter().map(there).collect::<Vec<_>>(), [true, false, false, true]);
    }
}
