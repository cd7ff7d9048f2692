//! Room on the drive: the plan, and carrying it out one night at a time with a look at the drive after
//! each.
use serde::Serialize;

use super::gone::{remember_gone, tell_of_left};
use super::{Error, adopt, alert};
use crate::catalog::KnownNight;
use crate::destination::drive::Ready;
use crate::destination::night_store::NightStore;
use crate::domain::monitor::{Monitor, Stage, protect};
use crate::domain::night::Night;
use crate::domain::nights::manifest::Manifest;
use crate::domain::nights::state::NightState;
use crate::domain::plan::name::PlanName;
use crate::domain::retention::decision::Reason;
use crate::domain::retention::nights::{Disk, Moment, Outcome, Saved, plan};
use crate::work::Tools;
use crate::work::retention_gate::{JUMP, retention_gate};
use crate::work::retention_told::tell_deleted;

/// What ends the part of a job that deletes a night.
const GONE: &str = "the night is deleted";
/// A run ends after this many deletions in a row that free next to nothing.
const IN_VAIN: u32 = 3;

/// What a plan does with a night on the drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Delete,
    Keep,
}

impl Action {
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Delete => "delete",
            Action::Keep => "keep",
        }
    }
}

/// One line of a plan.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    pub action: Action,
    pub night: String,
    pub class: &'static str,
    pub reason: Reason,
    pub bytes: u64,
    pub avg_stars: Option<f64>,
    pub moon_pct: Option<f64>,
    #[serde(skip)]
    pub key: Option<Night>,
}

/// What would go, and why everything else stays.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    pub disk: Disk,
    pub used_pct: u64,
    pub limit_pct: u64,
    pub floor_bytes: u64,
    pub lines: Vec<Line>,
    /// The disk after the plan, if every deletion frees its bytes.
    pub after: Disk,
    pub after_used_pct: u64,
    pub outcome: Outcome,
    /// This many of the newest nights stay in any case, even those that may go.
    #[serde(skip)]
    pub keep_min: usize,
}

impl Preview {
    /// What goes, now or when room is needed, in its order.
    pub fn in_line(&self) -> impl Iterator<Item = &Line> {
        let may_go = |line: &&Line| line.action == Action::Delete || line.reason == Reason::RoomEnough;
        let waiting = self.lines.iter().filter(|line| line.reason == Reason::RoomEnough).count();
        let stay = self.keep_min.min(waiting);
        let all = self.lines.iter().filter(may_go).count();
        self.lines.iter().filter(may_go).take(all - stay)
    }
}

/// What came of carrying out a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    AsPlanned(Outcome),
    /// Nights were deleted, and the drive did not get emptier.
    Ineffective,
}

impl Ending {
    /// The word in JSON, in the terminal and in the names of alerts.
    pub fn as_str(self) -> &'static str {
        match self {
            Ending::AsPlanned(outcome) => outcome.as_str(),
            Ending::Ineffective => "ineffective",
        }
    }
}

impl Serialize for Ending {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The nights that were deleted.
#[derive(Debug, Clone, Serialize)]
pub struct Pruned {
    #[serde(flatten)]
    pub preview: Preview,
    pub deleted: Vec<Line>,
    pub freed_bytes: u64,
    pub result: Ending,
}

/// Touches nothing.
pub fn preview(tools: &Tools, ready: &Ready) -> Result<Preview, Error> {
    let running = tools.nights.source.survey()?.running((tools.now)().datetime());
    preview_during(tools, ready, running)
}

/// Previews retention for a caller that knows which night is still running.
pub(super) fn preview_during(tools: &Tools, ready: &Ready, running: Option<Night>) -> Result<Preview, Error> {
    let (store, policy) = (NightStore::new(ready.dir()), &tools.nights.policy);
    let disk = ready.disk().map_err(Error::io("the room could not be read"))?;
    let mut manifests: Vec<(Manifest, u64)> = Vec::new();
    for night in store.nights().map_err(Error::io("the nights could not be read"))? {
        let Some(manifest) = store.manifest(night).map_err(Error::io("a manifest could not be read"))? else {
            continue;
        };
        let bytes = match manifest.bytes {
            Some(bytes) => bytes,
            None => {
                let files = store.files(night).map_err(Error::io("a night could not be read"))?;
                files.iter().map(|(_, seen)| seen.bytes).sum()
            }
        };
        manifests.push((manifest, bytes));
    }
    let saved = |(manifest, bytes): &(Manifest, u64)| Saved {
        night: manifest.night,
        class: manifest.class,
        verified: manifest.verified,
        pinned: manifest.pinned,
        bytes: *bytes,
    };
    let at = Moment { today: (tools.now)().date(), running };
    let plan = plan(disk, manifests.iter().map(saved).collect(), at, policy, retention_gate(tools, JUMP)?);
    let lines = plan.decisions.iter().zip(&manifests).map(|(decision, (manifest, _))| Line {
        action: if decision.drops() { Action::Delete } else { Action::Keep },
        night: decision.item.night.date().to_string(),
        class: manifest.class.as_str(),
        reason: decision.reason,
        bytes: decision.item.bytes,
        avg_stars: manifest.avg_stars,
        moon_pct: manifest.moon_pct,
        key: Some(decision.item.night),
    });
    Ok(Preview {
        disk,
        used_pct: disk.used_pct(),
        limit_pct: policy.max_used_pct,
        floor_bytes: policy.floor(&disk),
        lines: lines.collect(),
        after: plan.after,
        after_used_pct: plan.after.used_pct(),
        outcome: plan.outcome,
        keep_min: policy.keep_min,
    })
}

pub(super) fn prune(tools: &Tools, ready: &Ready, monitor: &dyn Monitor) -> Result<Pruned, Error> {
    monitor.stage(Stage::Delete);
    adopt::adopt(tools, ready, monitor)?;
    let preview = preview(tools, ready)?;
    let mut pruned =
        Pruned { result: Ending::AsPlanned(preview.outcome), preview, deleted: Vec::new(), freed_bytes: 0 };
    let mut in_vain = 0;
    for line in pruned.preview.lines.clone().into_iter().filter(|line| line.action == Action::Delete) {
        let _removing = protect(monitor, GONE)?;
        ready.recheck()?;
        let before = ready.disk().map_err(Error::io("the room could not be read"))?;
        if !tools.nights.policy.is_over(&before) {
            break;
        }
        if let Some(night) = line.key {
            delete(tools, ready, night, monitor)?;
        }
        tell_deleted(tools, PlanName::nights().to_string(), line.night.clone(), line.reason, line.bytes);
        let after = ready.disk().map_err(Error::io("the room could not be read"))?;
        let freed = after.avail.saturating_sub(before.avail);
        pruned.freed_bytes += freed;
        in_vain = if freed < line.bytes / 10 { in_vain + 1 } else { 0 };
        pruned.deleted.push(line);
        if in_vain == IN_VAIN {
            pruned.result = Ending::Ineffective;
            break;
        }
    }
    tell_of_trouble(tools, &pruned, monitor)?;
    Ok(pruned)
}

/// Hides the night in one step, then deletes it. The catalog remembers the night, so that it is not copied again.
fn delete(tools: &Tools, ready: &Ready, night: Night, monitor: &dyn Monitor) -> Result<(), Error> {
    let (store, source) = (NightStore::new(ready.dir()), tools.nights.source.software());
    let now = (tools.now)().timestamp();
    let row = tools.catalog.night(source, night)?.unwrap_or_else(|| KnownNight::new(night, NightState::Deleting));
    let row = KnownNight { state: NightState::Deleting, deleted_at: Some(now), ..row };
    tools.catalog.put_night(source, &row, (tools.now)().timestamp())?;
    let what = format!("the night {} could not be deleted", night.date());
    let trash = store.put_in_trash(night, now.as_second()).map_err(Error::io(what.clone()))?;
    let left = store.remove(&trash, night).map_err(Error::io(what))?;
    tell_of_left(ready, night, left, monitor);
    remember_gone(tools, ready, row)
}

fn tell_of_trouble(tools: &Tools, pruned: &Pruned, monitor: &dyn Monitor) -> Result<(), Error> {
    let message = match pruned.result {
        Ending::AsPlanned(Outcome::Exhausted) => "the drive is full, and only nights that are never deleted are left",
        Ending::Ineffective => "nights were deleted and the drive is as full as before: something else fills it",
        Ending::AsPlanned(Outcome::ClockDoubtful) => "the clock is not to be trusted, so nothing is deleted",
        Ending::AsPlanned(Outcome::NotNeeded | Outcome::Ok | Outcome::Frozen) => return Ok(()),
    };
    monitor.warn(message.to_owned());
    alert::tell(tools, &format!("retention_{}", pruned.result.as_str()), message)
}
