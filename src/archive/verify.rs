//! Verifies an archive on disk: every byte, by content, trusting nothing beside it.
//!
//! Three independent proofs have to agree: the checksums of the gzip members, the structure of the
//! tar stream, and `SHA256SUMS` for every file, by name and in order.
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::base::digest::Sha256;
use crate::base::priority;
use crate::base::rel_path::{RelPath, printable};
use crate::domain::limits::Limits;
use crate::domain::monitor::{Cancelled, Monitor, Progress};

use super::from_start::FromStart;
use super::inspect::{self, Refusal};
use super::member::{Begins, HEAD, Head, TAIL, Tail};
use super::sum_line;
use super::tar_in::{Entries, Seen};
use super::unpack::Unpacker;
use super::{METADATA, SUMS};

/// The outcome. An unreadable disk is damage too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub members: u64,
    /// Uncompressed.
    pub bytes: u64,
    pub damage: Option<Damage>,
}

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The member that is hit, when it can be told.
    pub member: Option<RelPath>,
    /// Offset in the archive file near which it lies.
    pub offset: u64,
    /// A clear sentence for the owner, naming the member.
    pub what: String,
}

/// Our archives by all cores, gzip member by gzip member, against their `SHA256SUMS`; the panel's in one strict
/// pass (`inspect`).
pub fn verify(file: &File, monitor: &dyn Monitor) -> Result<Verdict, Cancelled> {
    match Layout::of(file) {
        Ok(Layout::Ours(tail)) => Check { file, tail, monitor }.run(),
        Ok(Layout::Cut(offset)) => cut(file, offset, monitor),
        Ok(Layout::Other) => other(file, monitor),
        Err(e) => Ok(Verdict { members: 0, bytes: 0, damage: Some(unreadable(0, &e)) }),
    }
}

/// Whose archive this is, by head and tail.
enum Layout {
    Ours(Tail),
    /// Starts like ours; the end is missing or wrong from about here.
    Cut(u64),
    Other,
}

impl Layout {
    fn of(file: &File) -> io::Result<Layout> {
        let length = file.metadata()?.len();
        let ours = head_at(file, 0)?.is_some();
        let mut bytes = [0; TAIL];
        let tail = match length.checked_sub(TAIL as u64) {
            Some(at) => {
                file.read_exact_at(&mut bytes, at)?;
                Tail::parse(&bytes).filter(|t| t.length == length && t.sums < at)
            }
            None => None,
        };
        Ok(match tail {
            // With our tail it is ours even if its first byte is hit.
            Some(tail) => Layout::Ours(tail),
            None if ours => Layout::Cut(length.saturating_sub(TAIL as u64)),
            None => Layout::Other,
        })
    }
}

/// The head at `offset`; `None` when there is none of ours, or the file ends there.
fn head_at(file: &File, offset: u64) -> io::Result<Option<Head>> {
    let mut bytes = [0; HEAD];
    match file.read_exact_at(&mut bytes, offset) {
        Ok(()) => Ok(Head::parse(&bytes)),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(e) => Err(e),
    }
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

fn unreadable(offset: u64, e: &io::Error) -> Damage {
    Damage { member: None, offset, what: format!("the archive cannot be read near byte {offset}: {e}") }
}

/// Fills `bytes` as far as the file goes.
fn read_up_to(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut have = 0;
    while have < bytes.len() {
        match file.read_at(&mut bytes[have..], offset + have as u64) {
            Ok(0) => break,
            Ok(n) => have += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(have)
}

/// Names what the end of an interrupted archive falls into.
fn cut(file: &File, end: u64, monitor: &dyn Monitor) -> Result<Verdict, Cancelled> {
    let mut run = Run { start: 0, lengths: Vec::new() };
    let mut at = 0;
    while let Ok(Some(head)) = head_at(file, at) {
        if head.begins == Begins::AtEntry {
            run = Run { start: at, lengths: Vec::new() };
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

/// Gzip members from the beginning of an entry to the beginning of another.
struct Run {
    start: u64,
    lengths: Vec<usize>,
}

/// What a run turned out to hold.
struct Proved {
    entries: Vec<Seen>,
    /// The entry that went by last, complete or not.
    last: Option<RelPath>,
    raw: u64,
    at_end: bool,
    between: bool,
    fault: Option<Damage>,
}

/// Reads runs; keeps its memory from one to the next.
#[derive(Default)]
struct Prover {
    packed: Vec<u8>,
    unpacker: Unpacker,
}

impl Prover {
    fn prove(&mut self, file: &File, run: &Run, monitor: &dyn Monitor) -> Result<Proved, Cancelled> {
        let mut entries = Entries::default();
        let mut raw = 0;
        let mut fault = None;
        let mut at = run.start;
        for length in &run.lengths {
            monitor.checkpoint()?;
            self.packed.resize(*length, 0);
            let read = read_up_to(file, &mut self.packed, at);
            match read {
                Ok(have) => self.packed.truncate(have),
                Err(e) => {
                    fault = fault.or(Some(unreadable(at, &e)));
                    break;
                }
            }
            let mut broken = None;
            let Some(head) = Head::parse(&self.packed) else {
                fault = fault.or(Some(damaged(&entries, at, "its compressed data has a broken head")));
                break;
            };
            let unpacked = self.unpacker.unpack(&self.packed, &head, |bytes| {
                raw += bytes.len() as u64;
                if broken.is_none() {
                    broken = entries.feed(bytes, &mut |_| {}).err();
                }
            });
            let why = unpacked.map_err(|e| e.to_string()).err().or(broken.map(|b| format!("it {b}")));
            if let Some(why) = why {
                fault = fault.or(Some(damaged(&entries, at, &why)));
            }
            if broken.is_some() {
                break;
            }
            at += *length as u64;
        }
        let (at_end, between) = (entries.is_at_end(), entries.is_between());
        let last = entries.name().cloned();
        Ok(Proved { entries: std::mem::take(&mut entries.seen), last, raw, at_end, between, fault })
    }
}

fn damaged(entries: &Entries, offset: u64, why: &str) -> Damage {
    let member = entries.name().cloned();
    let what = match &member {
        Some(name) => format!("{name} is damaged, near byte {offset} of the archive: {why}"),
        None => format!("the archive is damaged near byte {offset}: {why}"),
    };
    Damage { member, offset, what }
}

struct Check<'a> {
    file: &'a File,
    tail: Tail,
    monitor: &'a dyn Monitor,
}

impl Check<'_> {
    fn run(&self) -> Result<Verdict, Cancelled> {
        let threads = thread::available_parallelism().map_or(2, |n| n.get().max(2));
        let (order, ordered) = sync_channel::<(u64, Receiver<Result<Proved, Cancelled>>)>(2 * threads);
        let (tasks, waiting) = sync_channel::<(Run, SyncSender<Result<Proved, Cancelled>>)>(threads);
        let waiting = &Mutex::new(waiting);
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(move || {
                    // Exposures come first: verifying gets what the camera leaves.
                    priority::step_aside();
                    let mut prover = Prover::default();
                    loop {
                        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        let Ok((run, to)) = next else { break };
                        let proved = prover.prove(self.file, &run, self.monitor);
                        if to.send(proved).is_err() {
                            break;
                        }
                    }
                });
            }
            let hop = scope.spawn(move || self.hop(&order, &tasks));
            let compared = self.compare(ordered);
            let hopped = hop.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            let mut verdict = compared?;
            // The names come from the comparison, the place from where hopping had to stop.
            if let (Some(damage), Some(stopped)) = (&mut verdict.damage, hopped) {
                damage.offset = damage.offset.min(stopped);
            }
            Ok(verdict)
        })
    }

    /// Goes from head to head and gives out runs. Gives the place where no head of ours stands.
    fn hop(
        &self,
        order: &SyncSender<(u64, Receiver<Result<Proved, Cancelled>>)>,
        tasks: &SyncSender<(Run, SyncSender<Result<Proved, Cancelled>>)>,
    ) -> Option<u64> {
        let end = self.tail.length - TAIL as u64;
        let mut run = Run { start: 0, lengths: Vec::new() };
        let mut at = 0;
        let mut stopped = None;
        let give = |run: Run| {
            let (to, proved) = sync_channel(1);
            order.send((run.start, proved)).is_ok() && tasks.send((run, to)).is_ok()
        };
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
                let whole = std::mem::replace(&mut run, Run { start, lengths: Vec::new() });
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
    fn compare(&self, ordered: Receiver<(u64, Receiver<Result<Proved, Cancelled>>)>) -> Result<Verdict, Cancelled> {
        let mut verdict = Verdict { members: 0, bytes: 0, damage: None };
        let mut lines = SumsOf::new(self.file, &self.tail);
        let total_bytes = self.tail.length;
        let mut ended = false;
        for (start, proved) in ordered {
            let proved = proved.recv().map_err(|_| Cancelled)??;
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

/// The lines of `SHA256SUMS`, one gzip member at a time.
struct SumsOf<'c> {
    file: &'c File,
    at: u64,
    end: u64,
    packed: Vec<u8>,
    unpacker: Unpacker,
    entries: Entries,
    text: Vec<u8>,
    /// Bytes of `text` that were given out.
    used: usize,
}

impl<'c> SumsOf<'c> {
    fn new(file: &'c File, tail: &Tail) -> Self {
        SumsOf {
            file,
            at: tail.sums,
            end: tail.length - TAIL as u64,
            packed: Vec::new(),
            unpacker: Unpacker::default(),
            entries: Entries::default(),
            text: Vec::new(),
            used: 0,
        }
    }

    /// The next sum and name, or what is wrong as a sentence.
    fn next(&mut self) -> Result<Option<(Sha256, Vec<u8>)>, String> {
        loop {
            if let Some(length) = self.text[self.used..].iter().position(|b| *b == b'\n') {
                let line = &self.text[self.used..self.used + length];
                self.used += length + 1;
                return sum_line::parse(line).map(Some).ok_or_else(|| format!("{SUMS} has a line that makes no sense"));
            }
            if self.at >= self.end {
                return match self.used == self.text.len() {
                    true => Ok(None),
                    false => Err(format!("{SUMS} ends in the middle of a line")),
                };
            }
            self.text.drain(..self.used);
            self.used = 0;
            self.member().map_err(|why| format!("{SUMS} is damaged, near byte {} of the archive: {why}", self.at))?;
        }
    }

    fn member(&mut self) -> Result<(), String> {
        let head = head_at(self.file, self.at).map_err(|e| e.to_string())?;
        let head = head.ok_or("the head of a gzip member is broken")?;
        self.packed.resize(head.length, 0);
        self.file.read_exact_at(&mut self.packed, self.at).map_err(|e| e.to_string())?;
        let mut broken = Ok(());
        let (entries, text) = (&mut self.entries, &mut self.text);
        let unpacked = self.unpacker.unpack(&self.packed, &head, |bytes| {
            if broken.is_ok() {
                broken = entries.feed(bytes, &mut |b| text.extend_from_slice(b));
            }
        });
        unpacked.map_err(|e| e.to_string())?;
        broken.map_err(|b| format!("it {b}"))?;
        if self.entries.name().is_some_and(|n| n.as_bytes() != SUMS.as_bytes()) {
            return Err("another file stands in its place".to_owned());
        }
        self.at += head.length as u64;
        Ok(())
    }
}
