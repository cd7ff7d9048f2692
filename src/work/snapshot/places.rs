//! The host, its drive, and the store of its snapshots.
use std::sync::Arc;

use super::Error;
use crate::destination::drive::Ready;
use crate::destination::folder::Folder;
use crate::destination::named_drive::NamedDrive;
use crate::destination::snapshots::store::{Snapshot, SnapshotStore};
use crate::domain::destination::DestinationName;
use crate::domain::host::settings::{HostName, HostSettings};
use crate::domain::monitor::Monitor;
use crate::domain::snapshot::name::SnapshotName;
use crate::transfer::watchdog::{MayHang, watch};
use crate::work::Tools;

/// The host of this name in the configuration.
pub fn host<'a>(tools: &'a Tools, name: &HostName) -> Result<&'a HostSettings, Error> {
    tools.hosts.iter().find(|host| host.name == *name).ok_or_else(|| Error::NoHost(name.clone()))
}

/// The drive that snapshots of a host go to.
pub fn drive<'a>(tools: &'a Tools, host: &HostSettings) -> Result<&'a NamedDrive, Error> {
    let drive = match &host.destination {
        Some(name) => tools.drives.iter().find(|drive| drive.name == *name),
        None => tools.drives.first(),
    };
    drive.ok_or_else(|| Error::NoDestination(host.name.clone()))
}

/// A store that is ours to change, on a drive that is there.
pub(in crate::work) struct Held {
    pub ready: Ready,
    pub store: SnapshotStore,
}

/// Opens the store of a host and locks it. A drive that is not there is mounted first, where its owner said how.
pub(in crate::work) fn hold(tools: &Tools, host: &HostSettings) -> Result<Held, Error> {
    let ready = drive(tools, host)?.fetch()?;
    let store = SnapshotStore::make(ready.dir(), &host.name)
        .map_err(Error::io("the folder of the snapshots could not be made on the drive"))?;
    if !store.lock().map_err(Error::io("the lock of the snapshots could not be used"))? {
        return Err(Error::Busy(host.name.clone()));
    }
    Ok(Held { ready, store })
}

/// Tools for the archives of a host, on a drive that is there.
pub(super) fn archives(tools: &Tools, host: &HostSettings, ready: &Ready) -> Result<Tools, Error> {
    Ok(archives_on(tools, &drive(tools, host)?.name, &host.name, ready))
}

/// Tools for the archives of a host on `destination`, which is `ready`.
pub(super) fn archives_on(tools: &Tools, destination: &DestinationName, host: &HostName, ready: &Ready) -> Tools {
    let folder = Folder::on_drive(ready.clone(), &archives_folder(host), destination.of_host(host.as_str()));
    Tools { folder, ..tools.clone() }
}

/// Tools that only read the archives of a host.
pub fn archives_to_read(tools: &Tools, host: &HostName) -> Result<Tools, Error> {
    let host = self::host(tools, host)?;
    let named = drive(tools, host)?;
    let path = named.drive.ready_to_read()?.dir().path().join(archives_folder(&host.name));
    Ok(Tools { folder: Folder::to_read(path, named.name.of_host(host.name.as_str())), ..tools.clone() })
}

fn archives_folder(host: &HostName) -> String {
    format!("hosts/{host}/archives")
}

/// Opens the store of a host for reading.
pub(super) fn look(tools: &Tools, host: &HostSettings) -> Result<SnapshotStore, Error> {
    let ready = drive(tools, host)?.drive.ready_to_read()?;
    let found = SnapshotStore::find(ready.dir(), &host.name).map_err(Error::io("the snapshots could not be read"))?;
    found.ok_or_else(|| Error::NoSnapshots(host.name.clone()))
}

/// The snapshot of this name; without one the newest.
pub(super) fn snapshot(store: &SnapshotStore, host: &HostName, name: Option<SnapshotName>) -> Result<Snapshot, Error> {
    let mut all = store.snapshots().map_err(Error::io("the snapshots could not be read"))?;
    match name {
        None => all.pop().ok_or_else(|| Error::NoSnapshots(host.clone())),
        Some(name) => all
            .into_iter()
            .find(|snapshot| snapshot.name == name)
            .ok_or_else(|| Error::NoSnapshot { host: host.clone(), name }),
    }
}

/// Does `work` in a thread of its own, and gives it up in words when the drive of the host no longer answers.
pub(super) fn watched<T: Send + 'static>(
    tools: &Tools,
    name: &HostName,
    monitor: &dyn Monitor,
    work: impl FnOnce(&Tools, &HostSettings, &dyn Monitor) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let host = Arc::new(host(tools, name)?.clone());
    let drive = drive(tools, &host)?.drive.clone();
    let tools = tools.clone();
    watch(&[MayHang::Drive(drive)], monitor, move |monitor| work(&tools, &host, monitor))
}
