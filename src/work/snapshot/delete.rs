//! Delete: one snapshot that its owner wants no more.
//!
//! Invariant: what retention never deletes is not deleted here either. A rule that keeps nothing is judged with all that
//! stands above every rule: the newest good snapshot, a pin, an alarm, a clock in doubt.
use serde::{Deserialize, Serialize};

use super::prune::{condition, delete_one, deleting, free_bytes, renamed};
use super::{Error, frozen, places, pointed, told};
use crate::destination::snapshots::store::SnapshotStore;
use crate::domain::alert::AlertKind;
use crate::domain::host::settings::{HostName, HostSettings};
use crate::domain::monitor::{Monitor, Stage};
use crate::domain::retention::decision::{Decision, Fate, Reason};
use crate::domain::retention::rules::{Rule, judge};
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::retained::Retained;
use crate::work::noted::Noted;
use crate::work::retention_told::tell_deleted;
use crate::work::{Tools, alerts};

/// What went.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SnapshotDeleted {
    pub host: HostName,
    pub snapshot: SnapshotName,
    pub deleted: bool,
    /// By the drive's own count: files that other snapshots share stay.
    pub freed_bytes: u64,
    pub warnings: Vec<String>,
}

/// Why the snapshot would stay; touches nothing.
pub fn may_delete(tools: &Tools, host: &HostName, name: SnapshotName) -> Result<(), Error> {
    let host = places::host(tools, host)?;
    judged(tools, host, &places::look(tools, host)?, name)
}

fn judged(tools: &Tools, host: &HostSettings, store: &SnapshotStore, name: SnapshotName) -> Result<(), Error> {
    let all = store.snapshots().map_err(Error::io("the snapshots could not be read"))?;
    let now = (tools.now)();
    let gate = frozen::gate(tools, &all)?;
    let items = all.iter().map(|snapshot| Retained::new(snapshot.name, snapshot.marker.slot, condition(snapshot)));
    let decisions = judge(items.collect(), &[Rule::KeepLast(0)], now.timestamp(), now.time_zone(), gate);
    let decision: Option<&Decision<Retained>> = decisions.iter().find(|decision| decision.item.name == name);
    match decision {
        None => Err(Error::NoSnapshot { host: host.name.clone(), name }),
        Some(decision) if decision.fate == Fate::Keep => {
            Err(Error::Kept { host: host.name.clone(), name, reason: decision.reason, why: decision.words() })
        }
        Some(_) => Ok(()),
    }
}

pub fn delete(
    tools: &Tools,
    host: &HostName,
    name: SnapshotName,
    monitor: &dyn Monitor,
) -> Result<SnapshotDeleted, Error> {
    places::watched(tools, host, monitor, move |tools, host, monitor| delete_here(tools, host, name, monitor))
}

fn delete_here(
    tools: &Tools,
    host: &HostSettings,
    name: SnapshotName,
    monitor: &dyn Monitor,
) -> Result<SnapshotDeleted, Error> {
    let noted = Noted::new(monitor);
    noted.stages(&[Stage::Survey, Stage::Delete]);
    noted.stage(Stage::Survey);
    let held = places::hold(tools, host)?;
    judged(tools, host, &held.store, name)?;
    noted.stage(Stage::Delete);
    let before = free_bytes(&held);
    delete_one(&held, name, (0, 1), &noted).map_err(|error| renamed(error, deleting()))?;
    let subject = format!("{} {name}", host.name);
    alerts::resolve(tools, AlertKind::SnapshotNotTrusted, &subject);
    let freed_bytes = free_bytes(&held).saturating_sub(before);
    tell_deleted(tools, format!("host:{}", host.name), subject, Reason::ByOwner, freed_bytes);
    told::tell(tools, &host.name, name, told::DELETED);
    pointed::point(&held.store, (tools.now)().timestamp(), &noted)?;
    Ok(SnapshotDeleted {
        host: host.name.clone(),
        snapshot: name,
        deleted: true,
        freed_bytes,
        warnings: noted.warnings(),
    })
}
