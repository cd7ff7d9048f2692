//! The file of a member index: its tables, its mark, and what binds it to its archive. Written by
//! `index_build`, read by `index`.
use std::fs::File;
use std::os::unix::fs::MetadataExt as _;

#[derive(Debug, thiserror::Error)]
#[error("the index could not be used")]
pub struct Error(#[from] pub rusqlite::Error);

pub(super) const TABLES: &str = "
    CREATE TABLE about (
        archive_size INTEGER NOT NULL, archive_mtime_s INTEGER NOT NULL, archive_mtime_ns INTEGER NOT NULL,
        files INTEGER NOT NULL, bytes INTEGER NOT NULL, metadata TEXT NOT NULL);
    CREATE TABLE folder (
        id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, name BLOB NOT NULL, path BLOB NOT NULL,
        size INTEGER NOT NULL, files INTEGER NOT NULL, mtime INTEGER NOT NULL);
    CREATE TABLE file (
        id INTEGER PRIMARY KEY, folder INTEGER NOT NULL, name BLOB NOT NULL, size INTEGER NOT NULL,
        mtime INTEGER NOT NULL, sha256 BLOB, gzip_offset INTEGER NOT NULL, skip INTEGER NOT NULL);";

/// The id of no folder: what lies at the top.
pub(super) const TOP: i64 = 0;

/// What binds an index to its archive: size and the time of the last change.
pub(super) fn stamp(archive: &File) -> Result<[i64; 3], rusqlite::Error> {
    let stat = archive.metadata().map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    Ok([stat.size() as i64, stat.mtime(), stat.mtime_nsec()])
}
