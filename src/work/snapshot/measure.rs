//! What a new snapshot changed against the one before, for the rules that look for harm: both manifests are read side by
//! side, and a few of the new and changed files are looked into.
//!
//! It costs two readings of small files and at most 25 MiB of samples, whatever the size of the host.
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;

use jiff::Timestamp;
use rustix::fs::{Mode, OFlags};

use super::Error;
use crate::base::dir::Dir;
use crate::base::rel_path::printable;
use crate::base::tree::open_path::{first_eight, number_of, open_below, split};
use crate::destination::manifest::ManifestReader;
use crate::domain::anomaly::measure::{Measure, Samples};
use crate::domain::anomaly::sample::{FEWEST, Signature, WINDOW, is_noise_by_nature, is_random, signature};
use crate::domain::monitor::Monitor;
use crate::domain::snapshot::entry::{Entry, Sort};
use crate::domain::snapshot::order::compare;

/// Files that are looked into, each in two places, and changed ones as they were before too.
const SAMPLED: usize = 96;
/// Files that are named.
const NAMED: usize = 20;
/// With more deleted files than this renames and moves are no longer told apart; the numbers stay right.
const MOST_DELETED: usize = 1 << 20;

/// Files that the host itself deletes when they are old enough.
#[derive(Debug, Clone)]
pub(super) struct Expiry {
    /// Below the folder of the host.
    pub folder: Vec<u8>,
    /// What was last changed before this goes by itself.
    pub before: Timestamp,
}

/// One side of the comparison.
pub(super) struct Side<'a> {
    /// Opens the manifest from its beginning.
    pub manifest: &'a dyn Fn() -> io::Result<ManifestReader>,
    pub tree: &'a Dir,
}

pub(super) fn measure(
    before: &Side<'_>,
    now: &Side<'_>,
    expiry: Option<&Expiry>,
    monitor: &dyn Monitor,
) -> Result<Measure, Error> {
    let mut gathered = Gathered::new(expiry);
    compare_all(before, now, monitor, &mut |old, new| gathered.pair(old, new))?;
    let Gathered { mut measure, gone, digests, chosen, .. } = gathered;
    if measure.deleted > 0 && measure.new > 0 {
        let (moved, renamed) = moved_and_renamed(now, &gone, digests, monitor)?;
        // A file that only lies elsewhere is neither new nor gone.
        measure.new = measure.new.saturating_sub(moved);
        measure.deleted = measure.deleted.saturating_sub(moved);
        measure.renamed = renamed.min(measure.deleted);
    }
    measure.samples = look_into(before, now, chosen, monitor)?;
    Ok(measure)
}

/// What is gathered on the way through both manifests.
struct Gathered<'a> {
    measure: Measure,
    expiry: Option<&'a Expiry>,
    /// Names of deleted files, as numbers.
    gone: HashSet<u64>,
    /// Digests of deleted files, and how often each was there.
    digests: HashMap<u64, u32>,
    /// The files with the smallest numbers: a choice by chance that is the same in every run.
    chosen: BTreeMap<u64, (Vec<u8>, State)>,
}

/// What a chosen file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Changed,
}

impl<'a> Gathered<'a> {
    fn new(expiry: Option<&'a Expiry>) -> Self {
        let (gone, digests, chosen) = Default::default();
        Gathered { measure: Measure::default(), expiry, gone, digests, chosen }
    }

    fn pair(&mut self, old: Option<&Entry>, new: Option<&Entry>) {
        self.measure.before += u64::from(old.is_some());
        match (old, new) {
            (Some(old), None) => self.deleted(old),
            (None, Some(new)) => {
                self.measure.new += 1;
                self.choose(new, State::New);
            }
            (Some(old), Some(new)) if old.digest != new.digest => {
                self.measure.changed += 1;
                self.choose(new, State::Changed);
            }
            _ => {}
        }
    }

    fn deleted(&mut self, old: &Entry) {
        if self.expiry.is_some_and(|expiry| has_expired(old, expiry)) {
            self.measure.expired += 1;
            return;
        }
        self.measure.deleted += 1;
        if self.gone.len() < MOST_DELETED {
            self.gone.insert(number_of(&old.path));
            *self.digests.entry(digest(old)).or_insert(0) += 1;
        }
    }

    fn choose(&mut self, entry: &Entry, state: State) {
        if entry.looks.bytes < FEWEST as u64 {
            return;
        }
        self.chosen.insert(number_of(&entry.path), (entry.path.clone(), state));
        if self.chosen.len() > SAMPLED {
            self.chosen.pop_last();
        }
    }
}

fn has_expired(entry: &Entry, expiry: &Expiry) -> bool {
    let is_below = match expiry.folder.as_slice() {
        b"" => true,
        folder => entry.path.strip_prefix(folder).is_some_and(|rest| rest.first() == Some(&b'/')),
    };
    is_below && entry.looks.seconds < expiry.before.as_second()
}

fn digest(entry: &Entry) -> u64 {
    entry.digest.as_ref().map_or(0, first_eight)
}

/// Hands out every file of either side, those of both together.
fn compare_all(
    before: &Side<'_>,
    now: &Side<'_>,
    monitor: &dyn Monitor,
    found: &mut dyn FnMut(Option<&Entry>, Option<&Entry>),
) -> Result<(), Error> {
    let reading = || Error::io("the snapshots could not be compared");
    let mut old = (before.manifest)().map_err(reading())?;
    let mut new = (now.manifest)().map_err(reading())?;
    loop {
        monitor.checkpoint()?;
        let order = match (old.peek(), new.peek()) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => compare((&old.path, old.sort), (&new.path, new.sort)),
        };
        let old = if order.is_le() { old.take().map_err(reading())? } else { None };
        let new = if order.is_ge() { new.take().map_err(reading())? } else { None };
        let is_file = |entry: &Entry| entry.sort == Sort::File;
        let (old, new) = (old.filter(is_file), new.filter(is_file));
        if old.is_some() || new.is_some() {
            found(old.as_ref(), new.as_ref());
        }
    }
}

/// New files that are deleted ones under another name, and new files that have the name of a deleted one with a further
/// ending.
fn moved_and_renamed(
    now: &Side<'_>,
    gone: &HashSet<u64>,
    mut digests: HashMap<u64, u32>,
    monitor: &dyn Monitor,
) -> Result<(u64, u64), Error> {
    let reading = || Error::io("the snapshots could not be compared");
    let mut manifest = (now.manifest)().map_err(reading())?;
    let (mut moved, mut renamed) = (0, 0);
    while let Some(entry) = manifest.take().map_err(reading())? {
        monitor.checkpoint()?;
        if entry.sort != Sort::File {
            continue;
        }
        let own = split(&entry.path).1;
        let dot = own.iter().rposition(|byte| *byte == b'.').filter(|at| *at > 0);
        let is_renamed =
            dot.is_some_and(|at| gone.contains(&number_of(&entry.path[..entry.path.len() - own.len() + at])));
        if is_renamed {
            renamed += 1;
        } else if let Some(left) = digests.get_mut(&digest(&entry)).filter(|left| **left > 0) {
            *left -= 1;
            moved += 1;
        }
    }
    Ok((moved, renamed))
}

fn look_into(
    before: &Side<'_>,
    now: &Side<'_>,
    chosen: BTreeMap<u64, (Vec<u8>, State)>,
    monitor: &dyn Monitor,
) -> Result<Samples, Error> {
    let mut samples = Samples::default();
    for (path, state) in chosen.into_values() {
        monitor.checkpoint()?;
        // What cannot be read now tells nothing; a verify finds it.
        let Ok(windows) = windows(now.tree, &path) else { continue };
        samples.read += 1;
        let is_noise = random(&windows);
        let was_sense = || windows_of(before.tree, &path).is_some_and(|old| !random(&old));
        let is_transition = is_noise && state == State::Changed && was_sense();
        let is_odd_noise = is_noise && (is_transition || !is_noise_by_nature(&path));
        let begin = windows.first().map_or(&[][..], Vec::as_slice);
        let told = signature(&path, begin);
        samples.random += u64::from(is_odd_noise);
        samples.transitions += u64::from(is_transition);
        samples.with_signature += u64::from(told != Signature::Unknown);
        samples.wrong_signature += u64::from(told == Signature::Wrong);
        if (is_odd_noise || told == Signature::Wrong) && samples.names.len() < NAMED {
            samples.names.push(printable(&path));
        }
    }
    Ok(samples)
}

fn random(windows: &[Vec<u8>]) -> bool {
    is_random(&windows.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn windows_of(tree: &Dir, path: &[u8]) -> Option<Vec<Vec<u8>>> {
    windows(tree, path).ok()
}

/// The beginning and the middle of a file; a short one is one window.
fn windows(tree: &Dir, path: &[u8]) -> io::Result<Vec<Vec<u8>>> {
    let (above, name) = split(path);
    let folder = open_below(tree.as_fd(), above)?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::openat(folder.as_fd(), name, flags, Mode::empty())?);
    let length = file.metadata()?.len();
    let window = WINDOW as u64;
    let places = if length > 2 * window { vec![0, length / 2] } else { vec![0] };
    places.into_iter().map(|at| window_at(&file, at)).collect()
}

fn window_at(file: &File, at: u64) -> io::Result<Vec<u8>> {
    let (mut bytes, mut have) = (vec![0; WINDOW], 0);
    while have < bytes.len() {
        match file.read_at(&mut bytes[have..], at + have as u64)? {
            0 => break,
            count => have += count,
        }
    }
    bytes.truncate(have);
    Ok(bytes)
}
