//! What was found and done while a snapshot was taken.
use serde::{Deserialize, Serialize};

/// Files are regular files; bytes are their sizes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    pub files: u64,
    pub folders: u64,
    pub symlinks: u64,
    pub bytes: u64,
    /// Of the files: those that the snapshot before did not have.
    pub new: u64,
    /// Of the files: those that the snapshot before had otherwise.
    pub changed: u64,
    /// Of the files: those that are one file with that of the snapshot before.
    pub linked: u64,
    /// Files of the snapshot before that are no longer there.
    pub deleted: u64,
    /// Bytes that were written.
    pub added_bytes: u64,
    /// What the owner leaves out; a folder counts once.
    pub left_out: u64,
    /// Pipes, sockets and devices, which are not taken.
    pub special: u64,
    /// Files and folders that could not be read.
    pub unreadable: u64,
    /// Gone between the list of their folder and the moment at which they were to be read.
    pub vanished: u64,
    /// Folders on which another file system is mounted.
    pub other_file_systems: u64,
    /// Files that changed while they were read.
    pub changed_meanwhile: u64,
    /// Files that were written anew because the drive gives no file more names.
    pub many_names: u64,
    /// Names that the drive cannot hold.
    pub not_held: u64,
}

impl Counts {
    /// True when the snapshot has the files of the one before, and nothing else.
    pub fn is_unchanged(&self) -> bool {
        (self.new, self.changed, self.deleted) == (0, 0, 0)
    }
}
