//! Why nothing new is made of the snapshots of a host, and nothing of it goes.
use super::{Error, pointed};
use crate::destination::snapshots::store::Snapshot;
use crate::domain::retention::decision::RetentionGate;
use crate::work::Tools;
use crate::work::retention_gate::{JUMP, retention_gate};

/// Whether the past of a host can be judged.
pub(in crate::work) fn gate(tools: &Tools, all: &[Snapshot]) -> Result<RetentionGate, Error> {
    Ok(match retention_gate(tools, JUMP)? {
        RetentionGate::Sound if newest_is_suspect(all, &(tools.now)()) => RetentionGate::Frozen,
        gate => gate,
    })
}

/// Why no archive and no golden month is made now; `None` when they may be.
pub(super) fn why_not(tools: &Tools, all: &[Snapshot]) -> Result<Option<&'static str>, Error> {
    Ok(match gate(tools, all)? {
        RetentionGate::Sound => None,
        RetentionGate::Frozen => Some("the newest snapshot is not trusted"),
        RetentionGate::ClockDoubtful => Some("the clock is in doubt"),
    })
}

/// An alarm: while the newest snapshot is not trusted and its owner has not said that this is over, nothing older goes.
fn newest_is_suspect(all: &[Snapshot], now: &jiff::Zoned) -> bool {
    pointed::newest(all, now.timestamp()).is_some_and(Snapshot::freezes)
}
