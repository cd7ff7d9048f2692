//! Collects the member index while an archive is written or read.
//!
//! Rows go straight to the file. Of a folder its sums are kept and a hash of its path, so that memory
//! does not grow with the length of names.
use std::collections::HashMap;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};

use crate::base::handover;
use crate::base::rel_path::RelPath;
use crate::domain::archive::member_index::APPLICATION_ID;
use crate::domain::archive::metadata::Metadata;
use crate::domain::restore::program::ContentVerdict;

use super::about_itself::is_about_itself;
use super::index_file::{Error, LOOKUPS, TABLES, TOP, seal, stamp};
use super::inspect::Member;

/// A folder while its members are collected.
struct Folder {
    parent: i64,
    size: u64,
    files: u64,
    mtime: i64,
    /// The folder was a member itself, so its own time counts.
    listed: bool,
}

/// Collects members while an archive is written or inspected.
pub struct IndexBuilder {
    db: Connection,
    path: PathBuf,
    /// The folder with the id 1 comes first.
    folders: Vec<Folder>,
    /// By the hash of the path, keyed by chance, so that no one can make two of them collide.
    ids: HashMap<u64, i64>,
    hash: RandomState,
    /// The folder of the last member, which is mostly that of the next one.
    last: Option<(RelPath, i64)>,
    files: u64,
    bytes: u64,
}

impl IndexBuilder {
    /// Makes a new index file at `path`.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let cannot = |why| rusqlite::Error::ToSqlConversionFailure(Box::new(why));
        handover::make_file(path).map_err(cannot)?;
        let db = Connection::open_with_flags(path, flags)?;
        // The index is a cache in a workspace: after a power cut it is made again.
        db.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
             PRAGMA cache_size = -2048; PRAGMA temp_store = FILE;",
        )?;
        db.pragma_update(None, "application_id", APPLICATION_ID)?;
        db.execute_batch(TABLES)?;
        db.execute_batch("BEGIN")?;
        let path = path.to_owned();
        Ok(IndexBuilder {
            db,
            path,
            folders: Vec::new(),
            ids: HashMap::new(),
            hash: RandomState::new(),
            last: None,
            files: 0,
            bytes: 0,
        })
    }

    pub fn add(&mut self, member: &Member) -> Result<(), Error> {
        if member.is_dir {
            let id = self.folder_of(&member.name)?;
            if let Some(folder) = self.folder_mut(id) {
                folder.mtime = member.mtime;
                folder.listed = true;
            }
            return Ok(());
        }
        let folder = match (member.name.parent(), &self.last) {
            (None, _) => TOP,
            (Some(parent), Some((last, id))) if parent == *last => *id,
            (Some(parent), _) => {
                let id = self.folder_of(&parent)?;
                self.last = Some((parent, id));
                id
            }
        };
        self.weigh_in(folder, member);
        self.db
            .prepare_cached(
                "INSERT INTO file (folder, name, size, mtime, sha256, gzip_offset, skip, as_named)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                folder,
                member.name.name(),
                member.size as i64,
                member.mtime,
                member.sha256.as_ref().map(|sum| &sum.0[..]),
                member.gzip_offset as i64,
                member.skip as i64,
                match member.content {
                    ContentVerdict::Unread => None,
                    ContentVerdict::AsNamed => Some(true),
                    ContentVerdict::Otherwise => Some(false),
                },
            ])?;
        // What we add to an archive ourselves is in the tree, and in no count.
        if !is_about_itself(&member.name) {
            self.files += 1;
            self.bytes += member.size;
        }
        Ok(())
    }

    /// Closes it, complete. `archive` is the finished archive file it describes.
    pub fn finish(self, metadata: &Metadata, archive: &File) -> Result<(), Error> {
        for (id, folder) in (1i64..).zip(&self.folders) {
            self.db
                .prepare_cached("UPDATE folder SET size = ?2, files = ?3, mtime = ?4 WHERE id = ?1")?
                .execute(params![id, folder.size as i64, folder.files as i64, folder.mtime])?;
        }
        let metadata =
            serde_json::to_string(metadata).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
        let [size, mtime_s, mtime_ns] = stamp(archive)?;
        self.db.execute(
            "INSERT INTO about VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![size, mtime_s, mtime_ns, self.files as i64, self.bytes as i64, metadata],
        )?;
        self.db.execute_batch(&format!("{LOOKUPS} COMMIT"))?;
        self.db.close().map_err(|(_, error)| error)?;
        seal(&self.path).map_err(|why| rusqlite::Error::ToSqlConversionFailure(why.into()))?;
        Ok(())
    }

    /// The id of a folder, made with all above it when it is new.
    fn folder_of(&mut self, path: &RelPath) -> Result<i64, Error> {
        let hash = self.hash.hash_one(path.as_bytes());
        if let Some(id) = self.ids.get(&hash) {
            return Ok(*id);
        }
        let parent = path.parent().map_or(Ok(TOP), |parent| self.folder_of(&parent))?;
        self.folders.push(Folder { parent, size: 0, files: 0, mtime: 0, listed: false });
        let id = self.folders.len() as i64;
        self.db.prepare_cached("INSERT INTO folder VALUES (?1, ?2, ?3, ?4, 0, 0, 0)")?.execute(params![
            id,
            parent,
            path.name(),
            path.as_bytes()
        ])?;
        self.ids.insert(hash, id);
        Ok(id)
    }

    fn folder_mut(&mut self, id: i64) -> Option<&mut Folder> {
        self.folders.get_mut(usize::try_from(id - 1).ok()?)
    }

    /// Adds a file to every folder above it.
    fn weigh_in(&mut self, mut id: i64, member: &Member) {
        while let Some(folder) = self.folder_mut(id) {
            folder.size += member.size;
            folder.files += 1;
            if !folder.listed {
                folder.mtime = folder.mtime.max(member.mtime);
            }
            id = folder.parent;
        }
    }
}
