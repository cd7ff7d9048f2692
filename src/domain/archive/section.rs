//! A part of the camera's settings that is backed up and restored as one.
use serde::Serialize;

use crate::base::rel_path::RelPath;
use crate::domain::remark::Remark;

/// Short stable key of a section: `core`, `modules`, `databases`, `images` …
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct SectionKey(pub String);

impl SectionKey {
    pub fn new(key: &str) -> Self {
        SectionKey(key.to_owned())
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How the content is read so that the copy is consistent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Capture {
    /// Read as they are.
    Files,
    /// SQLite, copied through SQLite while the camera writes, then checked.
    LiveDatabase,
}

/// One place on the disk that belongs to a section. `home_of(place_of(x)) == x`: the name in the
/// archive is the name below the camera's home, so backup and restore cannot disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Below the camera's home, and the same in the archive.
    pub path: RelPath,
    pub capture: Capture,
    /// Passwords and keys: never shown, stored 0600 by us.
    pub secret: bool,
}

/// A section as this camera has it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    pub key: SectionKey,
    /// A few words, as on the switch: "User Modules".
    pub label: String,
    /// A sentence on what it holds and why one would want it.
    pub description: String,
    /// Always part of a config archive.
    pub required: bool,
    /// Places that exist on this camera; empty when it has none of them.
    pub places: Vec<Place>,
    /// Remarks for the owner, such as a target that is written in the wrong case.
    pub notes: Vec<Remark>,
}
