//! Gzip members that belong together, read and checked by one thread: from the beginning of an entry
//! to the beginning of another.
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::base::rel_path::RelPath;
use crate::domain::monitor::{Cancelled, Monitor};

use super::damage::Damage;
use super::member::{HEAD, MemberHead};
use super::tar_in::{Entries, Seen};
use super::unpack::Unpacker;

/// Gzip members from the beginning of an entry to the beginning of another.
pub struct MemberRun {
    pub start: u64,
    /// The length of each of its gzip members.
    pub lengths: Vec<usize>,
}

/// What a run turned out to hold.
pub struct Proved {
    pub entries: Vec<Seen>,
    /// The entry that went by last, complete or not.
    pub last: Option<RelPath>,
    pub raw: u64,
    /// It ends with the end of the tar stream.
    pub at_end: bool,
    /// It ends between two entries.
    pub between: bool,
    pub fault: Option<Damage>,
}

/// Reads runs; keeps its memory from one to the next.
#[derive(Default)]
pub struct Prover {
    packed: Vec<u8>,
    unpacker: Unpacker,
}

impl Prover {
    pub fn prove(&mut self, file: &File, run: &MemberRun, monitor: &dyn Monitor) -> Result<Proved, Cancelled> {
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
                    fault = fault.or(Some(Damage::unreadable(at, &e)));
                    break;
                }
            }
            let mut broken = None;
            let Some(head) = MemberHead::parse(&self.packed) else {
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

/// The head at `offset`; `None` when there is none of ours, or the file ends there.
pub fn head_at(file: &File, offset: u64) -> io::Result<Option<MemberHead>> {
    let mut bytes = [0; HEAD];
    match file.read_exact_at(&mut bytes, offset) {
        Ok(()) => Ok(MemberHead::parse(&bytes)),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(e) => Err(e),
    }
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
