//! What is still whole in an archive of ours that is damaged.
//!
//! Each gzip member that begins with an entry can be read without the ones before it, and `SHA256SUMS`
//! at the end has the sum of every file. So damage costs the files that it hits: a file counts as whole
//! when its content has the sum that stands in `SHA256SUMS`. Where the damage is in `SHA256SUMS` itself, or
//! it was cut off, the checksums of the gzip members that hold the file take its place. Bytes behind the end
//! of the archive cost nothing.
//!
//! Where the end of the file cuts a gzip member, the files before the cut are there to their last byte, and nothing
//! is left that could prove them. They are given without a sum, and counted apart.
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;

use crate::base::digest::Sha256;
use crate::base::rel_path::RelPath;
use crate::domain::monitor::{Cancelled, Monitor, Progress};
use crate::domain::restore::program::ContentVerdict;

use super::about_itself::is_about_itself;
use super::ending::Ending;
use super::index::Row;
use super::inspect::Member;
use super::member::ArchiveTail;
use super::run::{MemberRun, Prover};
use super::runs::Runs;
use super::sum_lines::SumLines;
use super::sweep::sweep;
use super::tar_in::Seen;
use super::{METADATA, SUMS};

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Salvaged {
    /// Files that are whole.
    pub whole: u64,
    /// Bytes of the whole files.
    pub bytes: u64,
    /// Files before the place where the archive was cut that nothing proves any more.
    pub unproved: u64,
    /// Files that `SHA256SUMS` promises and that are not whole, in its order; then `SHA256SUMS` itself when it is
    /// not whole.
    pub damaged: Vec<RelPath>,
}

/// Whether the end of the file cuts what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    No,
    Yes,
}

/// Gives every whole entry to `each`, then the damaged files with a place from which nothing can be read,
/// so that a list shows them. `None` when this is no archive of ours.
pub fn salvage(
    file: &File,
    each: &mut dyn FnMut(Member),
    monitor: &dyn Monitor,
) -> Result<Option<Salvaged>, Cancelled> {
    let (Ok(Some(ending)), Ok(about)) = (Ending::find(file), file.metadata()) else { return Ok(None) };
    let (promised, is_complete) = ending.tail().map(|tail| promised(file, &tail)).unwrap_or_default();
    let sums: HashMap<&[u8], Sha256> = promised.iter().map(|(sum, name)| (name.as_slice(), *sum)).collect();
    let mut prover = Prover::default();
    let mut whole: HashSet<RelPath> = HashSet::new();
    let mut found = Salvaged::default();
    let total_bytes = ending.entries_end();
    let runs = Runs::new(file, total_bytes).map(|run| (run, Cut::No));
    for (run, cut) in runs.chain(ending.cut_run(file).map(|run| (run, Cut::Yes))) {
        monitor.checkpoint()?;
        let proved = prover.prove(file, &run, monitor)?;
        for seen in proved.entries {
            let own = is_about_itself(&seen.name);
            let is_proved = match seen.sha256 {
                Some(sum) => match sums.get(seen.name.as_bytes()) {
                    Some(promised) => *promised == sum,
                    None => (own || !is_complete) && proved.fault.is_none(),
                },
                None => proved.fault.is_none(),
            };
            let is_there = is_proved || (cut == Cut::Yes && seen.sha256.is_some() && !own);
            let is_there = is_there && (proved.fault.is_none() || comes_out(file, &run, &seen, monitor)?);
            if !is_there || !whole.insert(seen.name.clone()) {
                continue;
            }
            if !is_proved {
                found.unproved += 1;
            } else if seen.sha256.is_some() && !own {
                found.whole += 1;
                found.bytes += seen.size;
            }
            each(Member {
                name: seen.name,
                is_dir: seen.sha256.is_none(),
                size: seen.size,
                mode: 0,
                mtime: seen.mtime,
                sha256: seen.sha256.filter(|_| is_proved),
                gzip_offset: run.start,
                skip: seen.content_at,
                content: seen.content,
            });
        }
        monitor.progress(Progress { done_bytes: run.start, total_bytes, ..Progress::default() });
    }
    for (sum, name) in &promised {
        let Ok(name) = RelPath::parse(name) else { continue };
        if whole.contains(&name) {
            continue;
        }
        // What the archive says of itself stands in no list.
        if name.as_bytes() == METADATA.as_bytes() {
            found.damaged.push(name);
            continue;
        }
        let (gzip_offset, sha256) = (about.len(), Some(*sum));
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

/// True when a restore, which asks every gzip member for its checksum, gets the content of this file.
fn comes_out(file: &File, run: &MemberRun, seen: &Seen, monitor: &dyn Monitor) -> Result<bool, Cancelled> {
    let row = Row {
        path: seen.name.clone(),
        is_dir: seen.sha256.is_none(),
        size: seen.size,
        files: 1,
        mtime: seen.mtime,
        sha256: seen.sha256,
        gzip_offset: run.start,
        skip: seen.content_at,
        content: seen.content,
    };
    let read = sweep(file, [&row], &mut |_, content| io::copy(content, &mut io::sink()).map(drop), monitor);
    monitor.checkpoint()?;
    Ok(read.is_ok())
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
