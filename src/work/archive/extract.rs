//! Extract one file out of an archive.
use std::io::Read;

use super::info;
use crate::archive::extract as content;
use crate::archive::index::Row;
use crate::base::rel_path::RelPath;
use crate::domain::archive::name::ArchiveName;
use crate::domain::monitor::Unwatched;
use crate::work::archive::checked::Finding;
use crate::work::archive::inspect::{index_apart, read_in_full};
use crate::work::{Error, Tools};

/// The file and its content. Fails with `NoMember` when it is not there, with `NotABackup` when the rules refuse the
/// archive, and with `Unlisted` when nothing of it can be read. Indexes the archive first when it has no index yet.
pub fn extract(tools: &Tools, name: &ArchiveName, member: &RelPath) -> Result<(Row, Box<dyn Read + Send>), Error> {
    let found = tools.folder.found(name)?;
    let mut index = info::open_agreeing_index(tools, &found)?;
    let mut why = None;
    if index.is_none() {
        let read = read_in_full(tools, &found, &Unwatched)?.1;
        if read.finding == Finding::Foreign {
            return Err(read.into_not_a_backup(name));
        }
        why = read.error;
        index = info::open_agreeing_index(tools, &found)?;
    }
    if index.is_none() {
        index = index_apart(tools, &found, &Unwatched)?;
    }
    let index = index.ok_or_else(|| Error::Unlisted {
        name: name.clone(),
        why: why.unwrap_or_else(|| "nothing in it could be read".into()),
    })?;
    let absent = || Error::NoMember { name: name.clone(), member: member.to_string() };
    let row = index.find(member)?.filter(|row| !row.is_dir).ok_or_else(absent)?;
    let open = content::open(tools.folder.open(name)?, &row);
    let content = open.map_err(|source| Error::Source { path: tools.folder.path().join(name.as_str()), source })?;
    Ok((row, Box::new(content)))
}
