//! The member index beside an archive (`NAME.index`, SQLite): Info, the file tree, search and
//! one-file extraction without reading the archive. A cache: rebuilt when missing, bound to size
//! and mtime of its archive, never trusted over it.
//!
//! Folders know what is below them, so a listing costs what it shows, not what the archive holds.
use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};
use serde::Serialize;

use crate::base::digest::Sha256;
use crate::base::plain::open_plain_unlinked;
use crate::base::rel_path::RelPath;
use crate::base::unlinked::behind_folder;
use crate::domain::archive::member_index::APPLICATION_ID;
use crate::domain::archive::metadata::Metadata;
use crate::domain::restore::program::ContentVerdict;

pub use super::index_file::Error;
use super::index_file::{TOP, has_our_tables, is_whole, stamp};

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
    /// `None` for folders, and for files that nothing proves any more because the end of the archive is missing.
    #[serde(skip)]
    pub sha256: Option<Sha256>,
    #[serde(skip)]
    pub gzip_offset: u64,
    #[serde(skip)]
    pub skip: u64,
    #[serde(skip)]
    pub content: ContentVerdict,
}

impl Row {
    /// False for a file of an archive whose end is missing, when nothing proves the file any more.
    pub fn is_proved(&self) -> bool {
        self.is_dir || self.sha256.is_some()
    }
}

pub struct Index {
    db: Connection,
}

impl Index {
    /// `None` when there is no index for exactly this archive file.
    pub fn open(path: &Path, archive: &File) -> Result<Option<Self>, Error> {
        let stamp = stamp(archive)?;
        // A cache that cannot be opened, whatever the reason, is as good as none.
        Ok(Index::open_bound(path, stamp).unwrap_or_default())
    }

    fn open_bound(path: &Path, stamp: [i64; 3]) -> Result<Option<Self>, Error> {
        // Looked at before SQLite opens it, which would wait for ever at a FIFO.
        let is_whole = open_plain_unlinked(path).and_then(|file| is_whole(&file));
        if !is_whole.map_err(|why| rusqlite::Error::ToSqlConversionFailure(why.into()))? {
            return Ok(None);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        // Links on the way to the backups folder are its owner's.
        let path = behind_folder(path).map_err(|why| rusqlite::Error::ToSqlConversionFailure(why.into()))?;
        let db = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NOFOLLOW)?;
        if !has_our_tables(&db)? {
            return Ok(None);
        }
        let id: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
        if id != APPLICATION_ID {
            return Ok(None);
        }
        let bound = db
            .query_row("SELECT archive_size, archive_mtime_s, archive_mtime_ns FROM about", [], |row| {
                Ok([row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?])
            })
            .optional()?;
        Ok((bound == Some(stamp)).then_some(Index { db }))
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
                "SELECT name, size, 1, mtime, sha256, gzip_offset, skip, as_named FROM file
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

    /// The id of the last member.
    pub(super) fn last_id(&self) -> Result<u64, Error> {
        Ok(self.db.query_row("SELECT coalesce(max(id), 0) FROM file", [], |row| unsigned(row, 0))?)
    }

    /// The member with this id.
    pub(super) fn row(&self, id: u64) -> Result<Option<Row>, Error> {
        let mut query = self.db.prepare_cached(
            "SELECT file.name, file.size, 1, file.mtime, sha256, gzip_offset, skip, as_named, folder.path
             FROM file LEFT JOIN folder ON folder.id = file.folder WHERE file.id = ?1",
        )?;
        let row = query.query_row([i64::try_from(id).unwrap_or(i64::MAX)], |row| {
            let (name, above) = (row.get_ref(0)?.as_blob()?, row.get_ref(8)?.as_blob_or_null()?);
            let path = above.map_or_else(|| name.to_vec(), |above| [above, b"/", name].concat());
            file_row(row, stored(&path)?)
        });
        Ok(row.optional()?)
    }

    pub fn find(&self, path: &RelPath) -> Result<Option<Row>, Error> {
        let Some(parent) = path.parent().map_or(Ok(Some(TOP)), |parent| self.folder_id(&parent))? else {
            return Ok(None);
        };
        let file = self
            .db
            .prepare_cached(
                "SELECT name, size, 1, mtime, sha256, gzip_offset, skip, as_named FROM file WHERE folder = ?1 AND name = ?2",
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

    /// Folders with no file below them, each after those above it.
    pub fn empty_folders(&self) -> Result<Vec<RelPath>, Error> {
        let mut query = self.db.prepare_cached("SELECT path FROM folder WHERE files = 0 ORDER BY path")?;
        let found = query.query_map([], |row| stored(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// All files in archive order with their paths, until `go_on` says false.
    fn walk(
        &self,
        go_on: &mut impl FnMut(&[u8], &rusqlite::Row<'_>) -> Result<bool, rusqlite::Error>,
    ) -> Result<(), Error> {
        let mut query = self.db.prepare_cached(
            "SELECT name, size, 1, mtime, sha256, gzip_offset, skip, as_named, folder FROM file ORDER BY id",
        )?;
        let mut found = query.query([])?;
        let (mut path, mut folder, mut stem) = (Vec::new(), TOP, 0);
        while let Some(row) = found.next()? {
            let here: i64 = row.get(8)?;
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
    let content = ContentVerdict::Unread;
    Ok(Row { path, is_dir: true, size, files, mtime, sha256: None, gzip_offset: 0, skip: 0, content })
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
        content: match row.get(7)? {
            None => ContentVerdict::Unread,
            Some(true) => ContentVerdict::AsNamed,
            Some(false) => ContentVerdict::Otherwise,
        },
    })
}

/// `wanted` is in lower case.
fn contains(path: &[u8], wanted: &[u8]) -> bool {
    wanted.is_empty() || path.windows(wanted.len()).any(|part| part.eq_ignore_ascii_case(wanted))
}
