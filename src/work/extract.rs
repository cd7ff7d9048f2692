//! Extract one file out of an archive.
use std::io::Read;

use super::{Error, Tools};
use crate::archive::index::Row;
use crate::base::rel_path::RelPath;
use crate::domain::archive_name::ArchiveName;

/// The file and its content. Fails with `NoMember` when it is not there. Indexes the archive first
/// when nobody has done so yet.
pub fn extract(_tools: &Tools, _name: &ArchiveName, _member: &RelPath) -> Result<(Row, Box<dyn Read + Send>), Error> {
    unimplemented!()
}
