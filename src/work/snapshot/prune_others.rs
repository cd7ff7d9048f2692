//! Which archives and golden months of a host its rules no longer keep.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Error, places};
use crate::catalog::Knowledge;
use crate::destination::snapshots::golden::Golden;
use crate::destination::snapshots::store::SnapshotStore;
use crate::domain::archive::name::ArchiveName;
use crate::domain::host::settings::HostSettings;
use crate::domain::retention::dated::{Condition, Dated};
use crate::domain::retention::decision::{Decision, Fate, Reason, RetentionGate};
use crate::domain::retention::nights::Pinned;
use crate::domain::retention::rules::{Rule, judge};
use crate::domain::snapshot::archived::snapshot_of;
use crate::domain::snapshot::month::Month;
use crate::work::Tools;

/// An archive or a golden month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    Archive(ArchiveName),
    Golden(Month),
}

impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Thing::Archive(name) => write!(f, "{name}"),
            Thing::Golden(month) => write!(f, "golden month {month}"),
        }
    }
}

/// One of them, and what becomes of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OtherLine {
    pub thing: Thing,
    pub action: Fate,
    pub reason: Reason,
    /// The reason in words.
    pub why: String,
    /// What goes with it: nothing else shares its bytes.
    pub bytes: u64,
}

/// As retention sees one.
struct Item {
    thing: Thing,
    id: String,
    at: Timestamp,
    condition: Condition,
    bytes: u64,
}

impl Dated for Item {
    fn id(&self) -> &str {
        &self.id
    }
    fn at(&self) -> Timestamp {
        self.at
    }
    fn condition(&self) -> Condition {
        self.condition
    }
}

/// The oldest of each kind first.
pub(super) fn others(
    tools: &Tools,
    host: &HostSettings,
    store: &SnapshotStore,
    gate: RetentionGate,
) -> Result<Vec<OtherLine>, Error> {
    let now = (tools.now)();
    let by = |items: Vec<Item>, rules: &[Rule]| judge(items, rules, now.timestamp(), now.time_zone(), gate);
    let archives = by(archives(tools, host)?, &host.archives.rules());
    let goldens = store.goldens().map_err(Error::io("the golden months could not be read"))?;
    let goldens = goldens.iter().map(|golden| item(golden, now.time_zone())).collect();
    let goldens = by(goldens, &[Rule::Months(host.golden.months)]);
    Ok(archives.into_iter().chain(goldens).map(line).collect())
}

fn archives(tools: &Tools, host: &HostSettings) -> Result<Vec<Item>, Error> {
    let there = places::archives_to_read(tools, &host.name)?;
    let told = |error: crate::work::Error| Error::Archives(Box::new(error));
    let (marks, now) = (there.records().marks()?, (tools.now)());
    let mut items = Vec::new();
    for found in there.folder.archives().map_err(|error| told(error.into()))? {
        let Some(snapshot) = snapshot_of(&host.name, &found.name) else { continue };
        let Some(at) = snapshot.begin(now.time_zone()) else { continue };
        let known = there.records().recall(&found.name, &found.fingerprint)?;
        let is_damaged = known.is_some_and(|known| known.state == Knowledge::Damaged);
        let is_pinned = marks.get(found.name.as_str()).is_some_and(|marks| marks.pinned == Pinned::Yes);
        let condition = match (is_damaged, is_pinned) {
            (true, _) => Condition::Suspect,
            (false, true) => Condition::Pinned,
            (false, false) => Condition::Complete,
        };
        let (id, bytes) = (found.name.to_string(), found.bytes);
        items.push(Item { thing: Thing::Archive(found.name), id, at, condition, bytes });
    }
    items.sort_by_key(|item| item.at);
    Ok(items)
}

fn item(golden: &Golden, zone: &jiff::tz::TimeZone) -> Item {
    let is_damaged = golden.scrub.as_ref().is_some_and(|scrub| scrub.wrong > 0);
    Item {
        thing: Thing::Golden(golden.month),
        id: golden.month.to_string(),
        at: golden.month.begin(zone),
        condition: if is_damaged { Condition::Suspect } else { Condition::Complete },
        bytes: golden.marker.counts.bytes,
    }
}

fn line(decision: Decision<Item>) -> OtherLine {
    let why = decision.words().to_owned();
    let Decision { item, fate, reason } = decision;
    OtherLine { thing: item.thing, action: fate, reason, why, bytes: item.bytes }
}
