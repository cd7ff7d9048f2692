//! Inspect: read an archive that someone else wrote once, so that its tree can be shown.
//!
//! The one strict pass tells everything: whether it is whole, what it says of itself, what is in it.
use crate::archive::ending::entries_of;
use crate::archive::glance::{Glance, glance, judge_end, metadata_of_damaged};
use crate::archive::index::Index;
use crate::archive::index_build::IndexBuilder;
use crate::archive::inspect::{Contents, Refusal, inspect as read_strictly};
use crate::archive::verify::verify;
use crate::catalog::{Knowledge, Known};
use crate::destination::folder::Found;
use crate::domain::archive::name::ArchiveName;
use crate::domain::failure::{Advice, Code};
use crate::domain::limits::Limits;
use crate::domain::monitor::{Monitor, Stage};
use crate::domain::restore::program::Origin;
use crate::work::archive::checked::{Checked, Finding};
use crate::work::archive::create::inside;
use crate::work::archive::salvage::{in_words, salvage};
use crate::work::{Error, Tools, aside};

/// Builds index and knowledge of `name`.
pub fn inspect(tools: &Tools, name: &ArchiveName, monitor: &dyn Monitor) -> Result<Checked, Error> {
    monitor.stages(&[Stage::Inspect]);
    monitor.stage(Stage::Inspect);
    let found = tools.folder.found(name)?;
    Ok(read_in_full(tools, &found, monitor)?.1)
}

/// Reads all of it, remembers what was found and keeps an index of a good one.
pub(crate) fn read_in_full(tools: &Tools, found: &Found, monitor: &dyn Monitor) -> Result<(Known, Checked), Error> {
    let before = tools.records().recall(&found.name, &found.fingerprint)?;
    let origin = before.as_ref().map_or(Origin::Elsewhere, |known| known.origin);
    let before_metadata = before.as_ref().and_then(|known| known.metadata.clone());
    let promised = before.and_then(|known| known.sha256);
    let outcome = match pass(tools, found, monitor) {
        Err(Error::Refused(refusal)) if refusal.code() != Code::Cancelled => Err(refusal),
        other => Ok(other?),
    };
    let now = Some((tools.now)().timestamp());
    let mut known = Known {
        fingerprint: found.fingerprint.clone(),
        state: Knowledge::Verified,
        reason: "every byte was read".into(),
        metadata: None,
        verified_at: now,
        sha256: promised.clone(),
        origin,
    };
    let finding = Finding::Whole;
    let mut checked = Checked { name: found.name.to_string(), ok: true, finding, members: 0, bytes: 0, error: None };
    match outcome {
        Ok(contents) => {
            let sum = contents.sha256.to_string();
            if promised.is_some_and(|before| before != sum) {
                known.state = Knowledge::Damaged;
                known.reason = "its SHA-256 is not the one it had when it was received".into();
            } else {
                known.sha256 = Some(sum);
            }
            (checked.members, checked.bytes) = (contents.members, contents.raw_bytes);
            known.metadata = Some(contents.metadata);
        }
        Err(refusal) => {
            // An archive that reads back differently from what was written to the disk is damaged.
            let hurt = matches!(refusal.code(), Code::Damaged | Code::Failed) || is_damaged(tools, found, monitor)?;
            known.state = if hurt { Knowledge::Damaged } else { Knowledge::Foreign };
            let salvaged = if hurt { salvage(tools, found, before_metadata.clone(), monitor)? } else { None };
            known.reason = in_words(&refusal.to_string(), salvaged.as_ref());
            known.metadata =
                salvaged.and_then(|_| metadata_of_damaged(&tools.folder.open(&found.name).ok()?)).or(before_metadata);
        }
    }
    if known.state != Knowledge::Verified {
        checked.ok = false;
        checked.finding = if known.state == Knowledge::Foreign { Finding::Foreign } else { Finding::Damaged };
        checked.error = Some(known.reason.clone());
    }
    tools.records().remember(&found.name, &known)?;
    Ok((known, checked))
}

/// True for an archive of ours that is not as it was written. A broken head in its middle looks like a
/// broken rule to a reader who knows no better.
fn is_damaged(tools: &Tools, found: &Found, monitor: &dyn Monitor) -> Result<bool, Error> {
    let file = tools.folder.open(&found.name)?;
    Ok(matches!(glance(&file), Ok(Glance::Ours(_))) && verify(&file, monitor)?.damage.is_some())
}

/// Whether the entries of an archive of ours keep every rule for archives from elsewhere, whatever stands behind
/// them or is missing there. Says why not.
pub(crate) fn keeps_the_rules(
    tools: &Tools,
    found: &Found,
    monitor: &dyn Monitor,
) -> Result<Result<(), String>, Error> {
    let file = tools.folder.open(&found.name)?;
    match read_strictly(entries_of(&file).map_err(Refusal::Input)?, &Limits::of_our_own(), &mut |_| {}, monitor) {
        Ok(_) => Ok(Ok(())),
        Err(Refusal::Cancelled(cancelled)) => Err(cancelled.into()),
        Err(refusal) => Ok(Err(refusal.to_string())),
    }
}

/// An index in a temporary file, for an archive beside which none can be put: the file of that name there
/// belongs to somebody else, and stays. `None` when the archive cannot be read to its end.
pub(crate) fn index_apart(tools: &Tools, found: &Found, monitor: &dyn Monitor) -> Result<Option<Index>, Error> {
    let file = tools.folder.open(&found.name)?;
    let workspace = aside::workspace(tools, 0)?;
    let path = workspace.path().join("index");
    let mut members = IndexBuilder::create(&path)?;
    let mut trouble = None;
    let mut add = |member| {
        if trouble.is_none() {
            trouble = members.add(&member).err();
        }
    };
    let input = file.try_clone().map_err(Refusal::Input)?;
    let contents = match read_strictly(input, &Limits::of_our_own(), &mut add, monitor) {
        Err(Refusal::Cancelled(cancelled)) => return Err(cancelled.into()),
        Err(_) => return Ok(None),
        Ok(contents) => contents,
    };
    if let Some(error) = trouble {
        return Err(error.into());
    }
    members.finish(&contents.metadata, &file)?;
    // The open file outlives its name.
    Ok(Index::open(&path, &file)?)
}

/// The strict pass. Without an index where the folder cannot be written to.
fn pass(tools: &Tools, found: &Found, monitor: &dyn Monitor) -> Result<Contents, Error> {
    let file = tools.folder.open(&found.name)?;
    judge_end(&file)?;
    let read = || file.try_clone().map_err(|e| Error::Refused(Refusal::Input(e)));
    let limits = match glance(&file).map_err(Refusal::Input)? {
        Glance::Ours(_) => Limits::of_our_own(),
        _ => Limits::default(),
    };
    let Ok(workspace) = tools.folder.workspace() else {
        return Ok(read_strictly(read()?, &limits, &mut |_| {}, monitor)?);
    };
    let index = inside(&workspace, "index")?;
    let mut members = IndexBuilder::create(&workspace.path().join(index.as_path()))?;
    let mut trouble = None;
    let contents = read_strictly(
        read()?,
        &limits,
        &mut |member| {
            if trouble.is_none() {
                trouble = members.add(&member).err();
            }
        },
        monitor,
    )?;
    if let Some(error) = trouble {
        return Err(error.into());
    }
    members.finish(&contents.metadata, &file)?;
    tools.folder.put_index(&workspace, &index, &found.name)?;
    Ok(contents)
}
