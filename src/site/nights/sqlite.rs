//! Reads a camera's database as a guest: read-only, patient, and prepared for tables and columns
//! that are not there yet.
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};
use serde_json::Value;

use crate::domain::night::Night;
use crate::domain::nights::measure::Measure;
use crate::site::database::opening;

/// Longer than a camera holds a write lock.
const PATIENCE: Duration = Duration::from_secs(20);

/// Opens `path` for reading, below `folder`, which its owner chose, without following links. SQLite may make
/// `-shm` beside a database in WAL mode, as every reader does.
pub fn open(folder: &Path, path: &Path) -> rusqlite::Result<Connection> {
    let connection = opening::connect(&opening::found(folder, path)?, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// True when `table` has all of `columns`: modules of the camera add both when they first run.
pub fn has(connection: &Connection, table: &str, columns: &[&str]) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let names = statement.query_map([table], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(columns.iter().all(|column| names.iter().any(|name| name.eq_ignore_ascii_case(column))))
}

/// Days that indi-allsky keeps pictures when its settings do not say it.
pub const DAYS_KEPT: u64 = 10;

/// The settings of indi-allsky that hold: those that were saved last, which need not have the highest number.
pub fn newest_config(connection: &Connection) -> rusqlite::Result<Option<Value>> {
    if !has(connection, "config", &["id", "createDate", "data"])? {
        return Ok(None);
    }
    let query = "SELECT data FROM config ORDER BY createDate DESC, id DESC LIMIT 1";
    let text = connection.query_row(query, [], |row| row.get::<_, Option<String>>(0)).optional()?.flatten();
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Why there is nothing to read nights from, for the page.
pub const ON_A_SERVER: &str = "the camera's database is not an SQLite file";
pub const NONE: &str = "the camera keeps no database";
pub const NO_PICTURES: &str = "the camera's database has no pictures in it yet";

/// Why the database could not be read the last time that all nights were looked at.
#[derive(Debug, Default)]
pub struct Damage(Mutex<Option<String>>);

impl Damage {
    pub fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// Gives `why` back.
    pub fn note(&self, why: String) -> String {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.clone());
        why
    }
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Why a database that is there tells nothing, for the page. Nights are counted from the folders then: a
/// damaged table must not keep pictures from being saved.
pub fn trouble(path: &Path, error: &rusqlite::Error) -> String {
    use rusqlite::ErrorCode;
    let path = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            format!("the camera's database {path} is damaged ({error})")
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("the camera's database {path} stayed locked by another program")
        }
        _ => format!("the camera's database {path} could not be read ({error})"),
    }
}

/// What both cameras tell of `night` in columns 1 to 4: pictures, rated ones, stars, moon.
pub fn measure(row: &Row<'_>, night: Night) -> rusqlite::Result<Measure> {
    let unrated = Measure::unrated(night, count(row, 1)?);
    Ok(Measure { rated: count(row, 2)?, avg_stars: row.get(3)?, moon_pct: row.get(4)?, ..unrated })
}

/// A count or size; SQLite knows signed numbers only.
pub fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.unsigned_abs())
}

/// A size in bytes; `None` where the camera wrote none.
pub fn size(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<u64>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(i64::unsigned_abs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_were_saved_last_hold_whatever_their_number() {
        let db = Connection::open_in_memory().unwrap();
        assert_eq!(newest_config(&db).unwrap(), None);
        db.execute_batch(
            "CREATE TABLE config(id INTEGER PRIMARY KEY, createDate DATETIME, data JSON);
             INSERT INTO config VALUES (1, '2026-11-20 10:00:00', '{\"IMAGE_EXPIRE_DAYS\": 7}'),
                                       (2, '2026-11-01 10:00:00', '{\"IMAGE_EXPIRE_DAYS\": 30}');",
        )
        .unwrap();
        assert_eq!(newest_config(&db).unwrap().unwrap()["IMAGE_EXPIRE_DAYS"], 7);
    }
}
