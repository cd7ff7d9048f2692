//! One file on its way from one folder to another, and whether it is there already.
use std::collections::HashMap;

use super::Error;
use crate::base::attributes::{Kind, Moment};
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::nights::file_list::Filed;

/// Times of FAT are even seconds.
pub const GRANULARITY_S: u64 = 2;

/// A file to be copied.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Below the folder that is copied from.
    pub from: RelPath,
    /// Below the folder that is copied to.
    pub to: RelPath,
    pub bytes: u64,
    pub mtime: Moment,
    /// The list that lies with the copies has it with this size and time: what shows where a drive keeps no times.
    pub is_listed: bool,
}

/// Marks those that the list of their folder `folder` has as they are now.
pub fn compare_with_list(wanted: &mut [Wanted], folder: &RelPath, list: &[Filed]) {
    let listed: HashMap<&[u8], &Filed> = list.iter().map(|file| (file.path.as_bytes(), file)).collect();
    let start = folder.as_bytes().len() + 1;
    for file in wanted {
        let known = file.to.as_bytes().get(start..).and_then(|path| listed.get(path));
        file.is_listed = known.is_some_and(|known| {
            known.bytes == file.bytes && known.mtime.abs_diff(file.mtime.seconds) <= GRANULARITY_S
        });
    }
}

/// Whether `to` has it with its size and time.
pub fn is_there(to: &Dir, wanted: &Wanted) -> Result<bool, Error> {
    let seen = to.seen(&wanted.to).map_err(Error::io(format!("{} could not be read", wanted.to)))?;
    Ok(seen.is_some_and(|seen| {
        let apart = seen.attributes.mtime.seconds.abs_diff(wanted.mtime.seconds);
        seen.kind == Kind::File && seen.bytes == wanted.bytes && (wanted.is_listed || apart <= GRANULARITY_S)
    }))
}
