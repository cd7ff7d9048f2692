//! The member index beside an archive (`NAME.index`, SQLite): Info, the file tree, search and
//! one-file extraction without reading the archive. A cache: rebuilt when missing, bound to size
//! and mtime of its archive, never trusted over it.
use std::path::Path;

use serde::Serialize;

use crate::base::digest::Sha256;
use crate::base::rel_path::RelPath;
use crate::domain::metadata::Metadata;

use super::inspect::Member;

#[derive(Debug, thiserror::Error)]
#[error("the index could not be used")]
pub struct Error(#[from] pub rusqlite::Error);

/// Collects members while an archive is written or inspected.
pub struct IndexBuilder {}

impl IndexBuilder {
    /// Makes a new index file at `path`.
    pub fn create(_path: &Path) -> Result<Self, Error> {
        unimplemented!()
    }
    pub fn add(&mut self, _member: &Member) -> Result<(), Error> {
        unimplemented!()
    }
    /// Closes it, complete. `archive` is the finished archive file it describes.
    pub fn finish(self, _metadata: &Metadata, _archive: &std::fs::File) -> Result<(), Error> {
        unimplemented!()
    }
}

/// A line of the file tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    pub path: RelPath,
    pub is_dir: bool,
    /// Folders: all that is below.
    pub size: u64,
    /// Files below a folder; 1 for a file.
    pub files: u64,
    pub mtime: i64,
    #[serde(skip)]
    pub sha256: Option<Sha256>,
    #[serde(skip)]
    pub gzip_offset: u64,
    #[serde(skip)]
    pub skip: u64,
}

pub struct Index {}

impl Index {
    /// `None` when there is no index for exactly this archive file.
    pub fn open(_path: &Path, _archive: &std::fs::File) -> Result<Option<Self>, Error> {
        unimplemented!()
    }
    pub fn metadata(&self) -> Result<Metadata, Error> {
        unimplemented!()
    }
    /// Files and uncompressed bytes in all.
    pub fn totals(&self) -> Result<(u64, u64), Error> {
        unimplemented!()
    }
    /// What lies directly in `folder` (`None` = top), folders first, by name.
    pub fn folder(&self, _folder: Option<&RelPath>, _offset: u64, _limit: u64) -> Result<Vec<Row>, Error> {
        unimplemented!()
    }
    /// Files whose path contains `text`, ignoring ASCII case, and whether there are more.
    pub fn search(&self, _text: &str, _limit: u64) -> Result<(Vec<Row>, bool), Error> {
        unimplemented!()
    }
    pub fn find(&self, _path: &RelPath) -> Result<Option<Row>, Error> {
        unimplemented!()
    }
    /// Every file in archive order, for `info --files` and restores.
    pub fn each(&self, _row: &mut dyn FnMut(Row)) -> Result<(), Error> {
        unimplemented!()
    }
}
