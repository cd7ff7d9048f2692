//! Snapshots of hosts.
use jiff::Timestamp;
use serde::Serialize;

use crate::domain::host::settings::HostName;
use crate::work::snapshot::ls::Listed;

/// The snapshots of a host, or why they cannot be listed now.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum HostSnapshots<T> {
    Listed(T),
    Unlisted { host: HostName, why: String, snapshots: [(); 0] },
}

/// A file, folder or link in a folder of a snapshot.
#[derive(Debug, Serialize)]
pub struct FolderEntry {
    /// For people: what cannot be printed is escaped.
    pub name: String,
    /// The name itself, where it cannot be printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    name_bytes: Option<Vec<u8>>,
    /// `file`, `folder` or `link`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Bytes.
    size: u64,
    mtime: Option<Timestamp>,
    /// Octal.
    mode: String,
    /// Where a link leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
}

impl From<Listed> for FolderEntry {
    fn from(listed: Listed) -> Self {
        let Listed { name, name_bytes, kind, bytes, mode, mtime, target, .. } = listed;
        FolderEntry { name, name_bytes, kind, size: bytes, mtime: Timestamp::from_second(mtime).ok(), mode, target }
    }
}

/// A mark was made, and the snapshot is now so.
#[derive(Debug, Serialize)]
pub struct Marked<T> {
    done: bool,
    snapshot: T,
}

impl<T: Serialize> Marked<T> {
    pub fn now(snapshot: T) -> Self {
        Marked { done: true, snapshot }
    }
}

/// A host is no longer in the configuration.
#[derive(Debug, Serialize)]
pub struct HostRemoved<'a> {
    host: &'a HostName,
    removed: bool,
}

impl<'a> HostRemoved<'a> {
    pub fn now(host: &'a HostName) -> Self {
        HostRemoved { host, removed: true }
    }
}
