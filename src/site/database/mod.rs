//! Copies a live SQLite database while the camera writes to it, and checks the copy.
//!
//! The copy is made in one transaction: the camera's writers wait for it at most as long as it takes
//! to read the file once, and what we get is one moment, never a mix of two. A copy in steps would
//! begin again with every write of the camera and might never end.
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::base::plain::open_plain_unlinked;
use crate::base::unlinked::Unlinked;
use crate::domain::failure::{Advice, Code};
use crate::domain::monitor::{Cancelled, Monitor};

/// Ends the name of a member with the bytes of a damaged database.
pub const DAMAGED: &[u8] = b".damaged";
/// Ends of the names of files that SQLite keeps beside a database.
pub const SIDE_FILES: [&str; 3] = ["-wal", "-shm", "-journal"];
/// First bytes of every SQLite file.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// How long we wait for a writer that holds the database.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a preview waits for it.
const GLANCE: Duration = Duration::from_secs(5);
/// Pages that are copied between two looks at the cancel button.
const STEP: i32 = 1024;
const NAP: Duration = Duration::from_millis(50);
/// Bytes of one read from a disk that may have bad places.
const BLOCK: usize = 4096;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("{}: the database could not be copied while it is in use", .path.display())]
    Copy { path: PathBuf, source: rusqlite::Error },
    #[error("{}: the database is damaged: {finding}", .path.display())]
    Damaged { path: PathBuf, finding: String },
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Cancelled(_) => Code::Cancelled,
            Error::Copy { .. } => Code::Failed,
            Error::Damaged { .. } => Code::Damaged,
        }
    }
    fn advice(&self) -> String {
        match self {
            Error::Cancelled(_) => String::new(),
            Error::Copy { .. } => {
                "Try again, or let the camera rest while databases are copied; their section can also be left out.".into()
            }
            Error::Damaged { .. } => {
                "Leave the section with the databases out of this backup, and restore the database from an older archive, or let the camera make a new one.".into()
            }
        }
    }
}

/// True for a file that begins as SQLite files do, whatever its name and however much of it is left. What
/// a backup set aside as damaged is a file like any other.
pub fn is_database(path: &Path) -> bool {
    let mut start = [0; MAGIC.len()];
    !path.as_os_str().as_bytes().ends_with(DAMAGED)
        && open_plain_unlinked(path).and_then(|mut file| file.read_exact(&mut start)).is_ok()
        && start == *MAGIC
}

/// What a database that was copied holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Tables,
    /// Not a single table: as after a power cut that left a file without content.
    None,
}

/// True for a journal, log or index that SQLite keeps beside a database; the copy needs none of them.
pub fn is_side_file(path: &Path) -> bool {
    let Some(name) = path.as_os_str().to_str() else { return false };
    SIDE_FILES.iter().filter_map(|end| name.strip_suffix(end)).any(|main| is_database(Path::new(main)))
}

/// Copies `from` (any journal mode, being written to) to the new file `to` in one transaction, then
/// `PRAGMA integrity_check` on the copy. `-wal` and `-shm` are never needed with the copy. `folder` is the
/// one that the owner chose; below it no link is followed. Says whether there is anything in it.
pub fn copy_live(folder: &Path, from: &Path, to: &Path, monitor: &dyn Monitor) -> Result<Content, Error> {
    copy_within(PATIENCE, folder, from, to, monitor)?;
    check(from, to, monitor).inspect_err(|_| discard(to))
}

/// Copies a live database to be looked at: without the check, and without keeping its owner waiting.
pub fn copy_to_look(folder: &Path, from: &Path, to: &Path, monitor: &dyn Monitor) -> Result<(), Error> {
    copy_within(GLANCE, folder, from, to, monitor)
}

fn copy_within(patience: Duration, folder: &Path, from: &Path, to: &Path, monitor: &dyn Monitor) -> Result<(), Error> {
    let end = Instant::now() + patience;
    let outcome = loop {
        match copy_once(folder, from, to, end, monitor) {
            Ok(Moment::One) => break Ok(()),
            Ok(Moment::Mixed) if Instant::now() < end => discard(to),
            Ok(Moment::Mixed) => break Err(copy_error(from, busy("the database never held still"))),
            Err(why) => break Err(why),
        }
    };
    if outcome.is_err() {
        discard(to);
    }
    outcome
}

/// Why a database cannot be had whole although the backup goes on. `None` when `error` ends the backup:
/// the owner stopped it, or the disk of the copy is full.
pub fn reason(error: &Error) -> Option<String> {
    match error {
        Error::Cancelled(_) => None,
        Error::Damaged { finding, .. } => Some(format!("is damaged ({finding})")),
        Error::Copy { source, .. } => match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => None,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Some("stayed locked by another program, so what was read may be a mix".to_owned())
            }
            _ => Some(format!("cannot be opened as a database ({source})")),
        },
    }
}

/// Copies the bytes of `from` to the new file `to` as they lie on the disk; blocks that the disk does not
/// give back are zeros. Gives the number of bytes that could not be read.
pub fn copy_as_it_lies(folder: &Path, from: &Path, to: &Path, monitor: &dyn Monitor) -> Result<u64, AsItLies> {
    let found = Unlinked::open(folder, from).map_err(AsItLies::Read)?;
    let source = found.file();
    let length = source.metadata().map_err(AsItLies::Read)?.len();
    let mut target = File::create_new(to).map_err(AsItLies::Write)?;
    let (mut at, mut lost) = (0, 0);
    let mut buffer = vec![0; BLOCK];
    while at < length {
        monitor.checkpoint()?;
        let most = usize::try_from(length - at).unwrap_or(BLOCK).min(BLOCK);
        let read = match source.read_at(&mut buffer[..most], at) {
            Ok(0) => break,
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => {
                buffer[..most].fill(0);
                lost += most as u64;
                most
            }
        };
        target.write_all(&buffer[..read]).map_err(AsItLies::Write)?;
        at += read as u64;
    }
    if lost > 0 && lost == length {
        return Err(AsItLies::Read(io::Error::other("the disk gives none of it back")));
    }
    Ok(lost)
}

/// Why not even the bytes could be copied.
#[derive(Debug, thiserror::Error)]
pub enum AsItLies {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("it cannot be read")]
    Read(#[source] io::Error),
    #[error("the copy cannot be written")]
    Write(#[source] io::Error),
}

/// Whether a copy is of one moment.
enum Moment {
    One,
    Mixed,
}

fn copy_once(folder: &Path, from: &Path, to: &Path, end: Instant, monitor: &dyn Monitor) -> Result<Moment, Error> {
    let failed = |source| copy_error(from, source);
    // Held until the copy is made: it is what the path has to lead to.
    let found = opening::found(folder, from).map_err(failed)?;
    warm(&found, monitor)?;
    let source = open_source(&found, from, end, monitor)?;
    let mode: String = source.pragma_query_value(None, "journal_mode", |row| row.get(0)).map_err(failed)?;
    let before = looks(&found);
    let mut target = Connection::open(to).map_err(failed)?;
    // The copy is thrown away when anything goes wrong; it needs no safety net of its own.
    target.execute_batch("PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF;").map_err(failed)?;
    {
        let copy = Backup::new(&source, &mut target).map_err(failed)?;
        loop {
            monitor.checkpoint()?;
            match copy.step(STEP).map_err(failed)? {
                StepResult::Done => break,
                StepResult::More => {}
                _ if Instant::now() < end => std::thread::sleep(NAP),
                _ => return Err(failed(busy("the database stayed locked"))),
            }
        }
    }
    // POSIX locks belong to the process: when any other part of it closes this file, ours is gone
    // without a word and a writer may come in between. Then the file does not look as before. In WAL
    // mode our moment is kept in the log's index, and the file itself may change.
    let undisturbed = mode == "wal" || before == looks(&found);
    Ok(if undisturbed { Moment::One } else { Moment::Mixed })
}

/// Size, inode and time of the last change.
fn looks(found: &Unlinked) -> Option<(u64, u64, i64, i64)> {
    let found = std::fs::symlink_metadata(found.path()).ok()?;
    Some((found.len(), found.ino(), found.mtime(), found.mtime_nsec()))
}

/// Reads the file once, so that the copy, which holds up the camera's writes, comes from memory and
/// not from a slow card. Whether that worked is no matter.
fn warm(found: &Unlinked, monitor: &dyn Monitor) -> Result<(), Error> {
    let (mut file, mut buffer) = (found.file(), vec![0; 1 << 20]);
    while matches!(file.read(&mut buffer), Ok(read) if read > 0) {
        monitor.checkpoint()?;
    }
    Ok(())
}

/// Opens the database and begins to read: from here to the end of the connection it shows one moment.
fn open_source(found: &Unlinked, from: &Path, end: Instant, monitor: &dyn Monitor) -> Result<Connection, Error> {
    let mut access = OpenFlags::SQLITE_OPEN_READ_ONLY;
    loop {
        monitor.checkpoint()?;
        let opened = opening::connect(found, access).and_then(|source| {
            source.busy_timeout(NAP * 4)?;
            source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;")?;
            Ok(source)
        });
        let why = match opened {
            Ok(source) => return Ok(source),
            Err(why) => why,
        };
        match why.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) if Instant::now() < end => {}
            // A writer died in the middle of a change: SQLite must be allowed to take that back first,
            // as the camera itself would when it opens the database.
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) if access == OpenFlags::SQLITE_OPEN_READ_ONLY => {
                access = OpenFlags::SQLITE_OPEN_READ_WRITE;
            }
            _ => return Err(copy_error(from, why)),
        }
    }
}

/// Checks the copy with SQLite's own full check, which can be cancelled. SQLite takes a file that is shorter than a
/// page for an empty database, and leaves out what is in it.
fn check(from: &Path, to: &Path, monitor: &dyn Monitor) -> Result<Content, Error> {
    let copy = Connection::open(to).map_err(|why| copy_error(from, why))?;
    let findings = interruptible(&copy, monitor, |copy| findings(copy, "integrity_check"))?;
    match findings.map_err(|why| copy_error(from, why))?.as_slice() {
        [only] if only == "ok" => {}
        damaged => return Err(Error::Damaged { path: from.to_owned(), finding: damaged.join("; ") }),
    }
    let tables = copy.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get::<_, i64>(0));
    if tables.map_err(|why| copy_error(from, why))? > 0 {
        return Ok(Content::Tables);
    }
    if from.metadata().is_ok_and(|found| found.len() > 0) && !is_database(from) {
        return Err(Error::Damaged { path: from.to_owned(), finding: "file is not a database".to_owned() });
    }
    Ok(Content::None)
}

/// Lets a cancel into `work`, which may take minutes inside SQLite.
fn interruptible<T>(
    db: &Connection,
    monitor: &dyn Monitor,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> Result<rusqlite::Result<T>, Cancelled> {
    let interrupt = db.get_interrupt_handle();
    let (done, finished) = mpsc::channel::<()>();
    let outcome = std::thread::scope(|scope| {
        scope.spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = finished.recv_timeout(NAP) {
                if monitor.checkpoint().is_err() {
                    interrupt.interrupt();
                    break;
                }
            }
        });
        let outcome = work(db);
        drop(done);
        outcome
    });
    monitor.checkpoint()?;
    Ok(outcome)
}

/// What one of SQLite's own checks says; "ok" alone when all is well.
fn findings(copy: &Connection, check: &str) -> rusqlite::Result<Vec<String>> {
    copy.prepare(&format!("PRAGMA {check}(3)"))?.query_map((), |row| row.get(0))?.collect()
}

/// Removes a copy that is no good, with what SQLite may have put beside it.
fn discard(to: &Path) {
    for end in ["", "-wal", "-shm", "-journal"] {
        let mut name = to.as_os_str().to_owned();
        name.push(end);
        // What is not there need not be removed; a copy that stays is in a workspace that goes anyway.
        let _ = std::fs::remove_file(name);
    }
}

fn busy(what: &str) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), Some(what.to_owned()))
}

fn copy_error(path: &Path, source: rusqlite::Error) -> Error {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            Error::Damaged { path, finding: source.to_string() }
        }
        _ => Error::Copy { path, source },
    }
}

pub mod opening;
pub mod rows;

#[cfg(test)]
mod tests;
