//! What reading all of an archive has shown, for verify and inspect alike.
use serde::{Deserialize, Serialize};

use crate::domain::archive::name::ArchiveName;
use crate::work::Error;

/// What a file turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    Whole,
    Damaged,
    /// No backup at all, so nothing that could be whole.
    Foreign,
    /// The disk did not give it back this time.
    Unread,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Checked {
    pub name: String,
    pub ok: bool,
    pub finding: Finding,
    pub members: u64,
    /// Uncompressed.
    pub bytes: u64,
    /// Names the damaged member.
    pub error: Option<String>,
}

impl Checked {
    pub fn foreign(name: &ArchiveName, why: String) -> Self {
        Checked::not_ok(name, Finding::Foreign, why)
    }

    pub fn unread(name: &ArchiveName, why: String) -> Self {
        Checked::not_ok(name, Finding::Unread, why)
    }

    fn not_ok(name: &ArchiveName, finding: Finding, why: String) -> Self {
        Checked { name: name.to_string(), ok: false, finding, members: 0, bytes: 0, error: Some(why) }
    }

    /// What every verb that needs the members of a foreign file says of it.
    pub(crate) fn into_not_a_backup(self, name: &ArchiveName) -> Error {
        Error::NotABackup { name: name.clone(), why: self.error.unwrap_or_default() }
    }

    /// False for damage and for what the disk does not give back; a foreign file is neither.
    pub fn is_no_alarm(&self) -> bool {
        matches!(self.finding, Finding::Whole | Finding::Foreign)
    }
}
