//! The swaps that can still be undone, what they cost, and how they end.
use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::age::Elapsed;
use super::error::Error;
use super::held;
use super::id::SwapId;
use super::plan::{self, New};
use super::record::{Intent, State, Swaps};
use super::recover;
use super::undo::{intent_of, open};

/// A swap that can be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    pub id: SwapId,
    pub created: Timestamp,
    /// Order of making.
    pub nth: u64,
    /// Believable time that had passed when it was made.
    elapsed_ms: i64,
    pub undoes: Option<SwapId>,
    pub replaced: u32,
    pub added: u32,
    pub removed: u32,
    /// Bytes on the disk that only the kept files hold: what pruning would free. `None` when a disk
    /// that it lies on is not there.
    pub held_bytes: Option<u64>,
}

impl Swaps {
    /// Newest first.
    pub fn list(&self) -> Result<Vec<Swap>, Error> {
        let mut swaps = Vec::new();
        for record in self.records()?.into_iter().rev() {
            if record.state()? != State::Done {
                continue;
            }
            let intent = intent_of(&record)?;
            let roots = open(&intent, &record.id).ok();
            let (mut replaced, mut added, mut removed) = (0, 0, 0);
            let (mut held_bytes, mut shared) = (roots.as_ref().map(|_| 0), HashMap::new());
            for step in plan::plan(&record)?.1 {
                let step = step?;
                match (&step.change.new, step.old) {
                    (New::File(_) | New::Thing(_), Some(_)) => replaced += 1,
                    (New::File(_) | New::Thing(_), None) => added += 1,
                    (New::NoFile | New::NoThing, _) => removed += 1,
                    _ => continue,
                }
                let root = roots.as_ref().and_then(|roots| roots.get(step.change.root));
                if let (Some(held), Some(root), Some(_)) = (&mut held_bytes, root, step.old) {
                    *held += held::bytes(root, &root.old_at(step.change.n), &mut shared)?;
                }
            }
            let (id, created, undoes) = (record.id, intent.created, intent.undoes);
            let Intent { nth, elapsed_ms, .. } = intent;
            swaps.push(Swap { id, created, nth, elapsed_ms, undoes, replaced, added, removed, held_bytes });
        }
        // "The newest" is what an undo takes: the last that was made, whatever the clock said then.
        swaps.sort_by_key(|swap| std::cmp::Reverse((swap.nth, swap.created)));
        Ok(swaps)
    }

    /// How long `swap` has been kept at `now`, in time that has believably passed.
    pub fn age(&self, swap: &Swap, now: Timestamp) -> SignedDuration {
        SignedDuration::from_millis(Elapsed::at(self.path(), now).millis - swap.elapsed_ms)
    }

    /// Forgets every swap that has been kept for longer than `keeping`; they cannot be undone any more. Returns
    /// which.
    pub fn prune(&self, now: Timestamp, keeping: SignedDuration) -> Result<Vec<SwapId>, Error> {
        let alone = self.alone()?;
        let elapsed = Elapsed::at(alone.path(), now);
        elapsed.remember(alone.dir())?;
        let mut pruned = Vec::new();
        for record in self.records()? {
            if record.state()? != State::Done {
                continue;
            }
            let intent = intent_of(&record)?;
            if SignedDuration::from_millis(elapsed.millis - intent.elapsed_ms) > keeping {
                let id = record.id.clone();
                recover::discard(&alone, record, &intent)?;
                pruned.push(id);
            }
        }
        Ok(pruned)
    }

    /// Every swap that there is a record of, finished or not, oldest first.
    pub fn known(&self) -> Result<Vec<SwapId>, Error> {
        Ok(self.records()?.into_iter().map(|record| record.id).collect())
    }

    /// Gives up a swap whose disk will never come back, so that others can be made. What is live
    /// stays as it is.
    pub fn forget(&self, id: &SwapId) -> Result<(), Error> {
        let alone = self.alone()?;
        let record = alone.find(id)?.ok_or_else(|| Error::NoSwap(id.clone()))?;
        if let Some(intent) = record.intent()? {
            recover::discard(&alone, record, &intent)?;
        }
        alone.remove(id)
    }
}
