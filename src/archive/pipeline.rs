//! From listing to finished gzip members: one thread plans, the others read, hash and pack, and the
//! caller takes the parts in archive order.
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender};

use sha2::Digest as _;

use crate::base::digest::Sha256;
use crate::base::ordered::{self, Results, Tasks};
use crate::domain::archive::listing::{Listing, Source};
use crate::domain::restore::program::ContentVerdict;

use super::member::{Begins, RAW_MAX};
use super::reading::Reading;
use super::tar_out;
use super::unit::{Ended, PackedPart, Shared, Stopped, Task, Which, Worker};

/// Files from this size on are read by one thread and packed by all; smaller ones are done whole by
/// one worker, because hashing cannot be shared within a file.
const LARGE: u64 = 4 << 20;
/// Parts of a task that wait for their turn.
const PARTS: usize = 4;

/// The parts of one task.
pub type Parts = Results<PackedPart>;

/// Runs `take` on this thread with the parts of all tasks in archive order, while threads make them.
/// When `take` returns, everything ends. `Stopped` when not everything was planned: then what `take`
/// has seen is not all.
pub fn run<T>(
    shared: &Shared,
    metadata: std::fs::File,
    take: impl FnOnce(Receiver<Parts>) -> T,
) -> (T, Result<(), Stopped>) {
    let worker = || {
        let mut worker = Worker::new(shared);
        // A stopped task drops its sender, which is how the taker learns of it.
        move |task: Task, to: &SyncSender<PackedPart>| match worker.run(task, to) {
            Ok(()) => ControlFlow::Continue(()),
            Err(Stopped) => ControlFlow::Break(()),
        }
    };
    ordered::run(PARTS, worker, |tasks| Planner { shared, tasks }.plan(metadata), take)
}

struct Planner<'a> {
    shared: &'a Shared<'a>,
    tasks: &'a Tasks<Task, PackedPart>,
}

impl Planner<'_> {
    fn plan(&self, metadata: std::fs::File) -> Result<(), Stopped> {
        self.give(Task::Metadata(metadata))?;
        for batch in batches(self.shared.listing) {
            let first = &self.shared.listing.entries[batch.start];
            if batch.len() == 1 && first.size >= LARGE {
                self.large(batch.start)?;
            } else {
                self.give(Task::Batch(batch))?;
            }
        }
        Ok(())
    }

    fn give(&self, task: Task) -> Result<(), Stopped> {
        self.tasks.give(task).map_err(|_| Stopped)
    }

    /// Reads and hashes one file in sequence; the pieces are packed by all workers.
    fn large(&self, nth: usize) -> Result<(), Stopped> {
        let Some(opened) = self.shared.open(&self.shared.listing.entries[nth]) else {
            return Ok(());
        };
        let size = opened.header.size;
        let padding = tar_out::padding(size);
        let mut header = Vec::new();
        opened.header.encode(&mut header);
        let mut sha = sha2::Sha256::new();
        let mut reading = Reading::new(&opened.file);
        let mut left = size;
        let mut begins = Begins::AtEntry;
        let mut verdict = ContentVerdict::Unread;
        loop {
            self.shared.monitor.checkpoint()?;
            let length = (RAW_MAX - header.len()).min(usize::try_from(left).unwrap_or(RAW_MAX));
            let mut content = self.shared.buffers.take();
            content.resize(length, 0);
            reading.fill(&mut content);
            if begins == Begins::AtEntry && self.shared.gave_nothing(&opened, &reading) {
                return Ok(());
            }
            if begins == Begins::AtEntry {
                verdict = self.shared.verdict(Which::Nth(nth), &content);
            }
            sha.update(&content);
            left -= length as u64;
            // Padding must fit into the same member; else it gets one of its own.
            let ends = left == 0 && header.len() + length + padding <= RAW_MAX;
            let ended = ends.then(|| {
                let sha256 = Some(Sha256(std::mem::take(&mut sha).finalize().into()));
                Ended { which: Which::Nth(nth), size, mtime: opened.header.mtime, sha256, content: verdict }
            });
            self.give(Task::Piece {
                header: std::mem::take(&mut header),
                content,
                padding: if ends { padding } else { 0 },
                begins,
                ends: ended,
            })?;
            begins = Begins::Within;
            if ends {
                break;
            }
        }
        self.shared.compare(&opened, reading.read, reading.broke.as_ref());
        Ok(())
    }
}

/// Cuts a listing into tasks: small entries together up to one gzip member, a large one alone.
fn batches(listing: &Listing) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let start = next;
        let mut bytes = 0;
        while let Some(entry) = listing.entries.get(next) {
            let size = if entry.source == Source::Directory { 0 } else { entry.size };
            bytes += size + tar_out::padding(size) as u64 + tar_out::BLOCK as u64;
            if next > start && bytes > RAW_MAX as u64 {
                break;
            }
            next += 1;
        }
        (next > start).then_some(start..next)
    })
}
