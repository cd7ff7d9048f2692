//! Give files and folders of a snapshot back, into a folder of their owner's choice.
//!
//! Everything is copied beside its place first and compared with the manifest on the way; then all things change hands by
//! a swap: all of them or none, also after a kill, and what they replace is kept so that it can be undone. Nothing that
//! is there is replaced unless its owner asked for that.
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::fetch::{Fetched, Manner, Rights, fetch};
use super::kept_links::Links;
use super::mounts::refuse_mounts;
use super::{Error, places};
use crate::base::attributes::Kind;
use crate::base::counted::counted;
use crate::base::dir::Dir;
use crate::base::handover;
use crate::base::rel_path::{RelPath, printable};
use crate::base::tree::copy::Bytes;
use crate::base::tree::open_path::lies_within;
use crate::base::tree::walk::look;
use crate::destination::snapshots::store::{Snapshot, SnapshotStore};
use crate::domain::host::settings::{HostName, HostSettings};
use crate::domain::monitor::{Monitor, Stage};
use crate::domain::snapshot::marker::{MANIFEST_FILE, MARKER_FILE};
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::request::{CameSince, Existing, SnapshotPath, SnapshotRequest};
use crate::swap::{Ownership, Staging};
use crate::work::noted::Noted;
use crate::work::{Tools, restore};

/// What came back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GivenBack {
    pub host: HostName,
    pub snapshot: SnapshotName,
    pub to: PathBuf,
    pub files: u64,
    pub bytes: u64,
    /// For `undo`; `None` when nothing came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore_id: Option<String>,
    /// Files whose bytes are not those that were saved; they did not come back.
    pub damaged: Vec<String>,
    pub warnings: Vec<String>,
}

pub fn give_back(tools: &Tools, request: &SnapshotRequest, monitor: &dyn Monitor) -> Result<GivenBack, Error> {
    let asked = request.clone();
    places::watched(tools, &request.host, monitor, move |tools, host, monitor| here(tools, host, &asked, monitor))
}

fn here(
    tools: &Tools,
    host: &HostSettings,
    request: &SnapshotRequest,
    monitor: &dyn Monitor,
) -> Result<GivenBack, Error> {
    let noted = Noted::new(monitor);
    noted.stages(&[Stage::Survey, Stage::FetchFiles, Stage::Swap]);
    noted.stage(Stage::Survey);
    restore::forget_old(tools, &noted);
    let store = places::look(tools, host)?;
    let snapshot = places::snapshot(&store, &host.name, Some(request.snapshot))?;
    let paths = wanted(&store, &snapshot, request)?;
    let target = open_target(request, &store)?;
    refuse_what_is_there(&target, &paths, request)?;
    if request.existing == Existing::IsReplaced {
        refuse_mounts(&target, &paths)?;
    }

    noted.stage(Stage::FetchFiles);
    let roots = [request.to.clone()];
    let mut staging = restore::swaps(tools).begin(&roots, Ownership::Accept, (tools.now)().timestamp())?;
    let making = staging.making(0)?;
    let since = (request.since == CameSince::Stays).then(|| target.as_fd());
    let manner = Manner { since, bytes: Bytes::MayBeShared, rights: Rights::Dropped, links: Links::AsSaved };
    let fetched = fetch(&store, &snapshot, &paths, making.as_fd(), manner, &noted)?;
    take_all(&mut staging, &fetched, request)?;
    tell(&fetched, &noted);

    noted.stage(Stage::Swap);
    let restore_id = if fetched.names.is_empty() {
        None
    } else {
        refuse_what_is_there(&target, &paths, request)?;
        Some(exchange(tools, staging, &fetched, request, &noted)?)
    };
    let Fetched { files, bytes, damaged, .. } = fetched;
    let (host, snapshot, to) = (request.host.clone(), request.snapshot, request.to.clone());
    Ok(GivenBack { host, snapshot, to, files, bytes, restore_id, damaged, warnings: noted.warnings() })
}

fn take_all(staging: &mut Staging, fetched: &Fetched, request: &SnapshotRequest) -> Result<(), Error> {
    for name in &fetched.names {
        let path = RelPath::parse(name).map_err(|why| writing(request)(io::Error::other(why)))?;
        let closed = fetched.closed.iter().find(|(closed, _)| closed == name).map(|(_, mode)| *mode);
        staging.take(0, &path, closed)?;
    }
    Ok(())
}

/// All new, or all old; gives the name for an undo.
fn exchange(
    tools: &Tools,
    staging: Staging,
    fetched: &Fetched,
    request: &SnapshotRequest,
    noted: &Noted<'_>,
) -> Result<String, Error> {
    let saved = staging.plan(noted)?.save(noted)?;
    let id = saved.id().to_string();
    // Before the exchange, so that a crash right after it leaves a restore with a name.
    let told = restore::Restored {
        restore_id: Some(id.clone()),
        name: format!("{} of {}", request.snapshot, request.host),
        files: fetched.files,
        bytes: fetched.bytes,
        folders: fetched.names.iter().map(|name| printable(name)).collect(),
        to: Some(request.to.clone()),
        ..restore::Restored::of_files((tools.now)().timestamp())
    };
    restore::remember(tools, &id, &told).map_err(Error::io("the restore could not be written down"))?;
    restore::exchange(tools, saved, noted).map_err(|error| {
        restore::forget_untold(tools, noted);
        Error::Restore(Box::new(error))
    })?;
    Ok(id)
}

fn tell(fetched: &Fetched, monitor: &dyn Monitor) {
    if fetched.set_id > 0 {
        monitor.warn(format!(
            "{} had the right to run as another user or group, which was not given back",
            counted(fetched.set_id, "file")
        ));
    }
    if fetched.not_as_saved > 0 {
        let who = if handover::is_root() { "the disk does not keep them" } else { "this program does not run as root" };
        monitor.warn(format!(
            "files and folders came back without the owner, mode or time that was saved ({} of them), because {who}",
            fetched.not_as_saved
        ));
    }
    if fetched.special > 0 {
        monitor.warn(format!(
            "{} pipes, sockets or devices that were there are only in what is kept for an undo",
            fetched.special
        ));
    }
}

fn writing(request: &SnapshotRequest) -> impl FnOnce(io::Error) -> Error {
    Error::io(format!("{}: nothing could be written here", request.to.display()))
}

/// The paths, each once; without any everything at the top.
pub(super) fn wanted(
    store: &SnapshotStore,
    snapshot: &Snapshot,
    request: &SnapshotRequest,
) -> Result<Vec<SnapshotPath>, Error> {
    if !request.paths.is_empty() {
        let names: BTreeSet<&[u8]> = request.paths.iter().map(SnapshotPath::name).collect();
        if names.len() < request.paths.len() {
            return Err(Error::OneName(request.to.clone()));
        }
        return Ok(request.paths.clone());
    }
    everything(store, snapshot)
}

/// What lies at the top, in the order of the manifest.
pub(super) fn everything(store: &SnapshotStore, snapshot: &Snapshot) -> Result<Vec<SnapshotPath>, Error> {
    let tree = store.tree(snapshot.name).map_err(Error::io("the snapshot could not be read"))?;
    let mut names = tree.entries().map_err(Error::io("the snapshot could not be read"))?;
    names.sort();
    let is_ours = |name: &OsStr| [MARKER_FILE, MANIFEST_FILE].iter().any(|ours| name == *ours);
    let (mut folders, mut others) = (Vec::new(), Vec::new());
    for name in names.iter().filter(|name| !is_ours(name)) {
        let Ok(path) = SnapshotPath::try_from(name.as_bytes().to_vec()) else { continue };
        let seen = look(tree.as_fd(), name.as_bytes()).map_err(Error::io("the snapshot could not be read"))?;
        if seen.kind == Kind::Folder { folders.push(path) } else { others.push(path) }
    }
    // As in the manifest, so that it is read once.
    others.append(&mut folders);
    Ok(others)
}

/// Makes the folder where it is missing, and refuses one within the snapshots.
fn open_target(request: &SnapshotRequest, store: &SnapshotStore) -> Result<Dir, Error> {
    if !request.to.is_dir() {
        handover::make_folder(&request.to, 0o755).map_err(writing(request))?;
    }
    let target = Dir::open(&request.to).map_err(writing(request))?;
    let is_within =
        lies_within(target.as_fd(), store.identity().map_err(writing(request))?).map_err(writing(request))?;
    if is_within { Err(Error::AmongSnapshots(request.to.clone())) } else { Ok(target) }
}

fn refuse_what_is_there(target: &Dir, paths: &[SnapshotPath], request: &SnapshotRequest) -> Result<(), Error> {
    if request.existing == Existing::IsReplaced {
        return Ok(());
    }
    for path in paths {
        if look(target.as_fd(), path.name()).is_ok() {
            return Err(Error::ThereAlready { folder: request.to.clone(), name: printable(path.name()) });
        }
    }
    Ok(())
}
