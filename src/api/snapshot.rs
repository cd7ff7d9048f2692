//! Snapshots of hosts.
use serde::Serialize;

use crate::domain::host::settings::HostName;

/// The snapshots of a host, or why they cannot be listed now.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum HostSnapshots<T> {
    Listed(T),
    Unlisted { host: HostName, why: String, snapshots: [(); 0] },
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
