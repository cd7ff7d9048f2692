//! Take over what other programs made, the oldest first.
use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::Error;
use super::bring::{Set, Way};
use super::listing::{Candidate, Listing, list};
use super::outcome::{Adopted, Coming, Stays, Tree};
use crate::base::dir::Dir;
use crate::base::tree::open_path::lies_within;
use crate::destination::drive::Ready;
use crate::destination::snapshots::link_pool::LinkPool;
use crate::destination::snapshots::store::{Snapshot, SnapshotStore};
use crate::domain::host::settings::{HostName, HostSettings};
use crate::domain::monitor::{Monitor, Progress, Stage};
use crate::domain::order::Original;
use crate::domain::snapshot::name::SnapshotName;
use crate::transfer::watchdog::{MayHang, watch};
use crate::work::Tools;
use crate::work::noted::Noted;
use crate::work::snapshot::{self, places, pointed};

/// The host whose snapshots lie at `path`: what their names say, or their folder is called, or the only one there is.
pub fn host_of(tools: &Tools, path: &Path) -> Result<HostName, Error> {
    let listing = list(path, None, &(tools.now)())?;
    let is_host = |name: &str| tools.hosts.iter().find(|host| host.name.as_str() == name).map(|host| host.name.clone());
    let called = |path: &Path| path.file_name().and_then(|name| is_host(name.to_str()?));
    let by_names = listing.prefix.as_deref().and_then(is_host);
    let by_folder = || called(path).or_else(|| called(path.parent()?));
    let only = || tools.hosts.first().filter(|_| tools.hosts.len() == 1).map(|host| host.name.clone());
    by_names.or_else(by_folder).or_else(only).ok_or_else(|| Error::WhichHost(path.to_owned()))
}

/// Takes over what lies at `path`. With [`Original::Goes`] folders on the drive of the host are renamed; all others stay.
pub fn adopt(
    tools: &Tools,
    host: &HostName,
    path: &Path,
    original: Original,
    monitor: &dyn Monitor,
) -> Result<Adopted, Error> {
    let path = path.to_owned();
    watched(tools, host, monitor, move |tools, host, monitor| here(tools, host, &path, original, monitor))
}

/// Touches nothing.
pub fn would_adopt(tools: &Tools, host: &HostName, path: &Path, original: Original) -> Result<Adopted, Error> {
    let host = places::host(tools, host)?;
    let ready = places::drive(tools, host)?.drive.ready_to_read()?;
    let found = SnapshotStore::find(ready.dir(), &host.name).map_err(reading())?;
    let mut listing = looked_at(tools, host, path, found.as_ref())?;
    let coming = coming(&ready, &listing, original)?;
    let there = match &found {
        Some(store) => store.snapshots().map_err(reading())?,
        None => Vec::new(),
    };
    refuse_taken(&mut listing, &there);
    let taken = listing.candidates.into_iter().map(|one| one.tree).collect();
    let (host, from) = (host.name.clone(), listing.folder.path().to_owned());
    Ok(Adopted { host, from, coming, taken, stays: listing.stays, warnings: Vec::new() })
}

fn watched<T: Send + 'static>(
    tools: &Tools,
    host: &HostName,
    monitor: &dyn Monitor,
    work: impl FnOnce(&Tools, &HostSettings, &dyn Monitor) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let host = places::host(tools, host)?.clone();
    let drive = places::drive(tools, &host)?.drive.clone();
    let tools = tools.clone();
    watch(&[MayHang::Drive(drive)], monitor, move |monitor| work(&tools, &host, monitor))
}

fn here(
    tools: &Tools,
    host: &HostSettings,
    path: &Path,
    original: Original,
    monitor: &dyn Monitor,
) -> Result<Adopted, Error> {
    let noted = Noted::new(monitor);
    noted.stages(&[Stage::Survey, Stage::CopyFiles, Stage::Store]);
    noted.stage(Stage::Survey);
    let held = places::hold(tools, host)?;
    let mut go_on = || Ok::<_, snapshot::Error>(noted.checkpoint()?);
    held.store.sweep(&mut go_on)?;
    let mut listing = looked_at(tools, host, path, Some(&held.store))?;
    let coming = coming(&held.ready, &listing, original)?;
    // What an earlier run has taken of a tree that stays tells what the next one shares with it.
    let there = held.store.snapshots().map_err(reading())?;
    let earlier = refuse_taken(&mut listing, &there);
    let id = pool_id(listing.folder.path());
    let pool = match coming {
        Coming::Copied => Some(pool(&held.store, id)?),
        Coming::Renamed | Coming::Linked => None,
    };
    let way = match (&pool, coming) {
        (Some(pool), _) => Way::Copied(pool),
        (None, Coming::Linked) => Way::Linked,
        (None, _) => Way::Renamed,
    };
    noted.stage(Stage::CopyFiles);
    let set = Set { host, held: &held, listing: &listing, way, now: (tools.now)().timestamp() };
    let (taken, stays) = take_all(&set, earlier, &noted)?;
    noted.stage(Stage::Store);
    if pool.is_some()
        && let Some(gone) = held.store.discard_link_pool(id).map_err(writing())?
    {
        held.store.empty(gone, &mut go_on)?;
    }
    pointed::point(&held.store, (tools.now)().timestamp(), &noted)?;
    let stays = listing.stays.iter().cloned().chain(stays).collect();
    let (host, from) = (host.name.clone(), listing.folder.path().to_owned());
    Ok(Adopted { host, from, coming, taken, stays, warnings: noted.warnings() })
}

fn take_all(
    set: &Set<'_>,
    mut earlier: HashMap<PathBuf, Snapshot>,
    noted: &Noted<'_>,
) -> Result<(Vec<Tree>, Vec<Stays>), Error> {
    let (mut taken, mut stays) = (Vec::new(), Vec::new());
    let store = &set.held.store;
    let total_files = set.listing.candidates.len() as u64;
    // The tree before, as far as it can be told which of its files are one with those of the next.
    let mut last: Option<Snapshot> = None;
    for (done_files, candidate) in (0..).zip(&set.listing.candidates) {
        noted.checkpoint()?;
        noted.progress(Progress { done_files, total_files, now: candidate.tree.folder.clone(), ..Progress::default() });
        let before = match (&last, set.way) {
            (Some(last), Way::Renamed) => Some((store.tree(last.name).map_err(reading())?, last)),
            (Some(last), _) => origin_of(last).map(|tree| (tree, last)),
            (None, Way::Renamed) => None,
            (None, _) => {
                let known = earlier.values().filter(|one| one.marker.slot < candidate.slot);
                known.max_by_key(|one| one.marker.slot).and_then(|one| Some((origin_of(one)?, one)))
            }
        };
        match set.bring(candidate, before, noted)? {
            Ok(()) => {
                let all = store.snapshots().map_err(reading())?;
                last = all.into_iter().find(|one| one.name == candidate.tree.snapshot);
                if let Some(new) = &last {
                    tell_special(new, noted);
                    earlier.insert(set.origin(candidate), new.clone());
                }
                taken.push(candidate.tree.clone());
            }
            Err(why) => stays.push(Stays { folder: candidate.tree.folder.clone(), why }),
        }
    }
    Ok((taken, stays))
}

fn tell_special(new: &Snapshot, noted: &Noted<'_>) {
    let special = new.marker.counts.special;
    if special > 0 {
        let what = if special == 1 { "pipe, socket or device" } else { "pipes, sockets or devices" };
        noted.warn(format!("{}: {special} {what} not kept", new.name));
    }
}

/// The tree that a snapshot was taken over from, which stayed where it is.
fn origin_of(snapshot: &Snapshot) -> Option<Dir> {
    Dir::open(snapshot.marker.adopted.as_deref()?).ok()
}

fn looked_at(tools: &Tools, host: &HostSettings, path: &Path, store: Option<&SnapshotStore>) -> Result<Listing, Error> {
    let listing = list(path, Some(host.name.as_str()), &(tools.now)())?;
    if let Some(store) = store {
        let is_within = lies_within(listing.folder.as_fd(), store.identity().map_err(reading())?).map_err(reading())?;
        if is_within {
            return Err(Error::Ours { path: path.to_owned(), host: host.name.clone() });
        }
    }
    if listing.candidates.is_empty() && listing.stays.is_empty() && !is_done(&listing, store)? {
        return Err(Error::Nothing(path.to_owned()));
    }
    Ok(listing)
}

/// Whether an earlier run has taken all that lay there. It may have been killed before it was at its end.
fn is_done(listing: &Listing, store: Option<&SnapshotStore>) -> Result<bool, Error> {
    let all = match store {
        Some(store) => store.snapshots().map_err(reading())?,
        None => Vec::new(),
    };
    let above = |one: &Snapshot| one.marker.adopted.as_deref().and_then(Path::parent) == Some(listing.folder.path());
    Ok(all.iter().any(above))
}

/// Takes out what has the hour of a snapshot that is there; gives those that were taken over from here, by their origin.
fn refuse_taken(listing: &mut Listing, there: &[Snapshot]) -> HashMap<PathBuf, Snapshot> {
    let mut earlier = HashMap::new();
    let by_hour: HashMap<SnapshotName, &Snapshot> = there.iter().map(|one| (one.name, one)).collect();
    let all: Vec<Candidate> = listing.candidates.drain(..).collect();
    for candidate in all {
        let origin = listing.folder.path().join(candidate.name.as_path());
        match by_hour.get(&candidate.tree.snapshot) {
            None => listing.candidates.push(candidate),
            Some(one) => {
                let is_it = one.marker.adopted.as_ref() == Some(&origin);
                let why = if is_it { "it was taken over already" } else { "there is a snapshot of this hour already" };
                listing.stays.push(Stays { folder: candidate.tree.folder, why: why.to_owned() });
                if is_it {
                    earlier.insert(origin, (*one).clone());
                }
            }
        }
    }
    earlier
}

fn coming(ready: &Ready, listing: &Listing, original: Original) -> Result<Coming, Error> {
    let is_here = ready.dir().mount().and_then(|here| Ok(here == listing.folder.mount()?)).map_err(reading())?;
    Ok(match (is_here, original) {
        (false, _) => Coming::Copied,
        (true, Original::Stays) => Coming::Linked,
        (true, Original::Goes) => Coming::Renamed,
    })
}

fn pool(store: &SnapshotStore, id: Uuid) -> Result<LinkPool, Error> {
    let made = store.link_pool(id).map_err(writing())?;
    made.tidy().map_err(writing())?;
    Ok(made)
}

/// A run that goes on must find the pool of the one before it, and no other.
fn pool_id(folder: &Path) -> Uuid {
    let digest = blake3::hash(folder.as_os_str().as_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest.as_bytes()).for_each(|(to, from)| *to = *from);
    Uuid::from_bytes(bytes)
}

fn reading() -> impl FnOnce(std::io::Error) -> snapshot::Error {
    snapshot::Error::io("the snapshots could not be read")
}

fn writing() -> impl FnOnce(std::io::Error) -> snapshot::Error {
    snapshot::Error::io("what keeps the links could not be written to the drive")
}
