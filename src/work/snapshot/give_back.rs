//! Give files and folders of a snapshot back, into a folder of their owner's choice.
//!
//! Everything is copied beside its place first and compared with the manifest on the way; then each thing gets its name
//! in one step. Nothing that is there is replaced unless its owner asked for that, and a failure puts everything back.
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use rustix::fs::{RenameFlags, renameat, renameat_with};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fetch::{Fetched, fetch};
use super::{Error, places};
use crate::base::attributes::{Kind, put_mode};
use crate::base::dir::Dir;
use crate::base::handover;
use crate::base::rel_path::{RelPath, printable};
use crate::base::tree::open_path::{lies_within, open_folder};
use crate::base::tree::walk::look;
use crate::destination::snapshots::staging::Staging;
use crate::destination::snapshots::store::{Snapshot, SnapshotStore};
use crate::domain::host::settings::{HostName, HostSettings};
use crate::domain::monitor::{Monitor, Stage};
use crate::domain::snapshot::marker::{MANIFEST_FILE, MARKER_FILE};
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::request::{Existing, SnapshotPath, SnapshotRequest};
use crate::work::Tools;
use crate::work::noted::Noted;

/// What came back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GivenBack {
    pub host: HostName,
    pub snapshot: SnapshotName,
    pub to: PathBuf,
    pub files: u64,
    pub bytes: u64,
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
    noted.stages(&[Stage::Survey, Stage::FetchFiles, Stage::Store]);
    noted.stage(Stage::Survey);
    let store = places::look(tools, host)?;
    let snapshot = places::snapshot(&store, &host.name, Some(request.snapshot))?;
    let paths = wanted(&store, &snapshot, request)?;
    let target = open_target(request, &store)?;
    refuse_what_is_there(&target, &paths, request)?;

    noted.stage(Stage::FetchFiles);
    let stage = Staging::make(&target).map_err(writing(request))?;
    let fetched = fetch(&store, &snapshot, &paths, stage.files().as_fd(), &noted)?;
    stage.files().sync_file_system().map_err(writing(request))?;

    noted.stage(Stage::Store);
    noted.checkpoint()?;
    put_in_place(&target, stage.files(), &fetched, request)?;
    if fetched.set_id > 0 {
        noted.warn(format!(
            "{} had the right to run as another user or group, which was not given back",
            crate::base::counted::counted(fetched.set_id, "file")
        ));
    }
    let Fetched { files, bytes, damaged, .. } = fetched;
    let (host, snapshot, to) = (request.host.clone(), request.snapshot, request.to.clone());
    Ok(GivenBack { host, snapshot, to, files, bytes, damaged, warnings: noted.warnings() })
}

fn writing(request: &SnapshotRequest) -> impl FnOnce(io::Error) -> Error {
    Error::io(format!("{}: nothing could be written here", request.to.display()))
}

/// The paths, each once; without any everything at the top.
fn wanted(store: &SnapshotStore, snapshot: &Snapshot, request: &SnapshotRequest) -> Result<Vec<SnapshotPath>, Error> {
    if !request.paths.is_empty() {
        let names: BTreeSet<&[u8]> = request.paths.iter().map(SnapshotPath::name).collect();
        if names.len() < request.paths.len() {
            return Err(Error::OneName(request.to.clone()));
        }
        return Ok(request.paths.clone());
    }
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
        let found = rustix::fs::statat(target.as_fd(), path.name(), rustix::fs::AtFlags::SYMLINK_NOFOLLOW);
        if found.is_ok() {
            return Err(there_already(request, path.name()));
        }
    }
    Ok(())
}

fn there_already(request: &SnapshotRequest, name: &[u8]) -> Error {
    Error::ThereAlready { folder: request.to.clone(), name: printable(name) }
}

/// Each thing gets its name; when one cannot, those before it go back.
fn put_in_place(target: &Dir, files: &Dir, fetched: &Fetched, request: &SnapshotRequest) -> Result<(), Error> {
    let mut done: Vec<(&[u8], Swap)> = Vec::new();
    for name in &fetched.names {
        match put_one(target, files, name, request.existing) {
            Ok(swap) => done.push((name, swap)),
            Err(why) => {
                for (name, swap) in done.into_iter().rev() {
                    if let Err(why) = take_back(target, files, name, &swap) {
                        tracing::error!("{} could not be taken back: {why}", printable(name));
                    }
                }
                return Err(match why.kind() {
                    io::ErrorKind::AlreadyExists => there_already(request, name),
                    _ => writing(request)(why),
                });
            }
        }
    }
    for (name, mode) in &fetched.closed {
        let folder = open_folder(target.as_fd(), name).map_err(writing(request))?;
        put_mode(folder, *mode).map_err(writing(request))?;
    }
    target.sync().map_err(writing(request))
}

#[derive(Debug)]
enum Swap {
    New,
    /// What was there lies among what was staged, under the name of what took its place.
    Exchanged,
    /// What was there lies there under a name of its own.
    Aside(String),
}

fn put_one(target: &Dir, files: &Dir, name: &[u8], existing: Existing) -> io::Result<Swap> {
    let (from, to) = (files.as_fd(), target.as_fd());
    match renameat_with(from, name, to, name, RenameFlags::NOREPLACE) {
        Ok(()) => return Ok(Swap::New),
        Err(Errno::EXIST) if existing == Existing::IsReplaced => {}
        // File systems that cannot rename so: `Dir` knows another way, for names that it can hold.
        Err(Errno::INVAL | Errno::NOSYS) => {
            let path = RelPath::parse(name).map_err(io::Error::other)?;
            match files.rename_new(&path, target, &path) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists && existing == Existing::IsReplaced => {}
                other => return other.map(|()| Swap::New),
            }
        }
        Err(e) => return Err(e.into()),
    }
    match renameat_with(from, name, to, name, RenameFlags::EXCHANGE) {
        Err(Errno::INVAL | Errno::NOSYS) => {
            let aside = format!(".replaced-{}", Uuid::now_v7());
            renameat(to, name, from, aside.as_str())?;
            if let Err(why) = renameat(from, name, to, name) {
                renameat(from, aside.as_str(), to, name)?;
                return Err(why.into());
            }
            Ok(Swap::Aside(aside))
        }
        other => Ok(other.map(|()| Swap::Exchanged)?),
    }
}

fn take_back(target: &Dir, files: &Dir, name: &[u8], swap: &Swap) -> io::Result<()> {
    let (from, to) = (target.as_fd(), files.as_fd());
    match swap {
        Swap::New => renameat(from, name, to, name)?,
        Swap::Exchanged => renameat_with(from, name, to, name, RenameFlags::EXCHANGE)?,
        Swap::Aside(aside) => {
            renameat(from, name, to, name)?;
            renameat(to, aside.as_str(), from, name)?;
        }
    }
    Ok(())
}
