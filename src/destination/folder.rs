//! The backups folder: 0700, ours; archives appear in it only by rename of a proved file.
use std::fs::File;
use std::path::{Path, PathBuf};

use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::base::space::Room;
use crate::domain::archive_name::{ArchiveKind, ArchiveName};
use crate::domain::failure::{Advice, Code};
use crate::domain::proof::Verified;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}: no such backups folder", .0.display())]
    Missing(PathBuf),
    #[error("{}: this folder cannot be written to", .0.display())]
    ReadOnly(PathBuf),
    #[error("not enough room in {}: {need} needed, {have} free", .path.display())]
    Full { path: PathBuf, need: String, have: String },
    #[error("{}: access failed", .path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("there is no archive {0}")]
    NoArchive(ArchiveName),
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::NoArchive(_) => Code::NotFound,
            _ => Code::NotReady,
        }
    }
    fn advice(&self) -> String {
        String::new()
    }
}

/// A `.tar.gz` in the folder, by its directory entry alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub name: ArchiveName,
    pub bytes: u64,
    /// Size, mtime in ns and inode: changes when the content may have changed.
    pub fingerprint: String,
    pub mtime: i64,
}

#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder at `path`; made (0700) on first use where its parent exists. Nothing is touched yet.
    pub fn new(path: PathBuf) -> Self {
        Folder { path }
    }
    pub fn path(&self) -> &Path {
        &self.path
    }
    /// Makes it, tightens its mode to 0700, and says what was changed.
    pub fn prepare(&self) -> Result<Vec<String>, Error> {
        unimplemented!()
    }
    pub fn room(&self) -> Result<Room, Error> {
        unimplemented!()
    }
    /// Refuses with numbers when `bytes` (+ 64 MiB) or `inodes` (+ 16) do not fit.
    pub fn preflight(&self, _bytes: u64, _inodes: u64) -> Result<(), Error> {
        unimplemented!()
    }
    /// A locked temporary folder `.partial-UUID` inside; removed on drop, or by `sweep` after a kill.
    pub fn workspace(&self) -> Result<Workspace, Error> {
        unimplemented!()
    }
    /// Removes workspaces of dead processes; returns how many.
    pub fn sweep(&self) -> Result<usize, Error> {
        unimplemented!()
    }
    /// Every archive, unsorted, with other files in the folder ignored.
    pub fn archives(&self) -> Result<Vec<Found>, Error> {
        unimplemented!()
    }
    pub fn found(&self, _name: &ArchiveName) -> Result<Found, Error> {
        unimplemented!()
    }
    pub fn open(&self, _name: &ArchiveName) -> Result<File, Error> {
        unimplemented!()
    }
    /// Puts a proved file under the first free name for `kind` and `at`, with its sidecar and index,
    /// fsync of the folder before it returns. Never replaces anything.
    pub fn store(&self, _from: &Workspace, _proved: Verified, _as: StoreAs) -> Result<ArchiveName, Error> {
        unimplemented!()
    }
    /// Removes archive, sidecar and index.
    pub fn remove(&self, _name: &ArchiveName) -> Result<(), Error> {
        unimplemented!()
    }
    pub fn index_path(&self, name: &ArchiveName) -> PathBuf {
        self.path.join(format!("{}.index", name.stem()))
    }
    pub fn sidecar_path(&self, name: &ArchiveName) -> PathBuf {
        self.path.join(format!("{}.json", name.stem()))
    }
}

/// How the final name is chosen. Sidecar and index are names inside the workspace.
#[derive(Debug, Clone)]
pub struct StoreAs {
    pub name: Naming,
    pub sidecar: Option<RelPath>,
    pub index: Option<RelPath>,
}

#[derive(Debug, Clone)]
pub enum Naming {
    /// First free name for this local time.
    Made { kind: ArchiveKind, at: jiff::civil::DateTime },
    /// Keep this name; when taken, `-2`, `-3` … is added.
    Given(ArchiveName),
}

#[derive(Debug)]
pub struct Workspace {
    dir: Dir,
}

impl Workspace {
    pub fn dir(&self) -> &Dir {
        &self.dir
    }
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}
