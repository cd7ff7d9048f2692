//! Info: what an archive says of itself and what is in it.
use serde::Serialize;

use super::list::Item;
use super::{Error, Tools};
use crate::archive::index::Row;
use crate::base::rel_path::RelPath;
use crate::domain::archive_name::ArchiveName;
use crate::domain::metadata::Metadata;

#[derive(Debug, Clone, Serialize)]
pub struct Info {
    #[serde(flatten)]
    pub item: Item,
    /// `None` until the archive has been read once (`inspect`).
    pub metadata: Option<Metadata>,
    pub files: Option<u64>,
    pub raw_bytes: Option<u64>,
    pub sha256: Option<String>,
}

pub fn info(_tools: &Tools, _name: &ArchiveName) -> Result<Info, Error> {
    unimplemented!()
}

/// A page of a folder of the file tree; `None` when the archive has no index yet.
pub fn folder(
    _tools: &Tools,
    _name: &ArchiveName,
    _folder: Option<&RelPath>,
    _offset: u64,
    _limit: u64,
) -> Result<Option<Vec<Row>>, Error> {
    unimplemented!()
}

pub fn search(
    _tools: &Tools,
    _name: &ArchiveName,
    _text: &str,
    _limit: u64,
) -> Result<Option<(Vec<Row>, bool)>, Error> {
    unimplemented!()
}

pub fn each_file(_tools: &Tools, _name: &ArchiveName, _row: &mut dyn FnMut(Row)) -> Result<bool, Error> {
    unimplemented!()
}
