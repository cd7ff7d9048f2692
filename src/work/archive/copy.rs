//! Copy an archive to another destination, or move it there.
//!
//! Invariant: the original goes only when the copy was read back from its disk and every checksum in it was right. An
//! archive that lies there already is never replaced.
use std::fs::{File, FileTimes};
use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use super::verify;
use crate::archive::index::Index;
use crate::archive::stream_sums::Sums;
use crate::base::digest::Sha256;
use crate::base::plain::{open_plain, read_plain};
use crate::base::rel_path::RelPath;
use crate::catalog::{Knowledge, Known};
use crate::destination::folder::{self, Found};
use crate::destination::store::{Naming, StoreAs};
use crate::destination::workspace::Workspace;
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::name::ArchiveName;
use crate::domain::archive::note::ArchiveNote;
use crate::domain::archive::proof::{StreamDigest, Written};
use crate::domain::destination::DestinationName;
use crate::domain::monitor::{Monitor, Stage, protect};
use crate::domain::order::Original;
use crate::domain::restore::program::Origin;
use crate::domain::retention::nights::Pinned;
use crate::transfer::copy_stream::copy_stream;
use crate::transfer::read_back::read_back;
use crate::work::archive::create::{inside, prepare, scratch};
use crate::work::archive::upload::{create, on_disk};
use crate::work::noted::{GONE, IN_PLACE, Noted, PartMonitor};
use crate::work::{Error, Tools};

/// Archive, sidecar and index.
const INODES: u64 = 3;
/// Longer than the metadata of any archive that we or the panel make.
const MOST_SIDECAR: u64 = 64 << 20;

/// Where an archive is copied from and to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route<'a> {
    pub from: &'a DestinationName,
    pub to: &'a DestinationName,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Copied {
    pub name: String,
    pub from: DestinationName,
    pub to: DestinationName,
    pub bytes: u64,
    pub sha256: String,
    /// It lay there already, byte for byte.
    pub was_there: bool,
    /// The original is gone.
    pub moved: bool,
    /// What is wrong with the copy, and so with the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
    pub warnings: Vec<String>,
}

/// Copies `name`. A second run does nothing but read the copy again. Given up in words when one of both destinations no
/// longer answers.
pub fn copy(
    tools: &Tools,
    name: &ArchiveName,
    route: &Route<'_>,
    original: Original,
    monitor: &dyn Monitor,
) -> Result<Copied, Error> {
    if route.from == route.to {
        return Err(Error::OneDestination(route.to.clone()));
    }
    let (name, from, to) = (name.clone(), route.from.clone(), route.to.clone());
    tools.watched(&[route.from, route.to], monitor, move |tools, monitor| {
        copy_here(tools, &name, &Route { from: &from, to: &to }, original, monitor)
    })
}

fn copy_here(
    tools: &Tools,
    name: &ArchiveName,
    route: &Route<'_>,
    original: Original,
    monitor: &dyn Monitor,
) -> Result<Copied, Error> {
    let noted = Noted::new(monitor);
    noted.stages(match original {
        Original::Stays => &[Stage::CopyArchive, Stage::ReadBack, Stage::Store, Stage::Verify],
        Original::Goes => &[Stage::CopyArchive, Stage::ReadBack, Stage::Store, Stage::Verify, Stage::Delete],
    });
    noted.stage(Stage::CopyArchive);
    let from = match original {
        Original::Stays => tools.taking_from(route.from)?,
        Original::Goes => tools.on(route.from)?,
    };
    let to = tools.on(route.to)?;
    let Settled { bytes, sha256, was_there, checked } = settle(&from, name, &to, &noted)?;
    let moved = original == Original::Goes && checked.ok;
    if moved {
        noted.stage(Stage::Delete);
        let _removing = protect(&noted, GONE)?;
        from.folder.remove(name)?;
        from.records().forget(name)?;
        from.records().forget_marks(name)?;
    }
    Ok(Copied {
        name: name.to_string(),
        from: route.from.clone(),
        to: route.to.clone(),
        bytes,
        sha256: sha256.to_string(),
        was_there,
        moved,
        damage: checked.error,
        warnings: noted.warnings(),
    })
}

/// An archive that lies at its second place.
pub(in crate::work) struct Settled {
    pub bytes: u64,
    pub sha256: Sha256,
    /// It lay there already, byte for byte.
    pub was_there: bool,
    /// What every checksum in the copy says.
    pub checked: verify::Checked,
}

/// Lets `name` lie where `to` works as well, and reads the copy.
pub(in crate::work) fn settle(
    from: &Tools,
    name: &ArchiveName,
    to: &Tools,
    noted: &Noted<'_>,
) -> Result<Settled, Error> {
    let found = from.folder.found(name)?;
    prepare(to, noted)?;
    let (sha256, was_there) = match to.folder.found(name) {
        Ok(there) => (same(from, &found, to, &there, noted)?, true),
        Err(folder::Error::NoArchive(_)) => (bring(from, &found, to, noted)?, false),
        Err(other) => return Err(other.into()),
    };
    noted.stage(Stage::Verify);
    let checked = verify::check(to, &to.folder.found(name)?, noted)?;
    Ok(Settled { bytes: found.bytes, sha256, was_there, checked })
}

/// Copies the bytes, reads them back, and gives the copy its name and all that is known of the original.
fn bring(from: &Tools, found: &Found, to: &Tools, noted: &Noted<'_>) -> Result<Sha256, Error> {
    let name = &found.name;
    to.folder.sweep()?;
    to.folder.preflight(found.bytes, INODES)?;
    let known = from.records().recall(name, &found.fingerprint)?;
    let workspace = to.folder.workspace()?;
    let archive = from.folder.open(name)?;
    let mut out = create(&workspace, "archive")?;
    let (bytes, sums) = read_all(from, found, &archive, noted, &mut |piece| {
        out.write_all(piece).map_err(|source| scratch(&workspace, source))
    })?;
    if known.as_ref().and_then(|known| known.sha256.as_ref()).is_some_and(|sum| *sum != sums.sha256.to_string()) {
        return Err(Error::Rotten(name.clone()));
    }
    let file = on_disk(&workspace, out)?;
    keep_time(&archive, &file);
    noted.stage(Stage::ReadBack);
    let copied = inside(&workspace, "archive")?;
    let written = Written::new(workspace.path().join(copied.as_path()), bytes, StreamDigest(sums.blake3));
    let proved = read_back(written, noted)?;
    noted.stage(Stage::Store);
    let _placing = protect(noted, IN_PLACE)?;
    let reserved = to.folder.reserve(&Naming::Given(name.clone()))?;
    if reserved.name() != name {
        return Err(folder::Error::Taken(name.clone()).into());
    }
    let sidecar = sidecar(from, name, &workspace)?;
    let index = index(from, name, &archive, &workspace)?;
    to.folder.store(&workspace, proved, StoreAs { name: reserved, sidecar, index })?;
    tell_catalog(from, known, to, name, &sums.sha256)?;
    Ok(sums.sha256)
}

/// The digest of two archives that are the same, byte for byte; refuses where another one has the name.
fn same(from: &Tools, found: &Found, to: &Tools, there: &Found, noted: &Noted<'_>) -> Result<Sha256, Error> {
    let other = || Error::OtherThere { name: found.name.clone(), destination: to.folder.destination().clone() };
    if found.bytes != there.bytes {
        return Err(other());
    }
    let total = found.bytes * 2;
    let sum = |tools: &Tools, one: &Found, before| {
        let part = PartMonitor { inner: noted, before, share: one.bytes, total };
        read_all(tools, one, &tools.folder.open(&one.name)?, &part, &mut |_| Ok(()))
    };
    let ((_, ours), (_, theirs)) = (sum(from, found, 0)?, sum(to, there, found.bytes)?);
    if ours.sha256 == theirs.sha256 { Ok(ours.sha256) } else { Err(other()) }
}

/// Reads the whole file once and passes it on in pieces.
fn read_all(
    tools: &Tools,
    found: &Found,
    file: &File,
    monitor: &dyn Monitor,
    take: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(u64, Sums), Error> {
    let unreadable = |source| Error::Source { path: tools.folder.path().join(found.name.as_str()), source };
    copy_stream(file, found.bytes, &unreadable, take, monitor)
}

/// A copy is as old as its original, which also keeps its list of files valid. Where a share takes no times the copy
/// has those of its making, and its list is made anew.
fn keep_time(original: &File, copy: &File) {
    if let Ok(modified) = original.metadata().and_then(|about| about.modified()) {
        let _ = copy.set_times(FileTimes::new().set_modified(modified));
    }
}

/// The description beside the original; `None` where there is none that can be read.
fn sidecar(from: &Tools, name: &ArchiveName, workspace: &Workspace) -> Result<Option<RelPath>, Error> {
    let text = read_plain(&from.folder.sidecar_path(name), MOST_SIDECAR).ok();
    match text.filter(|text| serde_json::from_slice::<Metadata>(text).is_ok()) {
        Some(text) => put(workspace, "metadata.json", &mut text.as_slice()).map(Some),
        None => Ok(None),
    }
}

/// The list of files beside the original; `None` where there is none that fits it.
fn index(from: &Tools, name: &ArchiveName, archive: &File, workspace: &Workspace) -> Result<Option<RelPath>, Error> {
    let path = from.folder.index_path(name);
    if !matches!(Index::open(&path, archive), Ok(Some(_))) {
        return Ok(None);
    }
    match open_plain(&path) {
        Ok(mut file) => put(workspace, "index", &mut file).map(Some),
        Err(_) => Ok(None),
    }
}

fn put(workspace: &Workspace, name: &str, from: &mut dyn Read) -> Result<RelPath, Error> {
    let name = inside(workspace, name)?;
    let made = workspace.dir().create_new(&name).and_then(|mut to| io::copy(from, &mut to));
    made.map_err(|source| scratch(workspace, source))?;
    Ok(name)
}

/// The copy is known as the original is, and has its pin and its note. No plan made it, so no plan deletes it.
fn tell_catalog(
    from: &Tools,
    known: Option<Known>,
    to: &Tools,
    name: &ArchiveName,
    sha256: &Sha256,
) -> Result<(), Error> {
    let there = to.folder.found(name)?;
    let origin = known.as_ref().map_or(Origin::Elsewhere, |known| known.origin);
    to.records().remember(
        name,
        &Known {
            fingerprint: there.fingerprint,
            state: Knowledge::Unverified,
            reason: "copied and read back".into(),
            metadata: known.and_then(|known| known.metadata),
            verified_at: None,
            sha256: Some(sha256.to_string()),
            origin,
        },
    )?;
    to.records().forget_marks(name)?;
    if let Some(marks) = from.records().marks()?.get(name.as_str()) {
        if marks.pinned == Pinned::Yes {
            to.records().pin_archive(name, Pinned::Yes)?;
        }
        if let Ok(note) = ArchiveNote::parse(&marks.note) {
            to.records().note_archive(name, &note)?;
        }
    }
    Ok(())
}
