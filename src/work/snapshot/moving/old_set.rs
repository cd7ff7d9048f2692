//! What becomes of the set on the drive that it came from: it stays, or it goes as everything that is deleted does, by its
//! name first. It never goes while anything in it did not come to the new drive.
use super::Error;
use super::archives;
use super::ends::{End, named};
use super::outcome::OldSet;
use super::piece::Piece;
use crate::base::counted::counted;
use crate::destination::snapshots::origin::Origin;
use crate::destination::snapshots::store::SnapshotStore;
use crate::domain::host::settings::{HostName, HostSettings};
use crate::domain::monitor::{Monitor, Progress, protect};
use crate::work::Tools;
use crate::work::snapshot;

/// The set that `origin` names; `None` when nothing of it is there any more.
pub(super) fn find(tools: &Tools, host: &HostSettings, origin: &Origin) -> Result<Option<End>, Error> {
    let drive = named(tools, &origin.destination)?;
    let ready = drive.fetch()?;
    if ready.id() != origin.drive {
        let path = ready.dir().path().to_owned();
        let swapped = crate::destination::drive::Error::Swapped { path, found: ready.id(), expected: origin.drive };
        return Err(swapped.into());
    }
    let found = SnapshotStore::find(ready.dir(), &host.name);
    let found = found.map_err(snapshot::Error::io("the old snapshots could not be read"))?;
    Ok(found.map(|store| End { destination: drive.name.clone(), ready, store }))
}

/// Why it must stay.
pub(super) fn why_not(tools: &Tools, host: &HostName, old: &End, origin: &Origin) -> Result<Option<String>, Error> {
    if let Some(left) = origin.left.first() {
        let things = counted(origin.left.iter().map(|left| left.count).sum(), "thing");
        return Ok(Some(format!("{things} did not come to the new drive, such as of {}", left.name)));
    }
    let pieces = Piece::all(&old.store)?.iter().map(Piece::item).collect::<Vec<_>>();
    let archives = archives::all(tools, host, old)?.iter().map(archives::item).collect::<Vec<_>>();
    let unknown = pieces.iter().chain(&archives).find(|item| !origin.moved.contains(item));
    Ok(unknown.map(|item| format!("{} is in it, and did not come to the new drive", item.name)))
}

/// Removes it. A run that ends in between is gone on with by the next.
pub(super) fn remove(tools: &Tools, host: &HostSettings, old: End, monitor: &dyn Monitor) -> Result<OldSet, Error> {
    let deleting = || snapshot::Error::io("the old set could not be removed from its drive");
    let place = old.ready.dir().path().join(format!("hosts/{}", host.name));
    let mut go_on = || Ok::<_, snapshot::Error>(monitor.checkpoint()?);
    old.store.sweep(&mut go_on)?;
    let pieces = Piece::all(&old.store)?;
    let total_files = pieces.len() as u64;
    for (done_files, piece) in (0..).zip(&pieces) {
        old.ready.recheck()?;
        monitor.progress(Progress { done_files, total_files, now: piece.item().name, ..Progress::default() });
        let renaming = protect(monitor, "the name of the snapshot is taken away")?;
        let trashed = match piece {
            Piece::Hour(one) => old.store.discard(one.name),
            Piece::Month(one) => old.store.discard_golden(one.month),
        };
        let trashed = trashed.map_err(deleting())?;
        drop(renaming);
        old.store.empty(trashed, &mut go_on)?;
    }
    archives::remove(tools, &host.name, &old, monitor)?;
    let is_gone = old.store.dismantle(old.ready.dir()).map_err(deleting())?;
    let why = "there is something in it that is no part of the set".to_owned();
    Ok(if is_gone { OldSet::Gone } else { OldSet::Stays { place, why: Some(why) } })
}
