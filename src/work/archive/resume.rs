//! Resume: an upload that comes in pieces, over days if it must. It is checked while it comes, and again from
//! its first byte after a restart.
//!
//! Invariant: what breaks a rule leaves nothing, what merely stopped stays, and neither is ever a backup.
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use uuid::Uuid;

use crate::archive::index_build::IndexBuilder;
use crate::destination::folder;
use crate::destination::upload::{About, PACKED, Upload, UploadState};
use crate::destination::upload_reader::{UploadReader, UploadWriter};
use crate::domain::believable::LONGEST_STEP;
use crate::domain::monitor::{Monitor, Stage, Unwatched};
use crate::domain::retention::decision::RetentionGate;
use crate::work::archive::arriving::{Arriving, pack};
use crate::work::archive::create::{inside, prepare, scratch};
use crate::work::archive::upload::Imported;
use crate::work::archive::upload::{Copy, create, keep, on_disk, take};
use crate::work::noted::Noted;
use crate::work::retention_gate::retention_gate;
use crate::work::{Error, Tools};

/// Unfinished uploads there may be.
const MOST: usize = 8;
/// How long a part is kept to which nothing comes, in seconds.
pub const KEPT_S: i64 = 7 * 24 * 3600;
/// How long the check waits for the next byte before it ends; when the upload goes on the check starts again.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
const INODES: u64 = 16;

/// Makes room for an upload that was announced. Refuses what the disk cannot take, together with all that
/// is still to come of others.
pub fn begin(tools: &Tools, about: About) -> Result<Upload, Error> {
    prepare(tools, &Unwatched)?;
    sweep(tools)?;
    let others = partial(tools)?;
    if others.len() >= MOST {
        return Err(Error::ManyParts(others.len()));
    }
    let promised: u64 = others.iter().map(|other| other.about.bytes - other.received).sum();
    tools.folder.preflight(about.bytes.saturating_add(promised), INODES)?;
    Ok(tools.folder.new_part(about)?)
}

/// The part `id` of `whose`, to go on with.
pub fn reopen(tools: &Tools, id: Uuid, whose: &str) -> Result<Upload, Error> {
    let part = owned(tools, id, whose)?;
    tools.folder.preflight(part.about.bytes - part.received, INODES)?;
    Ok(tools.folder.part(id)?)
}

/// What is known of the part `id`, when it is of `whose`.
pub fn owned(tools: &Tools, id: Uuid, whose: &str) -> Result<UploadState, Error> {
    let found = partial(tools)?.into_iter().find(|part| part.id == id && part.about.whose == whose);
    found.ok_or(Error::Folder(folder::Error::NoUpload(id)))
}

/// Unfinished uploads, oldest first.
pub fn partial(tools: &Tools) -> Result<Vec<UploadState>, Error> {
    let fresh = stale_before(tools)?;
    let mut parts = tools.folder.parts()?;
    parts.retain(|part| part.touched >= fresh);
    Ok(parts)
}

/// Takes away what is of no use any more.
pub fn sweep(tools: &Tools) -> Result<usize, Error> {
    Ok(tools.folder.sweep_parts(stale_before(tools)?)?)
}

/// The time before which an upload is stale. No upload is stale while the clock is in doubt.
fn stale_before(tools: &Tools) -> Result<i64, Error> {
    Ok(match retention_gate(tools, LONGEST_STEP)? {
        RetentionGate::Sound => (tools.now)().timestamp().as_second() - KEPT_S,
        RetentionGate::Frozen | RetentionGate::ClockDoubtful => i64::MIN,
    })
}

/// Both ends of a part: one for the request that brings the bytes, one for [`follow`].
pub fn ends(part: &Upload) -> Result<(UploadWriter, UploadReader), Error> {
    part.ends(PATIENCE).map_err(|e| scratch(part.workspace(), e))
}

/// Checks what is there and what still comes, and stores it when all of it is good.
pub fn follow(tools: &Tools, mut part: Upload, tail: UploadReader, monitor: &dyn Monitor) -> Result<Imported, Error> {
    let followed = check(tools, &part, tail, monitor);
    match &followed {
        Ok(_) => part.discard(),
        Err(Error::Waiting { .. }) => {}
        // A full disk can be made larger; a refusal, a cancel or a disk that lies cannot be mended by waiting.
        Err(Error::Scratch { .. } | Error::Index(_) | Error::Folder(_) | Error::Catalog(_)) => {}
        Err(_) => part.discard(),
    }
    followed
}

fn check(tools: &Tools, part: &Upload, tail: UploadReader, monitor: &dyn Monitor) -> Result<Imported, Error> {
    let noted = Noted::new(monitor);
    noted.stages(&[Stage::Receive, Stage::ReadBack, Stage::Store]);
    noted.stage(Stage::Receive);
    let workspace = part.workspace();
    let members = IndexBuilder::create(&workspace.path().join(inside(workspace, "index")?.as_path()))?;
    let (expected, file_name) = (part.about().bytes, part.about().file_name.as_str());
    let tail = Arriving::look(tail, &noted);
    let read = AtomicU64::new(0);
    if tail.is_plain_tar() {
        let copy = Copy::new(pack(tail, Some(expected), &read), create(workspace, PACKED)?, None, &noted);
        let waits = |error| waiting(error, expected, Some(read.load(Ordering::Relaxed)));
        let (taken, file) = take(workspace, copy, members, &noted).map_err(waits)?;
        return keep(tools, workspace, (PACKED, on_disk(workspace, file)?), file_name, taken, &noted);
    }
    let copy = Copy::new(tail, io::sink(), Some(expected), &noted);
    let (taken, _) = take(workspace, copy, members, &noted).map_err(|error| waiting(error, expected, None))?;
    let file = part.bytes().map_err(|e| scratch(workspace, e))?;
    file.sync_all().map_err(|e| scratch(workspace, e))?;
    keep(tools, workspace, (Upload::bytes_name(), file), file_name, taken, &noted)
}

/// A line that broke is no end: the rest may still come.
fn waiting(error: Error, expected: u64, read: Option<u64>) -> Error {
    match error {
        Error::Broken { received, source, .. } => {
            Error::Waiting { received: read.unwrap_or(received), expected, source }
        }
        other => other,
    }
}
