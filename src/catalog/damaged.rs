//! A catalog that cannot be used: how it is known, and how it is put aside.
//!
//! Invariant: nothing of it is lost; it lies beside the new one, with all that belongs to it.
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::{Error, with_ending};

pub(super) fn is_corrupt(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// True when the file holds nothing and its log holds something: SQLite would take the catalog for a new one and throw
/// the log away.
pub(super) fn was_emptied(path: &Path) -> bool {
    let size = |path: PathBuf| fs::metadata(path).map_or(0, |about| about.len());
    path.exists() && size(path.to_owned()) == 0 && size(with_ending(path, "-wal")) > 0
}

pub(super) fn emptied() -> Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB);
    Error::Use(rusqlite::Error::SqliteFailure(code, Some("the file is empty, and its log is not".to_owned())))
}

/// Renames the file and its helpers; the numbers tell several of them apart.
pub(super) fn put_aside(path: &Path) -> std::io::Result<PathBuf> {
    let with = |ending: &str| with_ending(path, ending);
    let mut n = 1;
    let mut aside = with(".damaged-1");
    while aside.try_exists()? {
        n += 1;
        aside = with(&format!(".damaged-{n}"));
    }
    fs::rename(path, &aside)?;
    for helper in ["-wal", "-shm"] {
        match fs::rename(with(helper), with(&format!(".damaged-{n}{helper}"))) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(aside)
}
