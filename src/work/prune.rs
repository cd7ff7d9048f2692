//! Prune: archives of a plan that its rules no longer keep are deleted, the oldest first.
//!
//! The decisions are made in `domain::retention`; here they are shown, or carried out one by one. What
//! was pinned, replaced or taken away meanwhile stays.
use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::noted::GONE;
use super::retention_gate::{JUMP, retention_gate};
use super::retention_told::tell_deleted;
use super::{Error, Tools};
use crate::catalog::{Knowledge, Marks};
use crate::destination::folder::{self, Found};
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::name::{ArchiveKind, ArchiveName};
use crate::domain::destination::DestinationName;
use crate::domain::failure::{Advice as _, Code, Failure};
use crate::domain::monitor::{Monitor, Stage, protect};
use crate::domain::plan::Plan;
use crate::domain::plan::name::PlanName;
use crate::domain::restore::program::Origin;
use crate::domain::retention::archives::{Archive, Maker, Scope, Wholeness, decide};
use crate::domain::retention::decision::{Fate, Reason, RetentionGate};
use crate::domain::retention::nights::{Pinned, Verified};
use crate::work::archive::delete;
use crate::work::archive::list::{describe, look};

const CLOCK_DOUBTFUL: &str = "The clock is in doubt: it jumped since the last job, or its year lies long ago. Nothing is deleted until the next run. Check the date of this machine.";

/// One archive and what becomes of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    pub name: ArchiveName,
    /// ISO 8601 with offset.
    pub created: String,
    pub bytes: u64,
    pub action: Fate,
    pub reason: Reason,
    /// The reason in words.
    pub why: String,
    #[serde(skip)]
    fingerprint: String,
}

/// What would go of one kind of archive, and why everything else stays; the newest first.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    pub plan: PlanName,
    pub destination: DestinationName,
    #[serde(rename = "type")]
    pub kind: ArchiveKind,
    pub lines: Vec<Line>,
    /// Bytes of all archives that would go.
    pub bytes: u64,
}

impl Preview {
    pub fn going(&self) -> impl DoubleEndedIterator<Item = &Line> {
        self.lines.iter().filter(|line| line.action == Fate::Drop)
    }
}

/// What went.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pruned {
    pub plan: PlanName,
    #[serde(rename = "type")]
    pub kind: ArchiveKind,
    pub deleted: Vec<Line>,
    pub freed_bytes: u64,
}

/// Touches nothing. Where a destination of copies is away, there is no preview of it.
pub fn would_prune(tools: &Tools, plan: &Plan) -> Result<Vec<Preview>, Error> {
    let mut all = vec![tools.to_read_on(&plan.destination)?];
    for copies in &plan.copies {
        match tools.to_read_on(copies) {
            Err(error) if error.code() == Code::NotReady => {}
            there => all.push(there?),
        }
    }
    let kinds = plan.kinds();
    let pairs = all.iter().flat_map(|tools| kinds.iter().map(move |kind| (tools, *kind)));
    pairs.map(|(tools, kind)| Ok(preview(tools, plan, kind)?.0)).collect()
}

/// Which of `candidates` of the plan, which lie where `from` works, would stay if they lay on `there` as well.
pub fn would_stay(
    there: &Tools,
    plan: &Plan,
    from: &Tools,
    candidates: &[&Found],
) -> Result<BTreeSet<ArchiveName>, Error> {
    let (now, rules) = ((there.now)(), plan.retention.rules());
    let mut stays = BTreeSet::new();
    for kind in plan.kinds() {
        let (mut archives, _) = judged(there, &there.folder.archives()?, &now)?;
        let (mut new, _) = judged(from, candidates.iter().copied(), &now)?;
        // Each is verified there before it counts.
        new.iter_mut().for_each(|archive| archive.verified = Verified::Yes);
        archives.extend(new);
        let scope = Scope { plan: plan.name.as_str(), kind, rules: &rules, also: &plan.retention.also };
        let decisions = decide(archives, &scope, &now, retention_gate(there, JUMP + interval(plan, &now))?);
        stays.extend(decisions.into_iter().filter(|one| !one.drops()).map(|one| one.item.name));
    }
    Ok(stays)
}

/// What else is to be told of each archive: fingerprint and date.
type Seen = BTreeMap<ArchiveName, (String, String)>;

/// The archives as the rules of a plan see them.
fn judged<'a>(
    tools: &Tools,
    all: impl IntoIterator<Item = &'a Found>,
    now: &jiff::Zoned,
) -> Result<(Vec<Archive>, Seen), Error> {
    let (mut seen, mut archives) = (Seen::new(), Vec::new());
    let marks = tools.records().marks()?;
    for found in all {
        let known = match look(tools, found) {
            Ok(known) => known,
            // Deleted while we looked.
            Err(Error::Folder(folder::Error::NoArchive(_))) => continue,
            Err(other) => return Err(other),
        };
        let marked = marks.get(found.name.as_str());
        let (at, item) = describe(found, &known, marked, now);
        archives.push(Archive {
            name: found.name.clone(),
            kind: known.metadata.as_ref().map(|metadata| metadata.backup_type),
            at,
            maker: maker(marked, &found.fingerprint, known.origin),
            verified: if known.state == Knowledge::Verified { Verified::Yes } else { Verified::No },
            wholeness: match known.metadata.as_ref().is_none_or(Metadata::is_whole) {
                true => Wholeness::Whole,
                false => Wholeness::Lacking,
            },
            pinned: marked.map_or(Pinned::No, |marks| marks.pinned),
            bytes: found.bytes,
        });
        seen.insert(found.name.clone(), (found.fingerprint.clone(), item.created));
    }
    Ok((archives, seen))
}

/// With whether the past could be judged at all.
fn preview(tools: &Tools, plan: &Plan, kind: ArchiveKind) -> Result<(Preview, RetentionGate), Error> {
    let (now, rules) = ((tools.now)(), plan.retention.rules());
    let (archives, mut seen) = judged(tools, &tools.folder.archives()?, &now)?;
    let scope = Scope { plan: plan.name.as_str(), kind, rules: &rules, also: &plan.retention.also };
    let gate = retention_gate(tools, JUMP + interval(plan, &now))?;
    let decisions = decide(archives, &scope, &now, gate);
    let destination = tools.folder.destination().clone();
    let mut preview = Preview { plan: plan.name.clone(), destination, kind, lines: Vec::new(), bytes: 0 };
    for decision in decisions {
        let why = decision.words().to_owned();
        preview.bytes += if decision.drops() { decision.item.bytes } else { 0 };
        let (fingerprint, created) = seen.remove(&decision.item.name).unwrap_or_default();
        let (action, reason, bytes) = (decision.fate, decision.reason, decision.item.bytes);
        preview.lines.push(Line { name: decision.item.name, created, bytes, action, reason, why, fingerprint });
    }
    Ok((preview, gate))
}

fn maker(marks: Option<&Marks>, fingerprint: &str, origin: Origin) -> Maker {
    match marks.and_then(|marks| marks.plan_of(fingerprint)) {
        Some(plan) => Maker::Plan(plan.to_owned()),
        None if origin == Origin::Here => Maker::Hand,
        None => Maker::Elsewhere,
    }
}

/// From one turn of the plan to the next.
pub(super) fn interval(plan: &Plan, now: &jiff::Zoned) -> SignedDuration {
    let turns = plan.schedule.latest(now).zip(plan.schedule.next(now));
    turns.map_or(SignedDuration::ZERO, |(latest, next)| latest.duration_until(&next))
}

/// Deletes the archives of one kind that go. When one cannot be deleted a warning says so, and the others go.
pub fn prune(tools: &Tools, plan: &Plan, kind: ArchiveKind, monitor: &dyn Monitor) -> Result<Pruned, Error> {
    monitor.stage(Stage::Delete);
    let (preview, gate) = preview(tools, plan, kind)?;
    if gate == RetentionGate::ClockDoubtful && !preview.lines.is_empty() {
        monitor.warn(CLOCK_DOUBTFUL.to_owned());
    }
    let mut pruned = Pruned { plan: plan.name.clone(), kind, deleted: Vec::new(), freed_bytes: 0 };
    for line in preview.going().rev() {
        let _removing = protect(monitor, GONE)?;
        match delete_one(tools, line) {
            Ok(true) => {
                pruned.freed_bytes += line.bytes;
                pruned.deleted.push(line.clone());
                tell_deleted(tools, plan.name.to_string(), line.name.to_string(), line.reason, line.bytes);
            }
            // Pinned, replaced or gone since it was judged.
            Ok(false) => {}
            Err(error) => monitor.warn(format!("{} could not be deleted: {}", line.name, Failure::of(&error).message)),
        }
    }
    Ok(pruned)
}

fn delete_one(tools: &Tools, line: &Line) -> Result<bool, Error> {
    match tools.folder.found(&line.name) {
        Ok(found) if found.fingerprint == line.fingerprint => {}
        Ok(_) | Err(folder::Error::NoArchive(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    match delete::delete(tools, &line.name) {
        Ok(()) => Ok(true),
        Err(Error::Pinned(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
