//! Where an archive of ours ends: at the end of its file, before it, or nowhere.
//!
//! Whatever happened behind the last entry, the entries are still there, so they are looked for with it.
use std::fs::File;
use std::io::{self, BufReader, Read};

use super::SUMS;
use super::from_start::FromStart;
use super::member::{ArchiveTail, Begins, TAIL};
use super::run::{MemberRun, Prover, head_at};
use super::runs::{Runs, tail_at};
use crate::domain::monitor::Unwatched;

/// The end of an archive of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Its last member ends the file.
    InPlace(ArchiveTail),
    /// Its last member is whole, and `behind` bytes follow it in the file.
    GoesOn { tail: ArchiveTail, behind: u64 },
    /// Its last member is not there. `end` is where its last other member ends, `sums` where `SHA256SUMS`
    /// begins when that was found.
    Missing { end: u64, sums: Option<u64> },
}

impl Ending {
    /// Looks for it. Reads all heads when the end of the file is not that of the archive. `None` when this is no
    /// archive of ours.
    pub fn find(file: &File) -> io::Result<Option<Ending>> {
        if let Some(tail) = in_place(file)? {
            return Ok(Some(Ending::InPlace(tail)));
        }
        if head_at(file, 0)?.is_none() {
            return Ok(None);
        }
        let length = file.metadata()?.len();
        let mut runs = Runs::new(file, length);
        let last = runs.by_ref().last();
        if let Some(tail) = runs.tail() {
            return Ok(Some(Ending::GoesOn { tail, behind: length - tail.length }));
        }
        let end = last.as_ref().map_or(0, |run| run.start + run.lengths.iter().map(|n| *n as u64).sum::<u64>());
        let sums = last.filter(|run| holds_sums(file, run)).map(|run| run.start);
        Ok(Some(Ending::Missing { end, sums }))
    }

    /// Where the gzip members end that hold entries.
    pub fn entries_end(&self) -> u64 {
        match self {
            Ending::InPlace(tail) | Ending::GoesOn { tail, .. } => tail.length - TAIL as u64,
            Ending::Missing { end, .. } => *end,
        }
    }

    /// The gzip member that the end of the file cuts in two, with those before it without which it cannot be read.
    pub fn cut_run(&self, file: &File) -> Option<MemberRun> {
        let Ending::Missing { end, .. } = *self else { return None };
        let cut = head_at(file, end).ok()??;
        let mut run = match cut.begins {
            Begins::AtEntry => MemberRun { start: end, lengths: Vec::new() },
            Begins::Within => Runs::new(file, end).last()?,
        };
        run.lengths.push(cut.length);
        Some(run)
    }

    /// What the last member says, or would have to say; `None` when `SHA256SUMS` was not found.
    pub fn tail(&self) -> Option<ArchiveTail> {
        match *self {
            Ending::InPlace(tail) | Ending::GoesOn { tail, .. } => Some(tail),
            Ending::Missing { end, sums } => sums.map(|sums| ArchiveTail { sums, length: end + TAIL as u64 }),
        }
    }
}

/// The last member of an archive that ends as it was written. Reads a few bytes.
pub fn in_place(file: &File) -> io::Result<Option<ArchiveTail>> {
    let Some(at) = file.metadata()?.len().checked_sub(TAIL as u64) else { return Ok(None) };
    Ok(tail_at(file, at))
}

/// The gzip members that hold entries, without what stands behind them.
pub fn entries_of(file: &File) -> io::Result<impl Read> {
    let end = match Ending::find(file)? {
        Some(ending) => ending.entries_end(),
        None => file.metadata()?.len(),
    };
    Ok(BufReader::new(FromStart::new(file).take(end)))
}

fn holds_sums(file: &File, run: &MemberRun) -> bool {
    let first = MemberRun { start: run.start, lengths: run.lengths.iter().copied().take(1).collect() };
    let proved = Prover::default().prove(file, &first, &Unwatched);
    proved.is_ok_and(|proved| proved.last.is_some_and(|name| name.as_bytes() == SUMS.as_bytes()))
}
