//! What is still whole in an archive of ours that is damaged.
//!
//! Each gzip member that begins with an entry can be read without the ones before it, and `SHA256SUMS`
//! at the end has the sum of every file. So damage costs the files that it hits: a file counts as whole
//! when its content has the sum that stands in `SHA256SUMS`. Where the damage is in `SHA256SUMS` itself,
//! the checksums of the gzip members that hold the file take its place.
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::base::digest::Sha256;
use crate::base::rel_path::RelPath;
use crate::domain::monitor::{Cancelled, Monitor, Progress};
use crate::domain::restore::program::ContentVerdict;

use super::about_itself::is_about_itself;
use super::inspect::Member;
use super::member::{ArchiveTail, Begins, HEAD, MemberHead, TAIL};
use super::run::{MemberRun, Prover, head_at};
use super::sum_lines::SumLines;
use super::{METADATA, SUMS};

/// Bytes that are searched at once for the next gzip member.
const STRETCH: usize = 1 << 20;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvaged {
    /// Files that are whole.
    pub whole: u64,
    /// Bytes of the whole files.
    pub bytes: u64,
    /// Files that `SHA256SUMS` promises and that are not whole, in its order.
    pub damaged: Vec<RelPath>,
}

/// Gives every whole entry to `each`, then the damaged files with a place from which nothing can be read,
/// so that a list shows them. `None` when this is no archive of ours, or its end is missing.
pub fn salvage(
    file: &File,
    each: &mut dyn FnMut(Member),
    monitor: &dyn Monitor,
) -> Result<Option<Salvaged>, Cancelled> {
    let Ok(Some(tail)) = tail(file) else { return Ok(None) };
    let (promised, is_complete) = promised(file, &tail);
    let sums: HashMap<&[u8], Sha256> = promised.iter().map(|(sum, name)| (name.as_slice(), *sum)).collect();
    let mut prover = Prover::default();
    let mut whole: HashSet<RelPath> = HashSet::new();
    let mut found = Salvaged { whole: 0, bytes: 0, damaged: Vec::new() };
    let runs = Runs { file, at: 0, end: tail.length - TAIL as u64 };
    for run in runs {
        monitor.checkpoint()?;
        let proved = prover.prove(file, &run, monitor)?;
        for seen in proved.entries {
            let own = is_about_itself(&seen.name);
            let is_whole = match seen.sha256 {
                Some(sum) => match sums.get(seen.name.as_bytes()) {
                    Some(promised) => *promised == sum,
                    None => (own || !is_complete) && proved.fault.is_none(),
                },
                None => proved.fault.is_none(),
            };
            if !is_whole || !whole.insert(seen.name.clone()) {
                continue;
            }
            if seen.sha256.is_some() && !own {
                found.whole += 1;
                found.bytes += seen.size;
            }
            each(Member {
                name: seen.name,
                is_dir: seen.sha256.is_none(),
                size: seen.size,
                mode: 0,
                mtime: seen.mtime,
                sha256: seen.sha256,
                gzip_offset: run.start,
                skip: seen.content_at,
                content: seen.content,
            });
        }
        monitor.progress(Progress { done_bytes: run.start, total_bytes: tail.length, ..Progress::default() });
    }
    for (sum, name) in &promised {
        let Ok(name) = RelPath::parse(name) else { continue };
        if whole.contains(&name) || name.as_bytes() == METADATA.as_bytes() {
            continue;
        }
        let (gzip_offset, sha256) = (tail.length, Some(*sum));
        each(Member {
            name: name.clone(),
            is_dir: false,
            size: 0,
            mode: 0,
            mtime: 0,
            sha256,
            gzip_offset,
            skip: 0,
            content: ContentVerdict::Unread,
        });
        found.damaged.push(name);
    }
    if !is_complete {
        found.damaged.extend(RelPath::parse(SUMS));
    }
    Ok(Some(found))
}

fn tail(file: &File) -> io::Result<Option<ArchiveTail>> {
    let length = file.metadata()?.len();
    let Some(at) = length.checked_sub(TAIL as u64) else { return Ok(None) };
    let mut bytes = [0; TAIL];
    file.read_exact_at(&mut bytes, at)?;
    Ok(ArchiveTail::parse(&bytes).filter(|tail| tail.length == length && tail.sums < at))
}

/// The lines of `SHA256SUMS`, and whether they could be read to the end.
fn promised(file: &File, tail: &ArchiveTail) -> (Vec<(Sha256, Vec<u8>)>, bool) {
    let mut lines = SumLines::new(file, tail);
    let mut all = Vec::new();
    loop {
        match lines.next() {
            Ok(Some(line)) => all.push(line),
            Ok(None) => return (all, true),
            Err(_) => return (all, false),
        }
    }
}

/// The runs of an archive; where a head is broken, they go on at the next one that begins with an entry.
struct Runs<'f> {
    file: &'f File,
    at: u64,
    end: u64,
}

impl Iterator for Runs<'_> {
    type Item = MemberRun;

    fn next(&mut self) -> Option<MemberRun> {
        while self.at < self.end {
            let mut run = MemberRun { start: self.at, lengths: Vec::new() };
            let mut at = self.at;
            let mut last = at;
            loop {
                match self.head(at) {
                    Some(head) if head.begins == Begins::AtEntry && !run.lengths.is_empty() => break,
                    Some(head) => {
                        run.lengths.push(head.length);
                        last = at;
                        at += head.length as u64;
                        if at == self.end {
                            break;
                        }
                    }
                    // The length of the head before may be what is wrong.
                    None => {
                        at = self.search(last + 1);
                        break;
                    }
                }
            }
            self.at = at;
            if !run.lengths.is_empty() {
                return Some(run);
            }
        }
        None
    }
}

impl Runs<'_> {
    fn head(&self, at: u64) -> Option<MemberHead> {
        let head = head_at(self.file, at).ok()??;
        (at + head.length as u64 <= self.end).then_some(head)
    }

    /// The next place from `at` on where an entry begins and another head follows; else the end. A
    /// stretch that the disk does not give back is passed over.
    fn search(&self, mut at: u64) -> u64 {
        let mut bytes = vec![0; STRETCH + HEAD];
        while at < self.end {
            let most = usize::try_from(self.end - at).unwrap_or(STRETCH).min(STRETCH + HEAD);
            let have = self.file.read_at(&mut bytes[..most], at).unwrap_or(0);
            for here in (0..have.saturating_sub(HEAD)).filter(|here| bytes[*here] == 0x1f) {
                let place = at + here as u64;
                let begins = MemberHead::parse(&bytes[here..have]).is_some_and(|head| head.begins == Begins::AtEntry);
                if begins && self.is_followed(place) {
                    return place;
                }
            }
            at += match have {
                0 => most.min(4096),
                have => have.saturating_sub(HEAD).max(1),
            } as u64;
        }
        self.end
    }

    fn is_followed(&self, at: u64) -> bool {
        self.head(at).is_some_and(|head| {
            let next = at + head.length as u64;
            next == self.end || self.head(next).is_some()
        })
    }
}
