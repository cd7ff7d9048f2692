//! A saved night is read again from the drive and compared with its list.
use std::collections::HashSet;

use serde::Serialize;

use super::survey::some;
use super::{Error, adopt};
use crate::base::rel_path::RelPath;
use crate::catalog::KnownNight;
use crate::destination::drive::Ready;
use crate::destination::night_store::{NightStore, is_of_a_camera};
use crate::domain::monitor::{Monitor, Stage};
use crate::domain::night::Night;
use crate::domain::nights::file_list::Filed;
use crate::domain::nights::manifest::Manifest;
use crate::domain::nights::state::NightState;
use crate::domain::retention::nights::Verified;
use crate::transfer::copy_files::FileCopier;
use crate::work::{Tools, iso};

#[derive(Debug, Clone, Serialize)]
pub struct CheckedNight {
    pub night: String,
    pub ok: bool,
    pub files: u64,
    pub timelapses: u64,
    pub bytes: u64,
    /// What others put there: no reason to call the night damaged.
    #[serde(skip_serializing_if = "is_none")]
    pub foreign: u64,
    pub troubles: Vec<String>,
}

/// `named` nights, or all that have a list of files.
pub(super) fn verify(
    tools: &Tools,
    ready: &Ready,
    named: &[Night],
    monitor: &dyn Monitor,
) -> Result<Vec<CheckedNight>, Error> {
    adopt::adopt(tools, ready, monitor)?;
    monitor.stage(Stage::Verify);
    let store = NightStore::new(ready.dir());
    let nights = match named {
        [] => store.nights().map_err(Error::io("the nights could not be read"))?,
        named => named.to_vec(),
    };
    let mut lists: Vec<(Manifest, Lists)> = Vec::new();
    for night in nights {
        let manifest = store.manifest(night).map_err(Error::io("a manifest could not be read"))?;
        let list = store.file_list(night).map_err(Error::io("a list of files could not be read"))?;
        match (manifest, list) {
            (Some(manifest), Some(files)) => {
                let films = store.film_list(night).map_err(Error::io("a list of timelapses could not be read"))?;
                lists.push((manifest, Lists { files, films: films.unwrap_or_default() }));
            }
            _ if named.is_empty() => {
                monitor.warn(format!("the night {} has no list of files; saving it again makes one", night.date()));
            }
            _ => return Err(Error::NoCopy(night)),
        }
    }
    let total = lists.iter().flat_map(|(_, lists)| lists.files.iter().chain(&lists.films)).map(|f| f.bytes).sum();
    let mut reader = FileCopier::new(ready.dir(), ready.dir(), total, monitor);
    let mut checked = Vec::new();
    for (manifest, lists) in lists {
        checked.push(check(tools, ready, manifest, &lists, &mut reader)?);
    }
    Ok(checked)
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

/// What belongs to a night.
struct Lists {
    files: Vec<Filed>,
    films: Vec<Filed>,
}

fn check(
    tools: &Tools,
    ready: &Ready,
    mut manifest: Manifest,
    lists: &Lists,
    reader: &mut FileCopier<'_>,
) -> Result<CheckedNight, Error> {
    let (store, night, source) = (NightStore::new(ready.dir()), manifest.night, tools.nights.source.software());
    let (missing, changed) = compare(&NightStore::folder(night), &lists.files, reader)?;
    let (films_missing, films_changed) = compare(&NightStore::film_folder(night), &lists.films, reader)?;
    let listed: HashSet<&RelPath> = lists.files.iter().map(|file| &file.path).collect();
    let found = store.contents(night).map_err(Error::io("a night could not be read"))?;
    let others = found.files.iter().map(|(path, _)| path).filter(|path| !listed.contains(path));
    // A picture that nobody listed may be one that was to be saved; notes and thumbnails are not.
    let (strays, foreign): (Vec<&RelPath>, Vec<&RelPath>) = others.partition(|path| is_of_a_camera(path));
    let foreign = foreign.len() as u64 + found.litter;
    let strays: Vec<String> = strays.iter().map(ToString::to_string).collect();
    let findings = [
        (missing, "files are missing"),
        (changed, "files changed"),
        (strays, "files do not belong here"),
        (films_missing, "timelapses are missing"),
        (films_changed, "timelapses changed"),
    ];
    let mut troubles: Vec<String> =
        findings.iter().filter(|(names, _)| !names.is_empty()).map(|(names, what)| some(what, names)).collect();
    if lists.files.is_empty() {
        troubles.push("there is not a single picture".to_owned());
    }
    ready.recheck()?;
    let now = (tools.now)();
    let ok = troubles.is_empty();
    let was_failed = manifest.verified == Verified::No;
    if !ok {
        manifest.verified = Verified::No;
        store.put_manifest(&manifest).map_err(Error::io("the manifest could not be written"))?;
    } else if !was_failed {
        manifest.verified_at = iso(&now);
        store.put_manifest(&manifest).map_err(Error::io("the manifest could not be written"))?;
    } else {
        troubles.push("every file is as it was copied, but the night was not complete then".to_owned());
    }
    if let Some(row) = tools.catalog.night(source, night)? {
        let row = match ok {
            true if was_failed => row,
            true => KnownNight { state: NightState::Verified, verified_at: Some(now.timestamp()), ..row },
            false => KnownNight { state: NightState::Failed, reason: troubles.join("; "), ..row },
        };
        tools.catalog.put_night(source, &row, (tools.now)().timestamp())?;
    }
    Ok(CheckedNight {
        night: night.date().to_string(),
        ok: ok && !was_failed,
        files: lists.files.len() as u64,
        timelapses: lists.films.len() as u64,
        bytes: lists.files.iter().chain(&lists.films).map(|file| file.bytes).sum(),
        foreign,
        troubles,
    })
}

/// Names of those that are not there, and of those that are not as they were saved.
fn compare(folder: &RelPath, list: &[Filed], reader: &mut FileCopier<'_>) -> Result<(Vec<String>, Vec<String>), Error> {
    let (mut missing, mut changed) = (Vec::new(), Vec::new());
    for file in list {
        let path = folder.join(file.path.as_bytes());
        let path = path.map_err(|why| Error::io("a name on the drive is odd")(std::io::Error::other(why)))?;
        match reader.read_back(&path)? {
            None => missing.push(file.path.to_string()),
            Some(found) if found == (file.bytes, file.hash) => {}
            Some(_) => changed.push(file.path.to_string()),
        }
    }
    Ok((missing, changed))
}
