//! Prune: snapshots that the rules of their host no longer keep go, the oldest first.
//!
//! The decisions are made in `domain::retention`; here they are shown, or carried out one by one. A snapshot loses its
//! name before its files go, so that a run that is killed leaves no half one; the next run goes on with it.
use serde::{Deserialize, Serialize};

use super::places::{self, Held};
use super::prune_others::{OtherLine, Thing, others};
use super::{Error, frozen, pointed, told};
use crate::base::rel_path::printable;
use crate::destination::snapshots::store::{Snapshot, SnapshotStore};
use crate::domain::alert::AlertKind;
use crate::domain::failure::Failure;
use crate::domain::host::settings::{HostName, HostSettings};
use crate::domain::monitor::{Monitor, Progress, Stage, protect};
use crate::domain::retention::dated::Condition;
use crate::domain::retention::decision::{Decision, Fate, Reason};
use crate::domain::retention::nights::Pinned;
use crate::domain::retention::rules::{Rule, judge};
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::retained::Retained;
use crate::work::noted::{GONE, Noted};
use crate::work::retention_told::tell_deleted;
use crate::work::{Tools, alerts};

/// One snapshot, and what becomes of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    pub snapshot: SnapshotName,
    pub action: Fate,
    pub reason: Reason,
    /// The reason in words.
    pub why: String,
}

/// What would go, and why everything else stays; the oldest first.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    pub host: HostName,
    /// Bytes are not told: what goes with a snapshot is what no other one shares.
    pub lines: Vec<Line>,
    /// Archives and golden months.
    pub others: Vec<OtherLine>,
}

impl Preview {
    pub fn going(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.action == Fate::Drop)
    }

    pub fn others_going(&self) -> impl Iterator<Item = &OtherLine> {
        self.others.iter().filter(|line| line.action == Fate::Drop)
    }
}

/// What went.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pruned {
    pub host: HostName,
    pub deleted: Vec<Line>,
    /// Archives and golden months that went.
    #[serde(default)]
    pub others_deleted: Vec<OtherLine>,
    pub kept: u64,
    /// By the drive's own count, so that shared files count only when the last of their names went.
    pub freed_bytes: u64,
    pub warnings: Vec<String>,
}

/// Touches nothing.
pub fn would_prune(tools: &Tools, host: &HostName) -> Result<Preview, Error> {
    let host = places::host(tools, host)?;
    let store = places::look(tools, host)?;
    preview(tools, host, &store)
}

fn preview(tools: &Tools, host: &HostSettings, store: &SnapshotStore) -> Result<Preview, Error> {
    let all = store.snapshots().map_err(Error::io("the snapshots could not be read"))?;
    let now = (tools.now)();
    let gate = frozen::gate(tools, &all)?;
    let items = all.iter().map(|snapshot| Retained::new(snapshot.name, snapshot.marker.slot, condition(snapshot)));
    let rules = [Rule::Tiers(host.retention.tiers())];
    let decisions = judge(items.collect(), &rules, now.timestamp(), now.time_zone(), gate);
    let others = others(tools, host, store, gate)?;
    Ok(Preview { host: host.name.clone(), lines: decisions.iter().map(line).collect(), others })
}

pub(super) fn condition(snapshot: &Snapshot) -> Condition {
    match (snapshot.suspect(), snapshot.pinned) {
        (Some(_), _) => Condition::Suspect,
        (None, Pinned::Yes) => Condition::Pinned,
        (None, Pinned::No) => Condition::Complete,
    }
}

fn line(decision: &Decision<Retained>) -> Line {
    let (action, reason, why) = (decision.fate, decision.reason, decision.words().to_owned());
    Line { snapshot: decision.item.name, action, reason, why }
}

pub fn prune(tools: &Tools, host: &HostName, monitor: &dyn Monitor) -> Result<Pruned, Error> {
    places::watched(tools, host, monitor, prune_here)
}

fn prune_here(tools: &Tools, host: &HostSettings, monitor: &dyn Monitor) -> Result<Pruned, Error> {
    let noted = Noted::new(monitor);
    noted.stages(&[Stage::Survey, Stage::Delete]);
    noted.stage(Stage::Survey);
    let held = places::hold(tools, host)?;
    let preview = preview(tools, host, &held.store)?;
    noted.stage(Stage::Delete);
    let (before, rules) = (free_bytes(&held), format!("host:{}", host.name));
    held.store.sweep(&mut || Ok::<_, Error>(noted.checkpoint()?)).map_err(|error| renamed(error, deleting()))?;
    let total = preview.going().count() as u64;
    let mut pruned = Pruned {
        host: host.name.clone(),
        deleted: Vec::new(),
        others_deleted: Vec::new(),
        kept: preview.lines.len() as u64 - total,
        freed_bytes: 0,
        warnings: Vec::new(),
    };
    for line in preview.going() {
        noted.checkpoint()?;
        let full = free_bytes(&held);
        match delete_one(&held, line.snapshot, (pruned.deleted.len() as u64, total), &noted) {
            Ok(()) => {
                let subject = format!("{} {}", host.name, line.snapshot);
                alerts::resolve(tools, AlertKind::SnapshotNotTrusted, &subject);
                let freed = free_bytes(&held).saturating_sub(full);
                tell_deleted(tools, rules.clone(), subject, line.reason, freed);
                told::tell(tools, &host.name, line.snapshot, told::DELETED);
                pruned.deleted.push(line.clone());
            }
            Err(error @ Error::Cancelled(_)) => return Err(error),
            Err(error) => {
                held.ready.recheck()?;
                let why = Failure::of(&renamed(error, deleting())).message;
                noted.warn(format!("{} could not be deleted: {why}", line.snapshot));
            }
        }
    }
    for line in preview.others_going() {
        noted.checkpoint()?;
        match delete_other(tools, host, &held, line, &noted) {
            Ok(()) => {
                let item = format!("{} {}", host.name, line.thing);
                tell_deleted(tools, rules.clone(), item, line.reason, line.bytes);
                pruned.others_deleted.push(line.clone());
            }
            Err(error @ Error::Cancelled(_)) => return Err(error),
            Err(error) => {
                held.ready.recheck()?;
                noted.warn(format!("{} could not be deleted: {}", line.thing, Failure::of(&error).message));
            }
        }
    }
    pointed::point(&held.store, (tools.now)().timestamp(), &noted)?;
    pruned.freed_bytes = free_bytes(&held).saturating_sub(before);
    pruned.warnings = noted.warnings();
    Ok(pruned)
}

/// By the drive's own count: files that snapshots share go with the last of their names.
pub(super) fn free_bytes(held: &Held) -> u64 {
    held.ready.room().map(|room| room.free_bytes).unwrap_or_default()
}

pub(super) fn delete_one(
    held: &Held,
    name: SnapshotName,
    (done, total): (u64, u64),
    monitor: &dyn Monitor,
) -> Result<(), Error> {
    held.ready.recheck()?;
    let now = printable(name.to_string().as_bytes());
    monitor.progress(Progress { done_files: done, total_files: total, now, ..Progress::default() });
    let renaming = protect(monitor, "the name of the snapshot is taken away")?;
    let trashed = held.store.discard(name).map_err(Error::io("its name could not be taken away"))?;
    drop(renaming);
    held.store.empty(trashed, &mut || Ok::<_, Error>(monitor.checkpoint()?))
}

fn delete_other(
    tools: &Tools,
    host: &HostSettings,
    held: &Held,
    line: &OtherLine,
    monitor: &dyn Monitor,
) -> Result<(), Error> {
    held.ready.recheck()?;
    match &line.thing {
        Thing::Archive(name) => {
            let there = places::archives(tools, host, &held.ready)?;
            let _removing = protect(monitor, GONE)?;
            there.folder.remove(name).map_err(|error| Error::Archives(Box::new(error.into())))?;
            Ok(there.records().forget(name)?)
        }
        Thing::Golden(month) => {
            let renaming = protect(monitor, "the name of the golden month is taken away")?;
            let trashed = held.store.discard_golden(*month).map_err(Error::io("its name could not be taken away"))?;
            drop(renaming);
            held.store.empty(trashed, &mut || Ok::<_, Error>(monitor.checkpoint()?))
        }
    }
}

/// A snapshot that stays where it is, or of which a part stays.
pub(super) fn deleting() -> impl FnOnce(std::io::Error) -> Error {
    Error::io("a snapshot could not be removed from the drive")
}

/// A walk that fails says of itself only that it is one.
pub(super) fn renamed(error: Error, named: impl FnOnce(std::io::Error) -> Error) -> Error {
    match error {
        Error::Io { source, .. } => named(source),
        other => other,
    }
}
