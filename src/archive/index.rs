//! The member index beside an archive (`NAME.index`, SQLite): Info, the file tree, search and
//! one-file extraction without reading the archive. A cache: rebuilt when missing, bound to size
//! and mtime of its archive, never trusted over it.
//!
//! Folders know what is below them, so a listing costs what it shows, not what the archive holds.
use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, params};
use serde::Serialize;

use crate::base::digest::Sha256;
use crate::base::rel_path::RelPath;
use crate::domain::metadata::Metadata;

use super::inspect::Member;

/// Marks the file as ours, with the version of its tables in the last digits.
const APPLICATION_ID: i32 = 0x4153_4201;

const TABLES: &str = "
    CREATE TABLE about (
        archive_size INTEGER NOT NULL, archive_mtime_s INTEGER NOT NULL, archive_mtime_ns INTEGER NOT NULL,
        files INTEGER NOT NULL, bytes INTEGER NOT NULL, metadata TEXT NOT NULL);
    CREATE TABLE folder (
        id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, name BLOB NOT NULL, path BLOB NOT NULL,
        size INTEGER NOT NULL, files INTEGER NOT NULL, mtime INTEGER NOT NULL);
    CREATE TABLE file (
        id INTEGER PRIMARY KEY, folder INTEGER NOT NULL, name BLOB NOT NULL, size INTEGER NOT NULL,
        mtime INTEGER NOT NULL, sha256 BLOB, gzip_offset INTEGER NOT NULL, skip INTEGER NOT NULL);";

const TOP: i64 = 0;

#[derive(Debug, thiserror::Error)]
#[error("the index could not be used")]
pub struct Error(#[from] pub rusqlite::Error);

/// A folder while its members are collected.
struct Folder {
    id: i64,
    parent: i64,
    size: u64,
    files: u64,
    mtime: i64,
    /// It was a member itself, so its own time counts.
    listed: bool,
}

/// Collects members while an archive is written or inspected.
pub struct IndexBuilder {
    db: Connection,
    folders: HashMap<RelPath, Folder>,
    /// The folder of the last member, which is mostly that of the next one.
    last: Option<(RelPath, i64)>,
    files: u64,
    bytes: u64,
}

impl IndexBuilder {
    /// Makes a new index file at `path`.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags)?;
        // It is a cache in a workspace: after a power cut it is made anew.
        db.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
             PRAGMA cache_size = -4096; PRAGMA temp_store = FILE;",
        )?;
        db.pragma_update(None, "application_id", APPLICATION_ID)?;
        db.execute_batch(TABLES)?;
        db.execute_batch("BEGIN")?;
        Ok(IndexBuilder { db, folders: HashMap::new(), last: None, files: 0, bytes: 0 })
    }

    pub fn add(&mut self, member: &Member) -> Result<(), Error> {
        if member.is_dir {
            self.folder_of(&member.name);
            if let Some(folder) = self.folders.get_mut(&member.name) {
                folder.mtime = member.mtime;
                folder.listed = true;
            }
            return Ok(());
        }
        let folder = match (member.name.parent(), &self.last) {
            (None, _) => TOP,
            (Some(parent), Some((last, id))) if parent == *last => *id,
            (Some(parent), _) => {
                let id = self.folder_of(&parent);
                self.last = Some((parent, id));
                id
            }
        };
        self.weigh_in(member);
        self.db
            .prepare_cached(
                "INSERT INTO file (folder, name, size, mtime, sha256, gzip_offset, skip)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                folder,
                member.name.name(),
                member.size as i64,
                member.mtime,
                member.sha256.as_ref().map(|sum| &sum.0[..]),
                member.gzip_offset as i64,
                member.skip as i64,
            ])?;
        // What we add to an archive ourselves is in the tree, and in no count.
        if !matches!(member.name.as_bytes(), b"metadata.json" | b"SHA256SUMS") {
            self.files += 1;
            self.bytes += member.size;
        }
        Ok(())
    }

    /// Closes it, complete. `archive` is the finished archive file it describes.
    pub fn finish(self, metadata: &Metadata, archive: &File) -> Result<(), Error> {
        for (path, folder) in &self.folders {
            self.db.prepare_cached("INSERT INTO folder VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?.execute(params![
                folder.id,
                folder.parent,
                path.name(),
                path.as_bytes(),
                folder.size as i64,
                folder.files as i64,
                folder.mtime,
            ])?;
        }
        let metadata =
            serde_json::to_string(metadata).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
        let [size, mtime_s, mtime_ns] = stamp(archive)?;
        self.db.execute(
            "INSERT INTO about VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![size, mtime_s, mtime_ns, self.files as i64, self.bytes as i64, metadata],
        )?;
        self.db.execute_batch(
            "CREATE UNIQUE INDEX folder_by_place ON folder (parent, name);
             CREATE UNIQUE INDEX file_by_place ON file (folder, name);
             COMMIT",
        )?;
        Ok(self.db.close().map_err(|(_, error)| error)?)
    }

    /// The id of a folder, made with all above it when it is new.
    fn folder_of(&mut self, path: &RelPath) -> i64 {
        if let Some(folder) = self.folders.get(path) {
            return folder.id;
        }
        let parent = path.parent().map_or(TOP, |parent| self.folder_of(&parent));
        let id = self.folders.len() as i64 + 1;
        self.folders.insert(path.clone(), Folder { id, parent, size: 0, files: 0, mtime: 0, listed: false });
        id
    }

    /// Adds a file to every folder above it.
    fn weigh_in(&mut self, member: &Member) {
        let mut above = member.name.parent();
        while let Some(path) = above {
            if let Some(folder) = self.folders.get_mut(&path) {
                folder.size += member.size;
                folder.files += 1;
                if !folder.listed {
                    folder.mtime = folder.mtime.max(member.mtime);
                }
            }
            above = path.parent();
        }
    }
}

/// A line of the file tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    pub path: RelPath,
    pub is_dir: bool,
    /// Folders: all that is below.
    pub size: u64,
    /// Files below a folder; 1 for a file.
    pub files: u64,
    pub mtime: i64,
    #[serde(skip)]
    pub sha256: Option<Sha256>,
    #[serde(skip)]
    pub gzip_offset: u64,
    #[serde(skip)]
    pub skip: u64,
}

pub struct Index {
    db: Connection,
}

impl Index {
    /// `None` when there is no index for exactly this archive file.
    pub fn open(path: &Path, archive: &File) -> Result<Option<Self>, Error> {
        match Index::open_bound(path, archive) {
            Err(Error(rusqlite::Error::SqliteFailure(cause, _)))
                if matches!(
                    cause.code,
                    ErrorCode::CannotOpen | ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt | ErrorCode::Unknown
                ) =>
            {
                Ok(None)
            }
            other => other,
        }
    }

    fn open_bound(path: &Path, archive: &File) -> Result<Option<Self>, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags)?;
        let id: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
        if id != APPLICATION_ID {
            return Ok(None);
        }
        let bound = db
            .query_row("SELECT archive_size, archive_mtime_s, archive_mtime_ns FROM about", [], |row| {
                Ok([row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?])
            })
            .optional()?;
        Ok((bound == Some(stamp(archive)?)).then_some(Index { db }))
    }

    pub fn metadata(&self) -> Result<Metadata, Error> {
        let text: String = self.db.query_row("SELECT metadata FROM about", [], |row| row.get(0))?;
        Ok(serde_json::from_str(&text)
            .map_err(|e| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, e.into()))?)
    }

    /// Files and uncompressed bytes in all, without what we added ourselves.
    pub fn totals(&self) -> Result<(u64, u64), Error> {
        Ok(self.db.query_row("SELECT files, bytes FROM about", [], |row| Ok((unsigned(row, 0)?, unsigned(row, 1)?)))?)
    }

    /// What lies directly in `folder` (`None` = top), folders first, by name.
    pub fn folder(&self, folder: Option<&RelPath>, offset: u64, limit: u64) -> Result<Vec<Row>, Error> {
        let Some(id) = folder.map_or(Ok(Some(TOP)), |path| self.folder_id(path))? else {
            return Ok(Vec::new());
        };
        let (offset, limit) = (i64::try_from(offset).unwrap_or(i64::MAX), i64::try_from(limit).unwrap_or(i64::MAX));
        let mut rows = Vec::new();
        let mut query = self.db.prepare_cached(
            "SELECT name, size, files, mtime FROM folder WHERE parent = ?1 ORDER BY name LIMIT ?2 OFFSET ?3",
        )?;
        let mut found = query.query(params![id, limit, offset])?;
        while let Some(row) = found.next()? {
            rows.push(folder_row(row, below(folder, row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)?)?);
        }
        let left = limit - rows.len() as i64;
        if left > 0 {
            let folders: i64 =
                self.db.query_row("SELECT count(*) FROM folder WHERE parent = ?1", [id], |row| row.get(0))?;
            let mut query = self.db.prepare_cached(
                "SELECT name, size, 1, mtime, sha256, gzip_offset, skip FROM file
                 WHERE folder = ?1 ORDER BY name LIMIT ?2 OFFSET ?3",
            )?;
            let mut found = query.query(params![id, left, (offset - folders).max(0)])?;
            while let Some(row) = found.next()? {
                rows.push(file_row(row, below(folder, row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)?)?);
            }
        }
        Ok(rows)
    }

    /// Files whose path contains `text`, ignoring ASCII case, and whether there are more.
    pub fn search(&self, text: &str, limit: u64) -> Result<(Vec<Row>, bool), Error> {
        let wanted = text.as_bytes().to_ascii_lowercase();
        let mut rows = Vec::new();
        let mut more = false;
        self.walk(&mut |path, row| {
            let hit = contains(path, &wanted);
            if hit && rows.len() as u64 >= limit {
                more = true;
                return Ok(false);
            }
            if hit {
                rows.push(file_row(row, stored(path)?)?);
            }
            Ok(true)
        })?;
        Ok((rows, more))
    }

    pub fn find(&self, path: &RelPath) -> Result<Option<Row>, Error> {
        let Some(parent) = path.parent().map_or(Ok(Some(TOP)), |parent| self.folder_id(&parent))? else {
            return Ok(None);
        };
        let file = self
            .db
            .prepare_cached(
                "SELECT name, size, 1, mtime, sha256, gzip_offset, skip FROM file WHERE folder = ?1 AND name = ?2",
            )?
            .query_row(params![parent, path.name()], |row| file_row(row, path.clone()))
            .optional()?;
        if file.is_some() {
            return Ok(file);
        }
        Ok(self
            .db
            .prepare_cached("SELECT name, size, files, mtime FROM folder WHERE parent = ?1 AND name = ?2")?
            .query_row(params![parent, path.name()], |row| folder_row(row, path.clone()))
            .optional()?)
    }

    /// Every file in archive order, for `info --files` and restores.
    pub fn each(&self, row: &mut dyn FnMut(Row)) -> Result<(), Error> {
        self.walk(&mut |path, found| {
            row(file_row(found, stored(path)?)?);
            Ok(true)
        })
    }

    /// All files in archive order with their paths, until `go_on` says false.
    fn walk(
        &self,
        go_on: &mut dyn FnMut(&[u8], &rusqlite::Row<'_>) -> Result<bool, rusqlite::Error>,
    ) -> Result<(), Error> {
        let mut query = self
            .db
            .prepare_cached("SELECT name, size, 1, mtime, sha256, gzip_offset, skip, folder FROM file ORDER BY id")?;
        let mut found = query.query([])?;
        let (mut path, mut folder, mut stem) = (Vec::new(), TOP, 0);
        while let Some(row) = found.next()? {
            let here: i64 = row.get(7)?;
            if here != folder {
                path = match here {
                    TOP => Vec::new(),
                    _ => self
                        .db
                        .prepare_cached("SELECT path FROM folder WHERE id = ?1")?
                        .query_row([here], |row| row.get(0))?,
                };
                if here != TOP {
                    path.push(b'/');
                }
                (folder, stem) = (here, path.len());
            }
            path.truncate(stem);
            path.extend_from_slice(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?);
            if !go_on(&path, row)? {
                break;
            }
        }
        Ok(())
    }

    fn folder_id(&self, path: &RelPath) -> Result<Option<i64>, Error> {
        let mut id = TOP;
        for part in path.parts() {
            let next = self
                .db
                .prepare_cached("SELECT id FROM folder WHERE parent = ?1 AND name = ?2")?
                .query_row(params![id, part], |row| row.get(0))
                .optional()?;
            match next {
                Some(next) => id = next,
                None => return Ok(None),
            }
        }
        Ok(Some(id))
    }
}

/// What binds an index to its archive: size and the time of the last change.
fn stamp(archive: &File) -> Result<[i64; 3], rusqlite::Error> {
    let stat = archive.metadata().map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    Ok([stat.size() as i64, stat.mtime(), stat.mtime_nsec()])
}

fn unsigned(row: &rusqlite::Row<'_>, column: usize) -> Result<u64, rusqlite::Error> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// A path from the index, which is as little trusted as any file.
fn stored(path: &[u8]) -> Result<RelPath, rusqlite::Error> {
    RelPath::parse(path)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, e.into()))
}

fn below(folder: Option<&RelPath>, name: &[u8]) -> Result<RelPath, rusqlite::Error> {
    match folder {
        Some(folder) => stored(&[folder.as_bytes(), b"/", name].concat()),
        None => stored(name),
    }
}

fn folder_row(row: &rusqlite::Row<'_>, path: RelPath) -> Result<Row, rusqlite::Error> {
    let (size, files, mtime) = (unsigned(row, 1)?, unsigned(row, 2)?, row.get(3)?);
    Ok(Row { path, is_dir: true, size, files, mtime, sha256: None, gzip_offset: 0, skip: 0 })
}

fn file_row(row: &rusqlite::Row<'_>, path: RelPath) -> Result<Row, rusqlite::Error> {
    Ok(Row {
        path,
        is_dir: false,
        size: unsigned(row, 1)?,
        files: 1,
        mtime: row.get(3)?,
        sha256: row.get::<_, Option<[u8; 32]>>(4)?.map(Sha256),
        gzip_offset: unsigned(row, 5)?,
        skip: unsigned(row, 6)?,
    })
}

/// `wanted` is in lower case.
fn contains(path: &[u8], wanted: &[u8]) -> bool {
    wanted.is_empty() || path.windows(wanted.len()).any(|part| part.eq_ignore_ascii_case(wanted))
}
