//! Both ends of a move: drives that are there and the chosen ones, and stores that nobody else changes meanwhile.
use jiff::Timestamp;

use super::Error;
use crate::destination::capability;
use crate::destination::drive::Ready;
use crate::destination::named_drive::NamedDrive;
use crate::destination::snapshots::origin::Origin;
use crate::destination::snapshots::store::SnapshotStore;
use crate::domain::destination::DestinationName;
use crate::domain::host::settings::{HostSettings, Sharing};
use crate::work::Tools;
use crate::work::snapshot::{self, places};

/// One end.
pub(super) struct End {
    pub destination: DestinationName,
    pub ready: Ready,
    pub store: SnapshotStore,
}

pub(super) struct Ends {
    pub from: End,
    pub to: End,
    /// What lies at the new end says of itself.
    pub origin: Origin,
}

impl Ends {
    /// Opens and locks both, and writes down at the new one where the set comes from.
    pub fn open(tools: &Tools, host: &HostSettings, to: &DestinationName) -> Result<Ends, Error> {
        let from = from(tools, host)?;
        locked(&from.store, host)?;
        let target = named(tools, to)?;
        let ready = target.fetch()?;
        refuse_one_drive(&from, target, &ready)?;
        refuse_without_links(&ready, host)?;
        let known = known(&ready, &from, host)?;
        let making = || snapshot::Error::io("the folder of the snapshots could not be made on the new drive");
        let store = SnapshotStore::make(ready.dir(), &host.name).map_err(making())?;
        locked(&store, host)?;
        let now: Timestamp = (tools.now)().timestamp();
        let origin =
            known.unwrap_or_else(|| Origin::new(host.name.clone(), (from.ready.id(), from.destination.clone()), now));
        store.put_origin(&origin).map_err(making())?;
        Ok(Ends { from, to: End { destination: to.clone(), ready, store }, origin })
    }

    /// Both drives are still those that were opened: what was written to one that is gone would not count, and what
    /// cannot be read from one that is gone is not damaged.
    pub fn recheck(&self) -> Result<(), Error> {
        self.from.ready.recheck()?;
        Ok(self.to.ready.recheck()?)
    }
}

/// Where the snapshots of the host lie now. A drive that takes no writes any more can still be moved away from.
pub(super) fn from(tools: &Tools, host: &HostSettings) -> Result<End, Error> {
    let named = places::drive(tools, host)?;
    let ready = named.fetch().or_else(|why| named.drive.ready_to_read().map_err(|_| why))?;
    let found = SnapshotStore::find(ready.dir(), &host.name);
    let found = found.map_err(snapshot::Error::io("the snapshots could not be read"))?;
    let store = found.ok_or_else(|| snapshot::Error::NoSnapshots(host.name.clone()))?;
    Ok(End { destination: named.name.clone(), ready, store })
}

pub(super) fn named<'a>(tools: &'a Tools, name: &DestinationName) -> Result<&'a NamedDrive, Error> {
    let found = tools.drives.iter().find(|drive| drive.name == *name);
    found.ok_or_else(|| Error::NoDestination(name.clone()))
}

/// Two names or two mounts of one drive: nothing would be gained, and a removal would take both.
pub(super) fn refuse_one_drive(from: &End, target: &NamedDrive, ready: &Ready) -> Result<(), Error> {
    if from.ready.id() == ready.id() {
        return Err(Error::OneDrive(from.destination.clone(), target.name.clone()));
    }
    Ok(())
}

pub(super) fn refuse_without_links(ready: &Ready, host: &HostSettings) -> Result<(), Error> {
    if host.sharing == Sharing::Copies {
        return Ok(());
    }
    let trying = snapshot::Error::io("a file could not be made on the new drive for a trial");
    let can = capability::probe(ready.dir()).map_err(trying)?;
    if can.hard_links { Ok(()) } else { Err(snapshot::Error::NoHardLinks(ready.dir().path().to_owned()).into()) }
}

/// What an earlier run has written down; `None` where nothing lies. Refuses a set that did not come from here.
pub(super) fn known(ready: &Ready, from: &End, host: &HostSettings) -> Result<Option<Origin>, Error> {
    let reading = || snapshot::Error::io("the new drive could not be read");
    let Some(store) = SnapshotStore::find(ready.dir(), &host.name).map_err(reading())? else { return Ok(None) };
    let origin = store.origin().map_err(reading())?;
    if origin.as_ref().is_some_and(|origin| origin.drive == from.ready.id()) {
        return Ok(origin);
    }
    let is_empty = origin.is_none() && store.is_empty().map_err(reading())?;
    let place = ready.dir().path().join(format!("hosts/{}", host.name));
    if is_empty { Ok(None) } else { Err(Error::OtherSet { place, host: host.name.clone() }) }
}

pub(super) fn locked(store: &SnapshotStore, host: &HostSettings) -> Result<(), Error> {
    match store.lock().map_err(snapshot::Error::io("the lock of the snapshots could not be used"))? {
        true => Ok(()),
        false => Err(snapshot::Error::Busy(host.name.clone()).into()),
    }
}
