//! Verifies an archive on disk: every byte, by content, trusting nothing beside it.
//!
//! Three independent proofs have to agree: the checksums of the gzip members, the structure of the
//! tar stream, and `SHA256SUMS` for every file, by name and in order.
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender};

use crate::base::ordered::{self, Results, Tasks};
use crate::base::rel_path::{RelPath, printable};
use crate::domain::limits::Limits;
use crate::domain::monitor::{Cancelled, Monitor, Progress};

pub use super::damage::Damage;
use super::ending::Ending;
use super::from_start::FromStart;
use super::inspect::{self, Refusal};
use super::member::{ArchiveTail, Begins, TAIL};
use super::run::{MemberRun, Proved, Prover, head_at};
use super::sum_lines::SumLines;
use super::{METADATA, SUMS};

/// The outcome. An unreadable disk is damage too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub members: u64,
    /// Uncompressed.
    pub bytes: u64,
    pub damage: Option<Damage>,
}

/// Our archives by all cores, gzip member by gzip member, against their `SHA256SUMS`; the panel's in one strict
/// pass (`inspect`).
pub fn verify(file: &File, monitor: &dyn Monitor) -> Result<Verdict, Cancelled> {
    match Ending::find(file) {
        // With our tail it is ours even if its first byte is hit.
        Ok(Some(Ending::InPlace(tail))) => Check { file, tail, monitor }.run(),
        Ok(Some(Ending::GoesOn { tail, behind })) => goes_on(file, tail, behind, monitor),
        Ok(Some(Ending::Missing { .. })) => {
            let length = file.metadata().map_or(0, |about| about.len());
            cut(file, length.saturating_sub(TAIL as u64), monitor)
        }
        Ok(None) => other(file, monitor),
        Err(e) => Ok(Verdict { members: 0, bytes: 0, damage: Some(Damage::unreadable(0, &e)) }),
    }
}

/// Every byte of the archive, and then what stands behind it.
fn goes_on(file: &File, tail: ArchiveTail, behind: u64, monitor: &dyn Monitor) -> Result<Verdict, Cancelled> {
    let verdict = Check { file, tail, monitor }.run()?;
    if verdict.damage.is_some() {
        return Ok(verdict);
    }
    let stand = if behind == 1 {
        "1 byte that is not of it stands"
    } else {
        &format!("{behind} bytes that are not of it stand")
    };
    Ok(verdict.with(None, tail.length, format!("{stand} behind the end of the archive; every byte before is right")))
}

fn other(file: &File, monitor: &dyn Monitor) -> Result<Verdict, Cancelled> {
    let mut members = 0;
    let mut last = None;
    let input = io::BufReader::with_capacity(256 << 10, FromStart::new(file));
    let mut found = |member: inspect::Member| {
        members += 1;
        last = Some(member.gzip_offset);
    };
    match inspect::inspect(input, &Limits::default(), &mut found, monitor) {
        Ok(contents) => Ok(Verdict { members: contents.members, bytes: contents.raw_bytes, damage: None }),
        Err(Refusal::Cancelled(cancelled)) => Err(cancelled),
        Err(refusal) => {
            let damage = Damage { member: None, offset: last.unwrap_or(0), what: refusal.to_string() };
            Ok(Verdict { members, bytes: 0, damage: Some(damage) })
        }
    }
}

/// Names what the end of an interrupted archive falls into.
fn cut(file: &File, end: u64, monitor: &dyn Monitor) -> Result<Verdict, Cancelled> {
    let mut run = MemberRun { start: 0, lengths: Vec::new() };
    let mut at = 0;
    while let Ok(Some(head)) = head_at(file, at) {
        if head.begins == Begins::AtEntry {
            run = MemberRun { start: at, lengths: Vec::new() };
        }
        run.lengths.push(head.length);
        at += head.length as u64;
        if at > end {
            break;
        }
    }
    let proved = Prover::default().prove(file, &run, monitor)?;
    let member = proved.fault.and_then(|f| f.member).or(proved.last);
    let what = match &member {
        Some(name) if name.as_bytes() == SUMS.as_bytes() => {
            format!("the archive is incomplete: its end is missing or changed, behind or in {name}")
        }
        Some(name) => format!("the archive is incomplete: its end is missing or changed, at or behind {name}"),
        None => "the archive is incomplete: only its beginning is there".to_owned(),
    };
    Ok(Verdict { members: 0, bytes: 0, damage: Some(Damage { member, offset: end.min(at), what }) })
}

/// Where a run begins in the archive, and what it holds.
type Proof = (u64, Result<Proved, Cancelled>);

struct Check<'a> {
    file: &'a File,
    tail: ArchiveTail,
    monitor: &'a dyn Monitor,
}

impl Check<'_> {
    fn run(&self) -> Result<Verdict, Cancelled> {
        let worker = || {
            let mut prover = Prover::default();
            move |run: MemberRun, to: &SyncSender<Proof>| {
                let proved = prover.prove(self.file, &run, self.monitor);
                match to.send((run.start, proved)) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                }
            }
        };
        let (compared, hopped) = ordered::run(1, worker, |tasks| self.hop(tasks), |proofs| self.compare(proofs));
        let mut verdict = compared?;
        // The names come from the comparison, the place from where hopping had to stop.
        if let (Some(damage), Some(stopped)) = (&mut verdict.damage, hopped) {
            damage.offset = damage.offset.min(stopped);
        }
        Ok(verdict)
    }

    /// Goes from head to head and gives out runs. Gives the place where no head of ours stands.
    fn hop(&self, tasks: &Tasks<MemberRun, Proof>) -> Option<u64> {
        let end = self.tail.length - TAIL as u64;
        let mut run = MemberRun { start: 0, lengths: Vec::new() };
        let mut at = 0;
        let mut stopped = None;
        let give = |run: MemberRun| tasks.give(run).is_ok();
        while at < end {
            let head = match head_at(self.file, at) {
                Ok(Some(head)) if at + head.length as u64 <= end => head,
                _ => {
                    stopped = Some(at);
                    break;
                }
            };
            if (head.begins == Begins::AtEntry || at == self.tail.sums) && !run.lengths.is_empty() {
                let start = at;
                let whole = std::mem::replace(&mut run, MemberRun { start, lengths: Vec::new() });
                // Nobody waits any more: the answer is known.
                if !give(whole) {
                    return None;
                }
            }
            run.lengths.push(head.length);
            at += head.length as u64;
        }
        if !run.lengths.is_empty() && !give(run) {
            return None;
        }
        stopped
    }

    /// Holds what was found against `SHA256SUMS`, in archive order.
    fn compare(&self, ordered: Receiver<Results<Proof>>) -> Result<Verdict, Cancelled> {
        let mut verdict = Verdict { members: 0, bytes: 0, damage: None };
        let mut lines = SumLines::new(self.file, &self.tail);
        let total_bytes = self.tail.length;
        let mut ended = false;
        for proof in ordered {
            let (start, proved) = proof.recv().map_err(|_| Cancelled)?;
            let proved = proved?;
            let is_last = start == self.tail.sums;
            verdict.bytes += proved.raw;
            for seen in &proved.entries {
                verdict.members += 1;
                let first = verdict.members == 1;
                if first != (seen.name.as_bytes() == METADATA.as_bytes()) {
                    let what = format!("{} stands where it does not belong", seen.name);
                    return Ok(verdict.with(Some(seen.name.clone()), start, what));
                }
                let Some(sum) = seen.sha256.filter(|_| !is_last) else { continue };
                match lines.next() {
                    Err(what) => return Ok(verdict.with(RelPath::parse(SUMS).ok(), self.tail.sums, what)),
                    Ok(Some((saved, name))) if name == seen.name.as_bytes() => {
                        if saved != sum {
                            let what = format!(
                                "{} is damaged, near byte {start} of the archive: its content is not what was saved",
                                seen.name
                            );
                            return Ok(verdict.with(Some(seen.name.clone()), start, what));
                        }
                    }
                    Ok(_) => {
                        let what = format!("{} is not where {SUMS} has it", seen.name);
                        return Ok(verdict.with(Some(seen.name.clone()), start, what));
                    }
                }
            }
            if let Some(damage) = proved.fault {
                verdict.damage = Some(damage);
                return Ok(verdict);
            }
            ended = is_last && proved.at_end && proved.last.as_ref().is_some_and(|n| n.as_bytes() == SUMS.as_bytes());
            if !ended && !proved.between {
                let what = match &proved.last {
                    Some(name) => format!("{name} is damaged, behind byte {start} of the archive: its end is missing"),
                    None => format!("the archive is damaged near byte {start}: an entry does not end where it should"),
                };
                return Ok(verdict.with(proved.last, start, what));
            }
            self.monitor.progress(Progress {
                done_bytes: start,
                total_bytes,
                done_files: verdict.members,
                ..Progress::default()
            });
        }
        // Complete: the last line was used. Else: the next line is of the file that is hit.
        match (ended, lines.next()) {
            (true, Ok(None)) => Ok(verdict),
            (true, Ok(Some(_))) => {
                let what = format!("{SUMS} has more files than the archive");
                Ok(verdict.with(RelPath::parse(SUMS).ok(), self.tail.sums, what))
            }
            (_, Err(what)) => Ok(verdict.with(RelPath::parse(SUMS).ok(), self.tail.sums, what)),
            (false, Ok(next)) => {
                let name = next.map_or(SUMS.as_bytes().to_vec(), |(_, name)| name);
                let what = format!("{} is damaged: the gzip member that holds it has a broken head", printable(&name));
                Ok(verdict.with(RelPath::parse(&name).ok(), self.tail.sums, what))
            }
        }
    }
}

impl Verdict {
    fn with(mut self, member: Option<RelPath>, offset: u64, what: String) -> Self {
        self.damage = Some(Damage { member, offset, what });
        self
    }
}
