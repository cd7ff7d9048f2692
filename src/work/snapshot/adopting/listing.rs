//! What of a folder of another program would be taken, and what not, and why: by names, times and marks beside them.
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use jiff::{Timestamp, Zoned};

use super::Error;
use super::outcome::{Stays, Tree};
use crate::base::attributes::Kind;
use crate::base::dir::Dir;
use crate::base::plain::read_open;
use crate::base::rel_path::{RelPath, printable};
use crate::domain::believable;
use crate::domain::snapshot::foreign::{ForeignName, Naming};
use crate::domain::snapshot::marker::{MARKER_FILE, Marker};
use crate::domain::snapshot::name::SnapshotName;

/// Before this year no such program ran; a clock that was never set says 1970.
const FIRST_YEAR: i16 = 2000;
/// What rsync-time-backup puts beside its snapshots.
const MARKER_OF_TIME_BACKUP: &str = "backup.marker";
/// As long as this is there, its newest snapshot is half.
const IN_PROGRESS: &str = "backup.inprogress";
/// Where programs that call snapshots by their hour keep them.
const HOURLY: &str = "hourly";
/// A marker of ours is text of this length at most.
const MOST_MARKER: u64 = 1 << 20;

/// A tree that can be taken.
#[derive(Debug)]
pub(super) struct Candidate {
    pub name: RelPath,
    pub tree: Tree,
    pub slot: Timestamp,
}

/// Of a folder.
#[derive(Debug)]
pub(super) struct Listing {
    pub folder: Dir,
    /// The oldest first.
    pub candidates: Vec<Candidate>,
    pub stays: Vec<Stays>,
    /// What the names say of the machine, when all say the same.
    pub prefix: Option<String>,
}

/// Looks at `path`, or at what lies in its folder `hourly`. With a `prefix` only days that begin with it are taken, where
/// there are several.
pub(super) fn list(path: &Path, prefix: Option<&str>, now: &Zoned) -> Result<Listing, Error> {
    let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
    let mut folder = Dir::open(path).map_err(unreadable)?;
    let within = RelPath::of_our_own(HOURLY);
    if folder.seen(&within).map_err(unreadable)?.is_some_and(|seen| seen.kind == Kind::Folder) {
        folder = folder.dir(&within).map_err(unreadable)?;
    }
    let mut names = folder.entries().map_err(unreadable)?;
    names.sort();
    let has = |name: &str| names.iter().any(|one| one == name);
    let beside = Beside { is_time_backup: has(MARKER_OF_TIME_BACKUP), is_in_progress: has(IN_PROGRESS) };
    let mut found = Vec::new();
    let mut stays = Vec::new();
    for name in &names {
        match judge(&folder, name, beside, now).map_err(unreadable)? {
            Judged::Taken(naming, candidate) => found.push((naming, candidate)),
            Judged::Stays(why) => stays.push(Stays { folder: printable(name.as_bytes()), why: why.to_owned() }),
            Judged::Foreign => {}
        }
    }
    found.sort_by_key(|(_, candidate)| candidate.tree.at);
    let naming = most_of(found.iter().map(|(name, _)| name.naming));
    let of_naming = found.iter().filter(|(name, _)| Some(name.naming) == naming);
    let prefixes: HashSet<String> = of_naming.map(|(name, _)| name.prefix.clone()).collect();
    let prefix = if prefixes.len() > 1 { prefix.map(str::to_owned) } else { prefixes.into_iter().next() };
    let mut listing = Listing { folder, candidates: Vec::new(), stays, prefix };
    for (name, candidate) in found {
        let is_of_another = listing.prefix.as_ref().is_some_and(|prefix| name.prefix != *prefix);
        let why = match () {
            () if Some(name.naming) != naming => Some("it is not called as those beside it are"),
            () if is_of_another => Some("it has the name of another machine"),
            () => listing.why_not(&candidate),
        };
        match why {
            Some(why) => listing.stays.push(Stays { folder: candidate.tree.folder, why: why.to_owned() }),
            None => listing.candidates.push(candidate),
        }
    }
    if beside.is_in_progress
        && let Some(half) = listing.candidates.pop()
    {
        let why = format!("{IN_PROGRESS} says that it is half");
        listing.stays.push(Stays { folder: half.tree.folder, why });
    }
    Ok(listing)
}

/// A folder has snapshots of one program. What is called in another way among them is something else.
fn most_of(all: impl Iterator<Item = Naming>) -> Option<Naming> {
    let mut counts: BTreeMap<Naming, usize> = BTreeMap::new();
    all.for_each(|naming| *counts.entry(naming).or_default() += 1);
    counts.into_iter().max_by_key(|(naming, count)| (*count, Reverse(*naming))).map(|(naming, _)| naming)
}

impl Listing {
    /// Two of one hour cannot both be kept: the first one is, as when a snapshot is taken.
    fn why_not(&self, candidate: &Candidate) -> Option<&'static str> {
        let same = self.candidates.last().is_some_and(|last| last.tree.snapshot == candidate.tree.snapshot);
        same.then_some("there is an earlier one of the same hour")
    }
}

#[derive(Debug, Clone, Copy)]
struct Beside {
    is_time_backup: bool,
    is_in_progress: bool,
}

enum Judged {
    Taken(ForeignName, Candidate),
    Stays(&'static str),
    /// Nothing that looks like a snapshot.
    Foreign,
}

fn judge(folder: &Dir, name: &OsStr, beside: Beside, now: &Zoned) -> io::Result<Judged> {
    let Some(text) = name.to_str() else { return Ok(Judged::Foreign) };
    if let Some(why) = half(text) {
        return Ok(Judged::Stays(why));
    }
    let (Some(foreign), Ok(path)) = (ForeignName::read(text), RelPath::parse(text.as_bytes())) else {
        return Ok(Judged::Foreign);
    };
    let Some(seen) = folder.seen(&path)? else { return Ok(Judged::Foreign) };
    if seen.kind != Kind::Folder {
        return Ok(Judged::Stays("it is no folder"));
    }
    if foreign.naming == Naming::TimeBackup && !beside.is_time_backup {
        return Ok(Judged::Stays("no backup.marker lies beside it"));
    }
    if foreign.naming == Naming::Hour {
        let Ok(tree) = folder.dir(&path) else { return Ok(Judged::Stays("it cannot be read")) };
        match marker(&tree) {
            Marked::Not => return Ok(Judged::Stays("it has no .snapshot_complete, so it is half")),
            Marked::Ours => return Ok(Judged::Stays("it is a snapshot of this program")),
            Marked::Otherwise => {}
        }
    }
    let mtime = Timestamp::from_second(seen.attributes.mtime.seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    let zoned = match foreign.at {
        Some(at) => now.time_zone().to_ambiguous_zoned(at).compatible().ok(),
        None => Some(mtime.to_zoned(now.time_zone().clone())),
    };
    let Some(zoned) = zoned.filter(|at| at.year() >= FIRST_YEAR) else {
        return Ok(Judged::Stays("its time cannot be right"));
    };
    if believable::is_ahead(zoned.timestamp(), now.timestamp()) {
        return Ok(Judged::Stays("its time lies ahead of the clock"));
    }
    let (snapshot, slot) = SnapshotName::of(&zoned);
    let tree = Tree { folder: text.to_owned(), snapshot, at: zoned.timestamp() };
    Ok(Judged::Taken(foreign, Candidate { name: path, tree, slot }))
}

/// What such programs leave when they are stopped.
fn half(name: &str) -> Option<&'static str> {
    let is_half = name.starts_with(".partial") || name.ends_with(".partial") || name.ends_with(".inprogress");
    match name {
        IN_PROGRESS => None,
        ".sync" => Some("it is the next snapshot of rsnapshot, and half"),
        _ if is_half => Some("it is half"),
        _ if name.starts_with("_delete.") => Some("it was being deleted"),
        _ => None,
    }
}

enum Marked {
    Not,
    Ours,
    Otherwise,
}

fn marker(tree: &Dir) -> Marked {
    let Ok(file) = tree.read(&RelPath::of_our_own(MARKER_FILE)) else { return Marked::Not };
    let text = read_open(file, MOST_MARKER).unwrap_or_default();
    // What an earlier run was about to take over has our marker already.
    let is_ours = |marker: Marker| marker.adopted.as_deref() != Some(tree.path());
    if serde_json::from_slice(&text).is_ok_and(is_ours) { Marked::Ours } else { Marked::Otherwise }
}
