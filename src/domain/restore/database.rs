//! What becomes of a database that a backup and the camera both have: the three ways, the rows on
//! either side, and the way that is taken when its owner names none.
//!
//! The invariant: rows that only the camera has are never replaced unless the owner chose it.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::rel_path::RelPath;

/// How a database of the backup meets that of the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseWay {
    /// Today's database stays.
    Keep,
    /// The backup's database replaces it.
    Take,
    /// Today's database gets the rows of the backup that it no longer has.
    Merge,
}

impl DatabaseWay {
    pub const ALL: [DatabaseWay; 3] = [DatabaseWay::Keep, DatabaseWay::Take, DatabaseWay::Merge];

    pub fn word(self) -> &'static str {
        match self {
            DatabaseWay::Keep => "keep",
            DatabaseWay::Take => "take",
            DatabaseWay::Merge => "merge",
        }
    }
}

/// The owner's word: for all databases, and for single ones by their names in the backup.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseWays {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<DatabaseWay>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub each: BTreeMap<String, DatabaseWay>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no way to restore a database")]
pub struct UnknownWay(pub String);

impl DatabaseWays {
    /// Takes `WAY` for all databases, or `PATH=WAY` for one.
    pub fn add(&mut self, text: &str) -> Result<(), UnknownWay> {
        let (path, word) = match text.rsplit_once('=') {
            Some((path, word)) => (Some(path), word),
            None => (None, text),
        };
        let way = DatabaseWay::ALL.into_iter().find(|way| way.word() == word);
        let way = way.ok_or_else(|| UnknownWay(text.to_owned()))?;
        match path {
            Some(path) => drop(self.each.insert(path.to_owned(), way)),
            None => self.all = Some(way),
        }
        Ok(())
    }

    pub fn of(&self, path: &RelPath) -> Option<DatabaseWay> {
        self.each.get(&path.to_string()).copied().or(self.all)
    }

    pub fn is_empty(&self) -> bool {
        *self == DatabaseWays::default()
    }
}

/// A table on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableRows {
    pub table: String,
    /// Rows; `None` where there is no such table.
    pub backup: Option<u64>,
    pub camera: Option<u64>,
    /// Rows of the camera that the backup does not have.
    pub newer: u64,
    /// Rows of the backup that the camera no longer has: those that a merge brings back.
    pub gone: u64,
    /// Rows with one primary key and different content; a merge leaves those of the camera.
    pub differ: u64,
    /// Why a merge leaves this table, or columns of it, as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// Why rows could not be counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "what", content = "why")]
pub enum Uncounted {
    BackupDamaged(String),
    CameraDamaged(String),
    /// Locked, not readable, or there is no room to look at a copy.
    NotRead(String),
}

/// What happens to one database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatabaseChange {
    /// Its name in the backup.
    pub path: RelPath,
    pub way: DatabaseWay,
    /// The owner named the way.
    pub chosen: bool,
    pub tables: Vec<TableRows>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncounted: Option<Uncounted>,
}

impl DatabaseChange {
    /// From what was counted and what the owner said, if anything.
    pub fn decide(path: RelPath, counted: Result<Vec<TableRows>, Uncounted>, wanted: Option<DatabaseWay>) -> Self {
        let (tables, uncounted) = match counted {
            Ok(tables) => (tables, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let mut change = DatabaseChange { path, way: DatabaseWay::Keep, chosen: wanted.is_some(), tables, uncounted };
        change.way = wanted.unwrap_or_else(|| change.usual());
        change
    }

    fn usual(&self) -> DatabaseWay {
        match &self.uncounted {
            // There is nothing in it that could be counted as lost; an undo still has the file.
            Some(Uncounted::CameraDamaged(_)) => DatabaseWay::Take,
            Some(_) => DatabaseWay::Keep,
            None if self.newer() > 0 => DatabaseWay::Keep,
            None => DatabaseWay::Take,
        }
    }

    /// Rows that are gone when the backup's database replaces the camera's.
    pub fn newer(&self) -> u64 {
        self.tables.iter().map(|table| table.newer + table.differ).sum()
    }

    /// Rows that a merge brings back.
    pub fn gone(&self) -> u64 {
        self.tables.iter().map(|table| table.gone).sum()
    }
}

/// Known by its name here; what a database is, is the site's to say when it makes a backup.
pub fn is_database(path: &RelPath) -> bool {
    [&b".db"[..], b".sqlite", b".sqlite3"].iter().any(|end| path.name().ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> RelPath {
        RelPath::parse("config/myFiles/allsky.db").unwrap()
    }

    fn rows(newer: u64, gone: u64, differ: u64) -> Vec<TableRows> {
        let (backup, camera) = (Some(gone + differ), Some(newer + differ));
        vec![TableRows { table: "a".into(), backup, camera, newer, gone, differ, remark: None }]
    }

    #[test]
    fn rows_of_the_camera_alone_are_replaced_only_when_the_owner_says_so() {
        for (counted, usual) in [
            (Ok(rows(844, 0, 0)), DatabaseWay::Keep),
            (Ok(rows(0, 9, 1)), DatabaseWay::Keep),
            (Ok(rows(0, 9, 0)), DatabaseWay::Take),
            (Ok(rows(0, 0, 0)), DatabaseWay::Take),
            (Err(Uncounted::BackupDamaged("x".into())), DatabaseWay::Keep),
            (Err(Uncounted::NotRead("locked".into())), DatabaseWay::Keep),
            (Err(Uncounted::CameraDamaged("x".into())), DatabaseWay::Take),
        ] {
            assert_eq!(DatabaseChange::decide(path(), counted.clone(), None).way, usual, "{counted:?}");
            for way in DatabaseWay::ALL {
                assert_eq!(DatabaseChange::decide(path(), counted.clone(), Some(way)).way, way);
            }
        }
    }

    #[test]
    fn a_word_for_one_database_counts_before_the_word_for_all() {
        let mut ways = DatabaseWays::default();
        ways.add("merge").unwrap();
        ways.add("config/myFiles/allsky.db=take").unwrap();
        assert_eq!(ways.of(&path()), Some(DatabaseWay::Take));
        assert_eq!(ways.of(&RelPath::parse("b.db").unwrap()), Some(DatabaseWay::Merge));
        for wrong in ["", "mix", "b.db=", "b.db=Merge", "="] {
            assert_eq!(ways.add(wrong), Err(UnknownWay(wrong.to_owned())));
        }
    }
}
