//! Floor 2: the memory, an SQLite database in the state folder. The file system is the truth; this
//! is an index of it and the history of jobs.
//!
//! The service and any number of terminals use one catalog at the same time. A file that SQLite
//! calls corrupt is put aside, never repaired and never a reason not to make backups.
mod alerts;
mod archives;
mod cancels;
mod columns;
mod damaged;
mod events;
mod history;
mod host_successes;
mod in_memory;
mod job_pages;
mod jobs;
mod marks;
mod nights;
#[cfg(test)]
mod older_versions;
mod outbox;
mod reports;
mod run_state;
mod runs;
mod scans;
pub mod step_logs;
mod steps;
mod tokens;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rustix::fs::Access;
use rustix::io::Errno;

use damaged::{emptied, is_corrupt, put_aside, was_emptied};

use crate::base::dir::Dir;
use crate::base::lock::take_within;
use crate::base::unlinked::behind_folder;
use crate::base::{handover, io_advice};
use crate::domain::failure::{Advice, Code};

pub use archives::{ArchiveRecords, Copy, Knowledge, Known, SeenArchive};
pub use events::{Event, EventKind};
pub use history::{Counted, HistoryRows};
pub use job_pages::JobFilter;
pub use jobs::Unfinished;
pub use marks::Marks;
pub use nights::{KnownNight, LastTurn, Notice};
pub use outbox::Due;
pub use runs::NewRun;
pub use scans::Scan;
pub use tokens::KnownToken;

/// How long a writer waits for another process before it gives up.
const PATIENCE: Duration = Duration::from_secs(30);

const USE_ADVICE: &str = "Is the disk that holds the state folder full, read-only or failing? Archives are not affected; \
                          --state names a folder on another disk.";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("catalog.db in the state folder, the history of all jobs, could not be used")]
    Use(#[from] rusqlite::Error),
    #[error("{}: the state folder could not be used", .path.display())]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("{}: the catalog could not be brought up to date", .path.display())]
    Update { path: PathBuf, source: Box<refinery::Error> },
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Use(_) => Code::Failed,
            Error::Folder { .. } | Error::Update { .. } => Code::Usage,
        }
    }
    fn advice(&self) -> String {
        match self {
            Error::Use(_) => USE_ADVICE,
            Error::Folder { path, source } => {
                return io_advice::advice(path, source)
                    .unwrap_or_else(|| "Choose a state folder that belongs to you, with --state.".to_owned());
            }
            Error::Update { source, .. } if matches!(source.kind(), refinery::error::Kind::Connection(..)) => {
                USE_ADVICE
            }
            Error::Update { .. } => {
                "A newer version has used this state folder: install that version again or choose another folder."
            }
        }
        .to_owned()
    }
}

refinery::embed_migrations!("migrations");

/// Open connections, shared by threads.
#[derive(Debug)]
pub struct Catalog {
    connection: Mutex<Connection>,
    /// A connection for readers: they do not wait for the writer, which waits for the disk. In memory nobody waits,
    /// and there is none.
    reading: Option<Mutex<Connection>>,
    damaged: Option<PathBuf>,
}

impl Catalog {
    /// Opens or makes `path` and its folder (0700); one that SQLite calls corrupt is renamed aside
    /// to `NAME.damaged-N` and made anew.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let io_error = |source| Error::Folder { path: folder.to_owned(), source };
        prepare(folder).map_err(io_error)?;
        // Two processes that start at once must not both make the tables.
        let lock = Dir::open(folder).map_err(io_error)?;
        wait_for(&lock).map_err(io_error)?;
        let real = behind_folder(path).map_err(io_error)?;
        refuse_links(&real).map_err(io_error)?;
        handover::make_file(path).map_err(io_error)?;
        usable(path)?;
        let connected = if was_emptied(path) { Err(emptied()) } else { connect(&real, path) };
        match connected {
            Err(Error::Use(e)) if is_corrupt(&e) => {
                let aside = put_aside(path).map_err(io_error)?;
                handover::make_file(path).map_err(io_error)?;
                lock.sync().map_err(io_error)?;
                Catalog::of(connect(&real, path)?, &real, Some(aside))
            }
            other => Catalog::of(other?, &real, None),
        }
    }

    fn of(connection: Connection, path: &Path, damaged: Option<PathBuf>) -> Result<Self, Error> {
        let reading = open_unlinked(path)?;
        reading.busy_timeout(PATIENCE)?;
        reading.pragma_update(None, "query_only", true)?;
        Ok(Catalog { connection: Mutex::new(connection), reading: Some(Mutex::new(reading)), damaged })
    }

    /// Where the damaged catalog was put, when opening found one.
    pub fn damaged_copy(&self) -> Option<&Path> {
        self.damaged.as_deref()
    }

    /// Sees what was written before it is asked, and changes nothing.
    fn reading(&self) -> MutexGuard<'_, Connection> {
        self.reading.as_ref().unwrap_or(&self.connection).lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails when the disk of the state folder takes nothing. Writes as much as the begin of a job does.
    pub fn try_to_write(&self) -> Result<(), Error> {
        let connection = self.connection();
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        Ok(connection.pragma_update(None, "user_version", version)?)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere rolled its transaction back; the connection itself is sound.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits while another process makes or checks the tables, but not for ever: that process may hang.
fn wait_for(folder: &Dir) -> std::io::Result<()> {
    if take_within(folder.as_fd(), PATIENCE)? { Ok(()) } else { Err(std::io::ErrorKind::WouldBlock.into()) }
}

/// Names files of another user as such: SQLite would only say that they cannot be opened or written.
fn usable(path: &Path) -> Result<(), Error> {
    for ending in ["", "-wal", "-shm"] {
        let path = with_ending(path, ending);
        match rustix::fs::access(&path, Access::READ_OK | Access::WRITE_OK) {
            Err(Errno::ACCESS) => return Err(Error::Folder { path, source: Errno::ACCESS.into() }),
            _ => continue,
        }
    }
    Ok(())
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn prepare(folder: &Path) -> std::io::Result<()> {
    handover::make_folders(folder, 0o700)?;
    let mode = fs::metadata(folder)?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// SQLite writes to what lies beside the catalog as well. Other programs could have put links there while the
/// folder was open to them.
fn refuse_links(path: &Path) -> std::io::Result<()> {
    for end in ["", "-wal", "-shm", "-journal"] {
        let name = with_ending(path, end);
        match fs::symlink_metadata(&name) {
            Ok(found) if !found.is_file() => {
                let why = format!("{} is no plain file", name.display());
                return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, why));
            }
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => return Err(why),
            _ => {}
        }
    }
    Ok(())
}

fn open_unlinked(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::default() | OpenFlags::SQLITE_OPEN_NOFOLLOW)
}

/// Opens the catalog at `real`, which its owner calls `path`.
fn connect(real: &Path, path: &Path) -> Result<Connection, Error> {
    let mut connection = open_unlinked(real)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    check(&connection)?;
    bring_up_to_date(&mut connection, path)?;
    Ok(connection)
}

fn check(connection: &Connection) -> Result<(), Error> {
    let finding: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if finding != "ok" {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        return Err(rusqlite::Error::SqliteFailure(code, Some(finding)).into());
    }
    Ok(())
}

fn bring_up_to_date(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    let failed = |e| Error::Update { path: path.to_owned(), source: Box::new(e) };
    migrations::runner().run(connection).map(drop).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::job::Trigger;
    use crate::domain::order::{ArchiveOrder, Order};

    /// An empty one in a folder that goes with it.
    pub fn catalog() -> (tempfile::TempDir, Catalog) {
        let top = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(&top.path().join("catalog.db")).unwrap();
        (top, catalog)
    }

    #[test]
    fn the_state_folder_is_for_its_owner_alone() {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("made/state");
        Catalog::open(&folder.join("catalog.db")).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        Catalog::open(&folder.join("catalog.db")).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn orders_that_an_older_version_has_stored_are_read() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("catalog.db");
        let mut old = Connection::open(&path).unwrap();
        migrations::runner().set_target(refinery::Target::Version(6)).run(&mut old).unwrap();
        let night = r#"{"night":"20251224","differing":"keep","programs":"leave"}"#;
        for (id, stored) in [
            (1, r#"{"order":"nights","wish":"run"}"#.to_owned()),
            (2, r#"{"order":"nights","wish":"verify","nights":["20251224"]}"#.to_owned()),
            (3, format!(r#"{{"order":"restore_night","ask":{night}}}"#)),
            (4, r#"{"order":"verify_all"}"#.to_owned()),
        ] {
            let id = uuid::Uuid::from_u128(id).to_string();
            let line = "INSERT INTO jobs (id, wanted, state, queued_at) VALUES (?1, ?2, 'success', 0)";
            old.execute(line, (id, stored)).unwrap();
        }
        drop(old);
        let jobs = Catalog::open(&path).unwrap().jobs(10).unwrap();
        let verbs: Vec<&str> = jobs.iter().rev().map(|job| job.order.verb()).collect();
        assert_eq!(verbs, ["run_nights", "verify_nights", "restore_night", "verify_all"]);
    }

    #[test]
    fn a_disk_that_refuses_is_not_taken_for_a_newer_version() {
        for (damage, says_newer) in [
            ("INSERT INTO refinery_schema_history VALUES (9999, 'later', '2031-01-01T00:00:00Z', '1')", true),
            ("DROP TABLE refinery_schema_history; CREATE VIEW refinery_schema_history AS SELECT 1", false),
        ] {
            let (top, catalog) = catalog();
            catalog.connection().execute_batch(damage).unwrap();
            drop(catalog);
            let refused = Catalog::open(&top.path().join("catalog.db")).unwrap_err();
            assert_eq!(refused.advice().contains("newer version"), says_newer, "{damage}: {refused:?}");
        }
    }

    #[test]
    fn a_corrupt_catalog_is_put_aside_and_made_anew() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("catalog.db");
        for round in 1..=2 {
            fs::write(&path, b"this is not a database, whatever its name says".repeat(100)).unwrap();
            let catalog = Catalog::open(&path).unwrap();
            let aside = top.path().join(format!("catalog.db.damaged-{round}"));
            assert_eq!(catalog.damaged_copy(), Some(aside.as_path()));
            assert!(fs::read(&aside).unwrap().starts_with(b"this is not"));
            assert!(catalog.jobs(10).unwrap().is_empty());
        }
        assert!(Catalog::open(&path).unwrap().damaged_copy().is_none());
    }

    #[test]
    fn no_link_in_the_state_folder_leads_to_a_file_elsewhere() {
        let top = tempfile::tempdir().unwrap();
        let victim = top.path().join("victim");
        for name in ["catalog.db", "catalog.db-wal", "catalog.db-journal"] {
            let state = top.path().join("state");
            fs::create_dir(&state).unwrap();
            fs::write(&victim, "precious").unwrap();
            std::os::unix::fs::symlink(&victim, state.join(name)).unwrap();
            let error = Catalog::open(&state.join("catalog.db")).map(drop).unwrap_err();
            assert!(std::error::Error::source(&error).unwrap().to_string().contains(name), "{error:?}");
            assert_eq!(fs::read(&victim).unwrap(), b"precious");
            fs::remove_dir_all(&state).unwrap();
        }
    }

    #[test]
    fn a_catalog_with_a_broken_page_is_put_aside_too() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("catalog.db");
        drop(Catalog::open(&path).unwrap());
        let mut bytes = fs::read(&path).unwrap();
        let page = 4096;
        bytes[page..2 * page].fill(0xa5);
        fs::write(&path, bytes).unwrap();
        assert!(Catalog::open(&path).unwrap().damaged_copy().is_some());
    }

    #[test]
    fn a_reader_does_not_wait_for_the_writer() {
        let top = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(&top.path().join("catalog.db")).unwrap();
        let id = uuid::Uuid::now_v7();
        catalog
            .add_job(id, &Order::Archive(ArchiveOrder::VerifyAll), Trigger::Hand, jiff::Timestamp::UNIX_EPOCH)
            .unwrap();
        let writing = catalog.connection();
        writing.execute_batch("BEGIN IMMEDIATE; DELETE FROM events; DELETE FROM jobs;").unwrap();
        assert_eq!(catalog.jobs(10).unwrap().len(), 1);
        assert!(catalog.newest_event().unwrap() > 0);
        writing.execute_batch("COMMIT").unwrap();
        assert!(catalog.jobs(10).unwrap().is_empty(), "what was written is seen at once");
    }

    #[test]
    fn several_processes_may_open_a_new_catalog_at_once() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("catalog.db");
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..4).map(|_| scope.spawn(|| Catalog::open(&path).map(drop))).collect();
            for one in all {
                one.join().unwrap().unwrap();
            }
        });
    }
}
