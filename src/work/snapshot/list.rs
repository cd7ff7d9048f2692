//! Which snapshots there are, and what one of them says.
use jiff::Timestamp;
use serde::Serialize;

use super::{Error, places};
use crate::catalog::Knowledge;
use crate::destination::snapshots::golden::{Golden, Scrub};
use crate::destination::snapshots::store::{Seen, Snapshot};
use crate::domain::archive::name::ArchiveName;
use crate::domain::destination::DestinationName;
use crate::domain::failure::Failure;
use crate::domain::host::settings::{HostName, HostSettings};
use crate::domain::retention::nights::Pinned;
use crate::domain::snapshot::archived::snapshot_of;
use crate::domain::snapshot::marker::Marker;
use crate::domain::snapshot::month::Month;
use crate::domain::snapshot::name::SnapshotName;
use crate::work::Tools;

/// A host with its snapshots.
#[derive(Debug, Clone, Serialize)]
pub struct HostItem {
    pub host: HostName,
    pub path: std::path::PathBuf,
    pub destination: Option<DestinationName>,
    /// Why they cannot be listed now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The oldest first.
    pub snapshots: Vec<Item>,
    /// Archives of snapshots, the oldest first.
    pub archives: Vec<ArchiveItem>,
    /// Full copies, one for a month, the oldest first.
    pub golden: Vec<GoldenItem>,
}

/// An archive of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArchiveItem {
    pub name: ArchiveName,
    pub snapshot: SnapshotName,
    pub bytes: u64,
    /// What is known of it: `verified`, `damaged` …
    pub state: Knowledge,
    /// Why that is so.
    pub reason: String,
}

/// A golden month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GoldenItem {
    pub month: Month,
    /// The snapshot that it is a copy of.
    pub snapshot: SnapshotName,
    pub made: Timestamp,
    pub files: u64,
    pub bytes: u64,
    /// When it was read again last, and what that has shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scrub: Option<Scrub>,
}

impl HostItem {
    /// Whether a page would look as before.
    pub fn says_the_same(&self, other: &HostItem) -> bool {
        let short = |item: &HostItem| -> Vec<(SnapshotName, bool, Option<Seen>)> {
            item.snapshots.iter().map(|one| (one.name, one.pinned, one.alarm)).collect()
        };
        let beside = |item: &HostItem| (item.archives.clone(), item.golden.clone());
        self.why == other.why && short(self) == short(other) && beside(self) == beside(other)
    }
}

/// A snapshot.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    pub name: SnapshotName,
    pub pinned: bool,
    /// Why it is not trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspect: Option<String>,
    /// What its owner says of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Seen>,
    #[serde(flatten)]
    pub marker: Marker,
}

impl Item {
    pub(super) fn of(snapshot: Snapshot) -> Item {
        let alarm = snapshot.suspect().map(|_| snapshot.alarm);
        let suspect = snapshot.suspect().map(str::to_owned);
        let marker = Marker { suspect: None, ..snapshot.marker };
        Item { name: snapshot.name, pinned: snapshot.pinned == Pinned::Yes, suspect, alarm, marker }
    }
}

/// All hosts, or one. A drive that is not there keeps no other host from the list.
pub fn list(tools: &Tools, only: Option<&HostName>) -> Result<Vec<HostItem>, Error> {
    if let Some(name) = only {
        places::host(tools, name)?;
    }
    let hosts = tools.hosts.iter().filter(|host| only.is_none_or(|name| *name == host.name));
    Ok(hosts.map(|host| item(tools, host)).collect())
}

fn item(tools: &Tools, host: &HostSettings) -> HostItem {
    let (snapshots, why) = match of_host(tools, host) {
        Ok(all) => (all, None),
        Err(Error::NoSnapshots(_)) => (Vec::new(), None),
        Err(error) => (Vec::new(), Some(Failure::of(&error).message)),
    };
    let destination = places::drive(tools, host).ok().map(|drive| drive.name.clone());
    // What cannot be listed beside the snapshots keeps none of them from the list.
    let archives = archives_of(tools, host).unwrap_or_default();
    let golden = golden_of(tools, host).unwrap_or_default();
    HostItem { host: host.name.clone(), path: host.source.shown(), destination, why, snapshots, archives, golden }
}

fn archives_of(tools: &Tools, host: &HostSettings) -> Result<Vec<ArchiveItem>, Error> {
    let there = places::archives_to_read(tools, &host.name)?;
    let told = |error: crate::work::Error| Error::Archives(Box::new(error));
    let mut all = Vec::new();
    for found in there.folder.archives().map_err(|error| told(error.into()))? {
        let Some(snapshot) = snapshot_of(&host.name, &found.name) else { continue };
        let known = there.records().recall(&found.name, &found.fingerprint)?;
        let (state, reason) = known.map_or((Knowledge::Unverified, "not read in full here yet".to_owned()), |known| {
            (known.state, known.reason)
        });
        all.push(ArchiveItem { name: found.name, snapshot, bytes: found.bytes, state, reason });
    }
    all.sort_by_key(|item| item.snapshot);
    Ok(all)
}

fn golden_of(tools: &Tools, host: &HostSettings) -> Result<Vec<GoldenItem>, Error> {
    let goldens = places::look(tools, host)?.goldens().map_err(Error::io("the golden months could not be read"))?;
    let item = |golden: Golden| GoldenItem {
        month: golden.month,
        snapshot: golden.marker.name,
        made: golden.marker.finished,
        files: golden.marker.counts.files,
        bytes: golden.marker.counts.bytes,
        scrub: golden.scrub,
    };
    Ok(goldens.into_iter().map(item).collect())
}

/// The snapshots of one host, the oldest first; an error where they cannot be listed now.
pub fn of_host(tools: &Tools, host: &HostSettings) -> Result<Vec<Item>, Error> {
    let all = places::look(tools, host)?.snapshots().map_err(Error::io("the snapshots could not be read"))?;
    Ok(all.into_iter().map(Item::of).collect())
}

/// One of them; without a name the newest.
pub fn show(tools: &Tools, host: &HostName, name: Option<SnapshotName>) -> Result<Item, Error> {
    let store = places::look(tools, places::host(tools, host)?)?;
    Ok(Item::of(places::snapshot(&store, host, name)?))
}
