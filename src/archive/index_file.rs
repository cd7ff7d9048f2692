//! The file of a member index: its tables, its mark, and what binds it to its archive. Written by
//! `index_build`, read by `index`.
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, MetadataExt as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::from_start::FromStart;

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
        mtime INTEGER NOT NULL, sha256 BLOB, gzip_offset INTEGER NOT NULL, skip INTEGER NOT NULL, as_named INTEGER);";

/// Made when all rows are in.
pub(super) const LOOKUPS: &str = "
    CREATE UNIQUE INDEX folder_by_place ON folder (parent, name);
    CREATE UNIQUE INDEX file_by_place ON file (folder, name);";

/// Stands behind the database, before its digest. SQLite knows from its header where the database ends.
const SEAL: &[u8; 16] = b"allsky-bk-seal-1";
const SEAL_BYTES: usize = SEAL.len() + 32;
/// Files that this process has found whole, by what the kernel says of them.
static WHOLE: Mutex<VecDeque<Looks>> = Mutex::new(VecDeque::new());
const MOST_WHOLE: usize = 64;

/// Device, inode, size, and the time of the last change of anything, which nobody can set.
type Looks = [i64; 5];

/// Adds the digest of the finished file at `path` to its end.
pub(super) fn seal(path: &Path) -> io::Result<()> {
    let mut file = File::options().read(true).append(true).open(path)?;
    let length = file.metadata()?.len();
    let digest = digest(&file, length)?;
    file.write_all(&[SEAL.as_slice(), digest.as_bytes()].concat())
}

/// True when the file is to the byte as it was sealed. A cache that rotted or was changed by hand is none.
pub(super) fn is_whole(file: &File) -> io::Result<bool> {
    let stat = file.metadata()?;
    let looks = [stat.dev() as i64, stat.ino() as i64, stat.size() as i64, stat.ctime(), stat.ctime_nsec()];
    let known = |whole: &VecDeque<Looks>| whole.contains(&looks);
    if known(&WHOLE.lock().unwrap_or_else(PoisonError::into_inner)) {
        return Ok(true);
    }
    let Some(length) = stat.size().checked_sub(SEAL_BYTES as u64) else { return Ok(false) };
    let mut found = [0; SEAL_BYTES];
    file.read_exact_at(&mut found, length)?;
    if !found.starts_with(SEAL) || found[SEAL.len()..] != *digest(file, length)?.as_bytes() {
        return Ok(false);
    }
    let mut whole = WHOLE.lock().unwrap_or_else(PoisonError::into_inner);
    if whole.len() == MOST_WHOLE {
        whole.pop_front();
    }
    whole.push_back(looks);
    Ok(true)
}

fn digest(file: &File, length: u64) -> io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    let mut from = FromStart::new(file).take(length);
    let mut buffer = vec![0; 256 << 10];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(hasher.finalize()),
            read => hasher.update(&buffer[..read]),
        };
    }
}

/// True when the database has our tables and look-ups and nothing else: a view or trigger in their place
/// could answer anything, or never.
pub(super) fn has_our_tables(db: &Connection) -> rusqlite::Result<bool> {
    let ours = Connection::open_in_memory()?;
    ours.execute_batch(TABLES)?;
    ours.execute_batch(LOOKUPS)?;
    Ok(schema(db)? == schema(&ours)?)
}

fn schema(db: &Connection) -> rusqlite::Result<Vec<(String, String, Option<String>)>> {
    db.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name LIMIT 100")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect()
}

/// The id of no folder: what lies at the top.
pub(super) const TOP: i64 = 0;

/// What binds an index to its archive: size and the time of the last change.
pub(super) fn stamp(archive: &File) -> Result<[i64; 3], rusqlite::Error> {
    let stat = archive.metadata().map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    Ok([stat.size() as i64, stat.mtime(), stat.mtime_nsec()])
}
