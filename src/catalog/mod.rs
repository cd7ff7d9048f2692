//! Floor 2: the memory, an SQLite database in the state folder. The file system is the truth; this
//! is an index of it and the history of jobs.
use std::path::Path;

use jiff::Timestamp;

use crate::domain::archive_name::ArchiveName;
use crate::domain::failure::{Advice, Code, Failure};
use crate::domain::job::{Job, JobId, JobState};
use crate::domain::metadata::Metadata;
use crate::domain::monitor::Stage;
use crate::domain::order::Order;

#[derive(Debug, thiserror::Error)]
#[error("the catalog could not be used")]
pub struct Error(#[from] pub rusqlite::Error);

impl Advice for Error {
    fn code(&self) -> Code {
        Code::Failed
    }
    fn advice(&self) -> String {
        String::new()
    }
}

/// What we know of an archive file with exactly this fingerprint.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub fingerprint: String,
    pub state: Knowledge,
    /// Why, in words.
    pub reason: String,
    pub metadata: Option<Metadata>,
    /// When it was last read in full.
    pub verified_at: Option<Timestamp>,
    /// SHA-256 of the file in hex, for uploads.
    pub sha256: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Knowledge {
    Verified,
    Unverified,
    Damaged,
    Foreign,
}

/// A remembered event of a job. The row id is the id of the SSE event.
#[derive(Debug, Clone)]
pub struct Event {
    pub id: i64,
    pub job: JobId,
    pub kind: EventKind,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    State { state: JobState },
    Stages { stages: Vec<Stage> },
    Stage { stage: Stage },
    Warning { text: String },
}

/// Sizes of a section or picture folder as last seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// `section/modules`, `images/20261117`.
    pub key: String,
    pub files: u64,
    pub raw_bytes: u64,
    pub packed_bytes: u64,
    /// What must be equal for the scan to hold (folder mtimes and counts).
    pub fingerprint: String,
    pub at: Timestamp,
}

/// Open connection, shared by threads.
pub struct Catalog {}

impl Catalog {
    /// Opens or makes `path`; one that SQLite calls corrupt is renamed aside and made anew.
    pub fn open(_path: &Path) -> Result<Self, Error> {
        unimplemented!()
    }
    pub fn add_job(&self, _id: JobId, _order: &Order, _at: Timestamp) -> Result<(), Error> {
        unimplemented!()
    }
    /// Applies and remembers an event; returns its id.
    pub fn record(&self, _job: JobId, _kind: &EventKind, _at: Timestamp) -> Result<i64, Error> {
        unimplemented!()
    }
    pub fn finish_job(
        &self,
        _job: JobId,
        _state: JobState,
        _result: Option<&serde_json::Value>,
        _failure: Option<&Failure>,
        _at: Timestamp,
    ) -> Result<i64, Error> {
        unimplemented!()
    }
    pub fn job(&self, _id: JobId) -> Result<Option<Job>, Error> {
        unimplemented!()
    }
    /// Newest first.
    pub fn jobs(&self, _limit: u32) -> Result<Vec<Job>, Error> {
        unimplemented!()
    }
    pub fn events_after(&self, _id: i64, _limit: u32) -> Result<Vec<Event>, Error> {
        unimplemented!()
    }
    pub fn newest_event(&self) -> Result<i64, Error> {
        unimplemented!()
    }
    pub fn remember(&self, _name: &ArchiveName, _known: &Known) -> Result<(), Error> {
        unimplemented!()
    }
    /// What is known of `name`, when its fingerprint still fits.
    pub fn recall(&self, _name: &ArchiveName, _fingerprint: &str) -> Result<Option<Known>, Error> {
        unimplemented!()
    }
    pub fn forget(&self, _name: &ArchiveName) -> Result<(), Error> {
        unimplemented!()
    }
    pub fn scans(&self) -> Result<Vec<Scan>, Error> {
        unimplemented!()
    }
    pub fn put_scan(&self, _scan: &Scan) -> Result<(), Error> {
        unimplemented!()
    }
    pub fn drop_scan(&self, _key: &str) -> Result<(), Error> {
        unimplemented!()
    }
}
