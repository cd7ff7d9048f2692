//! One file on its way from the camera to the drive, and whether the drive has it already.
use super::Error;
use crate::base::attributes::{Kind, Moment};
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;

/// Times of FAT are even seconds.
pub(in crate::work) const GRANULARITY_S: u64 = 2;

/// A file to be copied.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Below the camera's images.
    pub from: RelPath,
    /// Below the drive.
    pub to: RelPath,
    pub bytes: u64,
    pub mtime: Moment,
}

/// Whether the drive has it with its size and time.
pub(super) fn is_there(drive: &Dir, wanted: &Wanted) -> Result<bool, Error> {
    let seen = drive.seen(&wanted.to).map_err(Error::io(format!("{} could not be looked at", wanted.to)))?;
    Ok(seen.is_some_and(|seen| {
        let apart = seen.attributes.mtime.seconds.abs_diff(wanted.mtime.seconds);
        seen.kind == Kind::File && seen.bytes == wanted.bytes && apart <= GRANULARITY_S
    }))
}
