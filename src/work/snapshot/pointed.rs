//! Which snapshot is the newest, and which the newest that is trusted.
use jiff::Timestamp;

use super::Error;
use crate::destination::snapshots::pointers::Pointer;
use crate::destination::snapshots::store::{Snapshot, SnapshotStore};
use crate::domain::believable;
use crate::domain::failure::Failure;
use crate::domain::monitor::Monitor;

/// What is dated ahead of the clock is never the newest, unless there is nothing else.
pub(super) fn newest(all: &[Snapshot], now: Timestamp) -> Option<&Snapshot> {
    all.iter().max_by_key(|snapshot| (believable::age(snapshot.marker.slot, now), snapshot.name))
}

pub(super) fn newest_good(all: &[Snapshot], now: Timestamp) -> Option<&Snapshot> {
    let good = all.iter().filter(|snapshot| snapshot.suspect().is_none());
    good.max_by_key(|snapshot| (believable::age(snapshot.marker.slot, now), snapshot.name))
}

/// Lets `latest` and `current` lead to them. What is in the way of a pointer is told, and stays.
pub(super) fn point(store: &SnapshotStore, now: Timestamp, monitor: &dyn Monitor) -> Result<(), Error> {
    let all = store.snapshots().map_err(Error::io("the snapshots could not be read"))?;
    for pointer in Pointer::ALL {
        let leads_to = match pointer {
            Pointer::Latest => newest(&all, now),
            Pointer::Current => newest_good(&all, now),
        };
        if let Some(snapshot) = leads_to
            && let Err(source) = store.point(pointer, snapshot.name)
        {
            let error = Error::io(format!("the link {} was not changed", pointer.as_str()))(source);
            monitor.warn(Failure::of(&error).message);
        }
    }
    Ok(())
}
