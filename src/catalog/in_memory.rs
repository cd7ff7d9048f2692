//! A copy of the catalog in memory, for verbs that only show something: they see what is in the catalog now, and what
//! they find out on the way is forgotten with them. Nothing in the state folder is made, repaired or written.
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use rustix::fs::Access;
use rustix::io::Errno;

use super::damaged::{emptied, was_emptied};
use super::{Catalog, Error, PATIENCE, bring_up_to_date, check, refuse_links, with_ending};
use crate::base::unlinked::behind_folder;

/// Pages that are copied at once.
const STEP: i32 = 4096;
const NAP: Duration = Duration::from_millis(20);
/// How often a copy is tried that a writer has made useless.
const TRIES: u32 = 5;

impl Catalog {
    /// What the catalog at `path` holds now, in memory; empty when there is none.
    pub fn copy_of(path: &Path) -> Result<Self, Error> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let io_error = |source| Error::Folder { path: folder.to_owned(), source };
        let real = match behind_folder(path) {
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Catalog::empty(),
            other => other.map_err(io_error)?,
        };
        refuse_links(&real).map_err(io_error)?;
        match real.symlink_metadata() {
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Catalog::empty(),
            other => other.map_err(|source| Error::Folder { path: path.to_owned(), source })?,
        };
        readable(path)?;
        if was_emptied(path) {
            return Err(emptied());
        }
        let copy = copied(&real)?;
        check(&copy)?;
        Catalog::of_memory(copy, path)
    }

    /// A catalog of nothing, in memory.
    pub fn empty() -> Result<Self, Error> {
        Catalog::of_memory(Connection::open_in_memory()?, Path::new("catalog.db"))
    }

    fn of_memory(mut connection: Connection, path: &Path) -> Result<Self, Error> {
        connection.pragma_update(None, "foreign_keys", true)?;
        bring_up_to_date(&mut connection, path)?;
        Ok(Catalog { connection: Mutex::new(connection), reading: None, damaged: None })
    }
}

/// Names files of another user as such: SQLite would only say that they cannot be opened.
fn readable(path: &Path) -> Result<(), Error> {
    for path in ["", "-wal"].map(|ending| with_ending(path, ending)) {
        if rustix::fs::access(&path, Access::READ_OK) == Err(Errno::ACCESS) {
            return Err(Error::Folder { path, source: Errno::ACCESS.into() });
        }
    }
    Ok(())
}

fn copied(real: &Path) -> Result<Connection, Error> {
    let mut last = None;
    for _ in 0..TRIES {
        match in_use(real) {
            // SQLite sees what its writers have written, and takes part in their locks.
            true => match copy(&opened(real, "mode=ro")?) {
                Err(why) if is_out_of_reach(&why) => break,
                other => return Ok(other?),
            },
            // Nobody has it open, so it is complete as it lies there; to open it as writers do would make files.
            false => {
                let before = looks(real);
                last = Some(copy(&opened(real, "mode=ro&immutable=1")?));
                if before.is_some() && before == looks(real) && !in_use(real) {
                    break;
                }
            }
        }
    }
    match last {
        Some(found) => Ok(found?),
        // Left by a dead writer on a disk that takes nothing: the log beside it, with what was written last, cannot be
        // used there.
        None => Ok(copy(&opened(real, "mode=ro&immutable=1")?)?),
    }
}

/// True while SQLite has it open for writing, or was killed.
fn in_use(real: &Path) -> bool {
    with_ending(real, "-wal").symlink_metadata().is_ok()
}

/// True when what SQLite needs beside the catalog can be neither used nor made.
fn is_out_of_reach(why: &rusqlite::Error) -> bool {
    let Some(why) = why.sqlite_error() else { return false };
    matches!(why.code, ErrorCode::CannotOpen | ErrorCode::ReadOnly)
        || [ffi::SQLITE_IOERR_SHMOPEN, ffi::SQLITE_IOERR_SHMSIZE, ffi::SQLITE_IOERR_SHMMAP].contains(&why.extended_code)
}

fn looks(real: &Path) -> Option<(u64, i64, i64)> {
    let of = |about: Metadata| (about.len(), about.mtime(), about.mtime_nsec());
    real.symlink_metadata().ok().map(of)
}

fn opened(real: &Path, how: &str) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let escaped: String = real.as_os_str().as_bytes().iter().map(|byte| escape(*byte)).collect();
    let connection =
        Connection::open_with_flags(format!("file:{escaped}?{how}"), flags | OpenFlags::SQLITE_OPEN_NOFOLLOW)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// As paths are written in an address.
fn escape(byte: u8) -> String {
    match byte {
        b'/' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    }
}

fn copy(from: &Connection) -> rusqlite::Result<Connection> {
    let mut to = Connection::open_in_memory()?;
    let end = Instant::now() + PATIENCE;
    {
        let backup = Backup::new(from, &mut to)?;
        loop {
            match backup.step(STEP)? {
                StepResult::Done => break,
                StepResult::More => {}
                _ if Instant::now() < end => std::thread::sleep(NAP),
                _ => {
                    let busy = ffi::Error::new(ffi::SQLITE_BUSY);
                    return Err(rusqlite::Error::SqliteFailure(busy, None));
                }
            }
        }
    }
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::job::Trigger;
    use crate::domain::order::{ArchiveOrder, Order};

    fn files(folder: &Path) -> Vec<(std::ffi::OsString, Vec<u8>)> {
        let mut all: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name(), std::fs::read(entry.path()).unwrap()))
            .collect();
        all.sort();
        all
    }

    fn add(catalog: &Catalog) {
        catalog
            .add_job(
                uuid::Uuid::now_v7(),
                &Order::Archive(ArchiveOrder::VerifyAll),
                Trigger::Hand,
                jiff::Timestamp::UNIX_EPOCH,
            )
            .unwrap();
    }

    #[test]
    fn a_copy_knows_what_the_catalog_knows_and_what_it_learns_goes_with_it() {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("odd % name?");
        let path = folder.join("catalog.db");
        assert!(Catalog::copy_of(&path).unwrap().jobs(10).unwrap().is_empty());
        assert!(!folder.exists(), "nothing is made");
        let catalog = Catalog::open(&path).unwrap();
        add(&catalog);
        let beside = Catalog::copy_of(&path).unwrap();
        assert_eq!(beside.jobs(10).unwrap().len(), 1, "beside a writer");
        drop(catalog);
        let before = files(&folder);
        let alone = Catalog::copy_of(&path).unwrap();
        add(&alone);
        assert_eq!(alone.jobs(10).unwrap().len(), 2);
        assert_eq!(files(&folder), before);
        assert_eq!(Catalog::copy_of(&path).unwrap().jobs(10).unwrap().len(), 1);
    }

    #[test]
    fn a_corrupt_catalog_is_told_and_stays_where_it_is() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("catalog.db");
        std::fs::write(&path, b"this is not a database, whatever its name says".repeat(100)).unwrap();
        assert!(Catalog::copy_of(&path).is_err());
        assert_eq!(files(top.path()).len(), 1);
    }
}
