//! Which snapshots there are, and what one of them says.
use serde::Serialize;

use super::{Error, places};
use crate::destination::snapshots::store::Snapshot;
use crate::domain::destination::DestinationName;
use crate::domain::failure::Failure;
use crate::domain::host::settings::{HostName, HostSettings};
use crate::domain::retention::nights::Pinned;
use crate::domain::snapshot::marker::Marker;
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
}

impl HostItem {
    /// Whether a page would look as before.
    pub fn says_the_same(&self, other: &HostItem) -> bool {
        let short = |item: &HostItem| -> Vec<(SnapshotName, bool, bool)> {
            item.snapshots.iter().map(|one| (one.name, one.pinned, one.suspect.is_some())).collect()
        };
        self.why == other.why && short(self) == short(other)
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
    #[serde(flatten)]
    pub marker: Marker,
}

impl Item {
    fn of(snapshot: Snapshot) -> Item {
        let suspect = snapshot.suspect().map(str::to_owned);
        let marker = Marker { suspect: None, ..snapshot.marker };
        Item { name: snapshot.name, pinned: snapshot.pinned == Pinned::Yes, suspect, marker }
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
    HostItem { host: host.name.clone(), path: host.path.clone(), destination, why, snapshots }
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
