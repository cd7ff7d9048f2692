//! A set carried over: looked at first, then sent, then compared.
//!
//! Invariant: what says that a snapshot is whole goes behind all that it speaks of, and what goes at the target goes
//! last. So a cut leaves no half snapshot there that looks whole.
use super::error::Error;
use super::pass::{Deletions, Goal, Passes};
use super::report::SyncedSet;
use super::sets::Set;
use crate::domain::monitor::{Monitor, Progress, Stage};
use crate::domain::order::SyncWish;
use crate::domain::retention::decision::RetentionGate;
use crate::work::snapshot::rsync_says::{Stats, progress};

/// So many things may always go.
const FEW: u64 = 100;
/// Differences that are named in the log.
const NAMED: usize = 50;

/// Fails when something could not be sent or is not there afterwards. What would shrink the target too far is sent
/// without deletions, and told with the error beside the result.
pub(super) fn carry(
    passes: &Passes<'_>,
    set: &Set,
    wish: SyncWish,
    monitor: &dyn Monitor,
) -> Result<(SyncedSet, Option<Error>), Error> {
    let target = passes.settings.target.to_string();
    let wanted = match (passes.settings.delete, set.gate) {
        (true, RetentionGate::Sound) => Deletions::Follow,
        _ => Deletions::Hold,
    };
    monitor.stage(Stage::Survey);
    let (mut stats, mut gone) = (Stats::default(), 0);
    let mut hear = |line: &str| {
        stats.hear(line);
        if let Some(rest) = line.strip_prefix("Number of deleted files: ") {
            gone = rest.split([' ', ',']).next().and_then(|number| number.parse().ok()).unwrap_or(0);
        }
    };
    passes.run(set, (Goal::Survey, wanted), &mut hear, monitor)?;
    let stay = stats.files + stats.folders + stats.symlinks;
    let shrinks = wanted == Deletions::Follow && gone >= FEW && gone > stay && wish != SyncWish::DeleteAnyway;
    let deletions = if shrinks { Deletions::Hold } else { wanted };

    monitor.stage(Stage::Send);
    let total_bytes = stats.transferred_bytes;
    let mut hear = |line: &str| {
        if let Some((done_bytes, done_files)) = progress(line) {
            let (total_files, now) = (stats.transferred, String::new());
            monitor.progress(Progress { done_bytes, total_bytes, done_files, total_files, now });
        }
    };
    if !set.markers.is_empty() {
        passes.run(set, (Goal::Content, Deletions::Hold), &mut hear, monitor)?;
    }
    passes.run(set, (Goal::Everything, deletions), &mut hear, monitor)?;

    monitor.stage(Stage::Verify);
    let (mut differing, mut first) = (0_u64, String::new());
    let mut hear = |line: &str| {
        // Letters of what would be sent, made or deleted; a dot is a change of rights or times alone.
        if line.starts_with(['<', '>', 'c', 'h', '*']) {
            differing += 1;
            if first.is_empty() {
                first = line.to_owned();
            }
            if differing <= NAMED as u64 {
                monitor.log(line);
            }
        }
    };
    passes.run(set, (Goal::Compare, deletions), &mut hear, monitor)?;
    if differing > 0 {
        return Err(Error::Differs { target, count: differing, first });
    }
    let held_back = match (set.gate, shrinks) {
        (RetentionGate::ClockDoubtful, _) => Some("nothing was deleted, because the clock is in doubt".to_owned()),
        (_, true) => Some("nothing was deleted, because too much would go".to_owned()),
        _ => None,
    };
    let synced = SyncedSet {
        set: set.name.clone(),
        files: stats.files,
        bytes: stats.bytes,
        sent_files: stats.transferred,
        sent_bytes: stats.transferred_bytes,
        deleted: if deletions == Deletions::Follow { gone } else { 0 },
        verified: true,
        held_back,
    };
    let error = shrinks.then(|| Error::WouldShrink { target, deleted: gone, stay });
    Ok((synced, error))
}
