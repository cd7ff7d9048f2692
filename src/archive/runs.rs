//! The runs of an archive of ours, from head to head, also past damage: where a head is broken, they go on
//! at the next one that begins with an entry. They end where the archive says that it ends, whatever stands
//! behind.
use std::fs::File;
use std::os::unix::fs::FileExt;

use super::member::{ArchiveTail, Begins, HEAD, MemberHead, TAIL};
use super::run::{MemberRun, head_at};

/// Bytes that are searched at once for the next gzip member.
const STRETCH: usize = 1 << 20;

pub struct Runs<'f> {
    file: &'f File,
    at: u64,
    end: u64,
    tail: Option<ArchiveTail>,
}

impl<'f> Runs<'f> {
    /// The runs before byte `end`.
    pub fn new(file: &'f File, end: u64) -> Self {
        Runs { file, at: 0, end, tail: None }
    }

    /// The last member of the archive, when the runs have come to it before their end.
    pub fn tail(&self) -> Option<ArchiveTail> {
        self.tail
    }
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
                    None => {
                        self.tail = tail_at(self.file, at);
                        at = match self.tail {
                            Some(_) => self.end,
                            // The length of the head before may be what is wrong.
                            None => self.search(last + 1),
                        };
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

    /// The next place from `at` on where an entry begins and another head follows, or where the archive ends;
    /// else the end. A stretch that the disk does not give back is passed over.
    fn search(&self, mut at: u64) -> u64 {
        let mut bytes = vec![0; STRETCH + HEAD];
        while at < self.end {
            let most = usize::try_from(self.end - at).unwrap_or(STRETCH).min(STRETCH + HEAD);
            let have = self.file.read_at(&mut bytes[..most], at).unwrap_or(0);
            for here in (0..have.saturating_sub(HEAD)).filter(|here| bytes[*here] == 0x1f) {
                let place = at + here as u64;
                let begins = MemberHead::parse(&bytes[here..have]).is_some_and(|head| head.begins == Begins::AtEntry);
                if (begins && self.is_followed(place)) || tail_at(self.file, place).is_some() {
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
            next == self.end || self.head(next).is_some() || tail_at(self.file, next).is_some()
        })
    }
}

/// The last member of an archive of ours, when it stands at `at` and says so.
pub fn tail_at(file: &File, at: u64) -> Option<ArchiveTail> {
    let mut bytes = [0; TAIL];
    file.read_exact_at(&mut bytes, at).ok()?;
    ArchiveTail::parse(&bytes).filter(|tail| tail.length == at + TAIL as u64 && tail.sums < at)
}
