//! What an owner wants back of a snapshot, and where to.
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::name::SnapshotName;
use crate::domain::host::settings::HostName;

/// What is done where something has the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Existing {
    Stays,
    IsReplaced,
}

/// What becomes of files that lie in a folder which is replaced, and are not in the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CameSince {
    /// They go with the old folder, which is kept for an undo.
    #[default]
    Goes,
    Stays,
}

/// Files and folders of a snapshot that go to a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotRequest {
    pub host: HostName,
    pub snapshot: SnapshotName,
    /// Below the host's folder; empty for all of it.
    pub paths: Vec<SnapshotPath>,
    pub to: PathBuf,
    pub existing: Existing,
    #[serde(default)]
    pub since: CameSince,
}

/// A path within a snapshot, of any length and depth: parts without `.` and `..`, single slashes between them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct SnapshotPath(Vec<u8>);

impl SnapshotPath {
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|byte| *byte == b'/')
    }

    /// The last part.
    pub fn name(&self) -> &[u8] {
        self.parts().last().unwrap_or_default()
    }
}

impl TryFrom<Vec<u8>> for SnapshotPath {
    type Error = String;
    fn try_from(bytes: Vec<u8>) -> Result<Self, String> {
        let bare = bytes.strip_prefix(b"./").or_else(|| bytes.strip_prefix(b"/")).unwrap_or(&bytes);
        let bare = bare.strip_suffix(b"/").unwrap_or(bare);
        let odd = |part: &[u8]| part.is_empty() || part == b"." || part == b".." || part.contains(&0);
        if bare.split(|byte| *byte == b'/').any(odd) {
            return Err(format!("{:?} is no path within a snapshot", String::from_utf8_lossy(&bytes)));
        }
        Ok(SnapshotPath(bare.to_vec()))
    }
}

impl From<SnapshotPath> for Vec<u8> {
    fn from(path: SnapshotPath) -> Vec<u8> {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_path_is_its_last_part() {
        for (text, name) in [("a", "a"), ("a/b", "b"), ("a/b/c d/", "c d")] {
            assert_eq!(SnapshotPath::try_from(text.as_bytes().to_vec()).unwrap().name(), name.as_bytes());
        }
    }

    #[test]
    fn a_path_never_leaves_the_snapshot() {
        for (text, path) in [("a", "a"), ("/a/b/", "a/b"), ("./a", "a")] {
            assert_eq!(SnapshotPath::try_from(text.as_bytes().to_vec()).unwrap().as_bytes(), path.as_bytes());
        }
        for odd in ["", "/", ".", "..", "a/../b", "a//b", "a/./b", "//a"] {
            assert!(SnapshotPath::try_from(odd.as_bytes().to_vec()).is_err(), "{odd}");
        }
    }
}
