//! Two copies of a database side by side: which rows only one of them has, and the camera's copy with
//! the rows of the backup that it no longer has.
//!
//! Both are copies of ours, so nothing here holds up the camera. A backup's database may be made by
//! anyone: only plain tables are read, no view, trigger or virtual table of it is run, and none of its
//! own SQL.
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::{Error, check, copy_error, findings, interruptible};
use crate::base::unlinked::behind_folder;
use crate::domain::monitor::Monitor;
use crate::domain::restore::database::TableRows;

/// Tables that a merge never adds rows to: two versions of a schema are one too many, and an account
/// that was deleted stays deleted.
const LEFT_ALONE: [&str; 2] = ["alembic_version", "user"];

/// What a merge did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Merged {
    /// Rows that came back.
    pub rows: u64,
    /// Rows that the camera's own rules refused, such as a name that must be there once.
    pub refused: u64,
}

/// Why two databases could not be compared, and whose fault it is.
#[derive(Debug)]
pub enum Unequal {
    Backup(Error),
    Camera(Error),
}

/// Counts the rows of `camera` and `backup`, table by table in the order of names.
pub fn compare(camera: &Path, backup: &Path, monitor: &dyn Monitor) -> Result<Vec<TableRows>, Unequal> {
    quick_check(backup, monitor).map_err(Unequal::Backup)?;
    quick_check(camera, monitor).map_err(Unequal::Camera)?;
    let told = |source| Unequal::Backup(copy_error(backup, source));
    let both = pair(camera, backup).map_err(told)?;
    let counted = interruptible(&both, monitor, |both| {
        let found = tables(both)?;
        found.iter().map(|table| table.count(both)).collect::<rusqlite::Result<Vec<_>>>()
    });
    counted.map_err(|cancelled| Unequal::Camera(cancelled.into()))?.map_err(told)
}

/// Adds to `camera`, a copy, the rows of `backup` that it does not have, and checks the result in full.
pub fn merge(camera: &Path, backup: &Path, monitor: &dyn Monitor) -> Result<Merged, Error> {
    let told = |source| copy_error(camera, source);
    let both = pair(camera, backup).map_err(told)?;
    // The copy is thrown away when anything goes wrong.
    both.execute_batch("PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF;").map_err(told)?;
    let merged = interruptible(&both, monitor, add_all)?.map_err(told)?;
    // Closed first, so that nothing of it is left in a log beside the file.
    drop(both);
    check(camera, camera, monitor)?;
    Ok(merged)
}

fn quick_check(path: &Path, monitor: &dyn Monitor) -> Result<(), Error> {
    let told = |source| copy_error(path, source);
    let db = open(path).map_err(told)?;
    let found = interruptible(&db, monitor, |db| findings(db, "quick_check"))?.map_err(told)?;
    match found.as_slice() {
        [only] if only == "ok" => Ok(()),
        damaged => Err(Error::Damaged { path: path.to_owned(), finding: damaged.join("; ") }),
    }
}

/// The camera's copy as `main`, the backup's as `backup`.
fn pair(camera: &Path, backup: &Path) -> rusqlite::Result<Connection> {
    let both = open(camera)?;
    // The connection lets SQLite follow no link here either.
    let backup = behind_folder(backup).map_err(|why| rusqlite::Error::ToSqlConversionFailure(why.into()))?;
    both.execute("ATTACH ?1 AS backup", [backup.as_os_str().to_str().ok_or_else(odd_name)?])?;
    Ok(both)
}

fn odd_name() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
        Some("its folder has an odd name".into()),
    )
}

/// A copy of ours, which must be there. For writing even when it is only read: SQLite may have to put
/// a journal away first.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let path = behind_folder(path).map_err(|why| rusqlite::Error::ToSqlConversionFailure(why.into()))?;
    let db = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NOFOLLOW)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.execute_batch("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;")?;
    Ok(db)
}

/// A table by its name, with what the two sides know of it.
struct Table {
    name: String,
    camera: Option<Columns>,
    backup: Option<Columns>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Columns {
    all: Vec<String>,
    /// The columns of the primary key, in its order.
    key: Vec<String>,
}

impl Columns {
    fn has(&self, column: &str) -> bool {
        self.all.iter().any(|own| own.eq_ignore_ascii_case(column))
    }
}

fn tables(both: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut names = both.prepare(
        r"SELECT DISTINCT name FROM pragma_table_list
          WHERE schema IN ('main', 'backup') AND type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name",
    )?;
    let names = names.query_map((), |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let side = |name: &str, schema: &str| columns(both, name, schema);
    names
        .into_iter()
        .map(|name| Ok(Table { camera: side(&name, "main")?, backup: side(&name, "backup")?, name }))
        .collect()
}

fn columns(both: &Connection, table: &str, schema: &str) -> rusqlite::Result<Option<Columns>> {
    let plain: bool = both.query_row(
        "SELECT count(*) FROM pragma_table_list WHERE schema = ?1 AND name = ?2 AND type = 'table'",
        [schema, table],
        |row| row.get(0),
    )?;
    if !plain {
        return Ok(None);
    }
    // Generated columns are hidden ones; they follow from the others.
    let mut found = both.prepare("SELECT name, pk FROM pragma_table_xinfo(?1, ?2) WHERE hidden = 0 ORDER BY cid")?;
    let found = found.query_map([table, schema], |row| Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?)))?;
    let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut key: Vec<_> = found.iter().filter(|(_, place)| *place > 0).collect();
    key.sort_by_key(|(_, place)| *place);
    let key = key.into_iter().map(|(name, _)| name.clone()).collect();
    Ok(Some(Columns { all: found.into_iter().map(|(name, _)| name).collect(), key }))
}

impl Table {
    fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// Columns that both sides have.
    fn common(&self) -> Vec<&String> {
        let (Some(camera), Some(backup)) = (&self.camera, &self.backup) else { return Vec::new() };
        camera.all.iter().filter(|column| backup.has(column)).collect()
    }

    /// The primary key, where both sides have the very same.
    fn key(&self) -> Option<&[String]> {
        let (camera, backup) = (self.camera.as_ref()?, self.backup.as_ref()?);
        let same = camera.key.len() == backup.key.len()
            && camera.key.iter().zip(&backup.key).all(|(one, other)| one.eq_ignore_ascii_case(other));
        (same && !camera.key.is_empty()).then_some(&camera.key)
    }

    /// The key by which a merge adds rows; `None` where it adds none.
    fn merges_by(&self) -> Option<&[String]> {
        self.key().filter(|_| !LEFT_ALONE.contains(&self.name.as_str()))
    }

    fn count(&self, both: &Connection) -> rusqlite::Result<TableRows> {
        let table = self.quoted();
        let number = |sql: &str| both.query_row(sql, (), |row| row.get::<_, i64>(0)).map(i64::unsigned_abs);
        let all = |side: &Option<Columns>, schema: &str| match side {
            Some(_) => number(&format!("SELECT count(*) FROM {schema}.{table}")).map(Some),
            None => Ok(None),
        };
        let (camera, backup) = (all(&self.camera, "main")?, all(&self.backup, "backup")?);
        let common = self.common();
        let (newer, gone, differ) = match (self.key(), camera, backup) {
            (_, None, _) => (0, 0, 0),
            (_, Some(rows), None) => (rows, 0, 0),
            (Some(key), ..) => {
                let newer = number(&format!("SELECT count(*) {}", only_in("main", "backup", &table, key)))?;
                let missing = number(&format!("SELECT count(*) {}", only_in("backup", "main", &table, key)))?;
                let rest: Vec<&String> = common.iter().copied().filter(|column| !key.contains(column)).collect();
                let differ = if rest.is_empty() {
                    0
                } else {
                    number(&format!(
                        "SELECT count(*) FROM main.{table} AS a CROSS JOIN backup.{table} AS b WHERE {} AND ({}) IS NOT ({})",
                        equal(key),
                        list("a", &rest),
                        list("b", &rest)
                    ))?
                };
                (newer, if self.merges_by().is_some() { missing } else { 0 }, differ)
            }
            // Without a key rows are known by all that is in them.
            (None, Some(rows), _) if common.is_empty() => (rows, 0, 0),
            (None, ..) => {
                let columns = common.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ");
                let sql = format!(
                    "SELECT count(*) FROM (SELECT {columns} FROM main.{table} EXCEPT SELECT {columns} FROM backup.{table})"
                );
                (number(&sql)?, 0, 0)
            }
        };
        Ok(TableRows { table: self.name.clone(), backup, camera, newer, gone, differ, remark: self.remark() })
    }

    /// What a merge does not bring, in words.
    fn remark(&self) -> Option<String> {
        let (camera, backup) = match (&self.camera, &self.backup) {
            (Some(camera), Some(backup)) => (camera, backup),
            (None, _) => return Some("the camera has no such table; a merge leaves it in the backup".into()),
            (_, None) => return Some("the backup has no such table; a merge leaves today's".into()),
        };
        if LEFT_ALONE.contains(&self.name.as_str()) {
            return Some("a merge leaves today's: it holds accounts or the version of the database".into());
        }
        if self.key().is_none() {
            return Some("backup and camera share no primary key here; a merge leaves today's rows".into());
        }
        let missing = |one: &Columns, other: &Columns| -> Vec<String> {
            one.all.iter().filter(|column| !other.has(column)).cloned().collect()
        };
        let (lost, empty) = (missing(backup, camera), missing(camera, backup));
        let mut words = Vec::new();
        if !lost.is_empty() {
            words.push(format!("the camera has no column {}; a merge leaves it in the backup", lost.join(", ")));
        }
        if !empty.is_empty() {
            words.push(format!("the backup has no column {}; it stays empty in merged rows", empty.join(", ")));
        }
        (!words.is_empty()).then(|| words.join("; "))
    }

    fn add(&self, both: &Connection) -> rusqlite::Result<Merged> {
        let Some(key) = self.merges_by() else { return Ok(Merged::default()) };
        let table = self.quoted();
        let common = self.common();
        let missing = only_in("backup", "main", &table, key);
        let wanted: i64 = both.query_row(&format!("SELECT count(*) {missing}"), (), |row| row.get(0))?;
        let columns = common.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ");
        let added = both.execute(
            &format!("INSERT OR IGNORE INTO main.{table} ({columns}) SELECT {} {missing}", list("a", &common)),
            (),
        )?;
        let rows = added as u64;
        Ok(Merged { rows, refused: wanted.unsigned_abs().saturating_sub(rows) })
    }
}

fn add_all(both: &Connection) -> rusqlite::Result<Merged> {
    let orphans = |both: &Connection| -> rusqlite::Result<i64> {
        both.query_row("SELECT count(*) FROM pragma_foreign_key_check(NULL, 'main')", (), |row| row.get(0))
    };
    both.execute_batch("BEGIN IMMEDIATE")?;
    let before = orphans(both)?;
    let mut all = Merged::default();
    for table in tables(both)? {
        let one = table.add(both)?;
        all = Merged { rows: all.rows + one.rows, refused: all.refused + one.refused };
    }
    if orphans(both)? > before {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CONSTRAINT),
            Some("rows of the backup point to rows that neither side has any more".into()),
        ));
    }
    both.execute_batch("COMMIT")?;
    Ok(all)
}

/// `FROM one WHERE NOT EXISTS (the same key in other)`; rows of the first are called `a`.
fn only_in(one: &str, other: &str, table: &str, key: &[String]) -> String {
    format!("FROM {one}.{table} AS a WHERE NOT EXISTS (SELECT 1 FROM {other}.{table} AS b WHERE {})", equal(key))
}

/// `IS`, because SQLite lets most primary keys be NULL.
fn equal(key: &[String]) -> String {
    key.iter().map(|column| format!("b.{0} IS a.{0}", quoted(column))).collect::<Vec<_>>().join(" AND ")
}

fn list(side: &str, columns: &[&String]) -> String {
    columns.iter().map(|column| format!("{side}.{}", quoted(column))).collect::<Vec<_>>().join(", ")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests;
