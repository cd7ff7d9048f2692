//! The catalog learns what is on the drive: after a new installation, after a crash, and when the
//! drive was used elsewhere. What an earlier run did not finish deleting is deleted.
use std::collections::{BTreeSet, HashSet};

use super::Error;
use super::gone::{remember_gone, tell_of_left};
use super::places::place_of;
use crate::base::rel_path::RelPath;
use crate::catalog::KnownNight;
use crate::destination::drive::Ready;
use crate::destination::night_store::NightStore;
use crate::domain::monitor::Monitor;
use crate::domain::night::Night;
use crate::domain::nights::manifest::Manifest;
use crate::domain::nights::state::NightState;
use crate::domain::restore::check::few;
use crate::domain::retention::nights::Verified;
use crate::work::Tools;

pub(super) fn adopt(tools: &Tools, ready: &Ready, monitor: &dyn Monitor) -> Result<(), Error> {
    finish_deleting(tools, ready, monitor)?;
    learn(tools, ready, monitor)
}

fn finish_deleting(tools: &Tools, ready: &Ready, monitor: &dyn Monitor) -> Result<(), Error> {
    let store = NightStore::new(ready.dir());
    let source = tools.nights.source.software();
    let on_drive: BTreeSet<Night> =
        store.nights().map_err(Error::io("the nights could not be read"))?.into_iter().collect();
    for (trash, night) in store.trash().map_err(Error::io("the drive could not be read"))? {
        let left = store.remove(&trash, night).map_err(Error::io(format!("{trash} could not be deleted")))?;
        tell_of_left(ready, night, left, monitor);
        if let Some(row) = tools.catalog.night(source, night)?.filter(|_| !on_drive.contains(&night)) {
            remember_gone(tools, ready, row)?;
        }
    }
    Ok(())
}

/// Reads the drive, and changes nothing on it.
pub(super) fn learn(tools: &Tools, ready: &Ready, monitor: &dyn Monitor) -> Result<(), Error> {
    let store = NightStore::new(ready.dir());
    let source = tools.nights.source.software();
    let on_drive: BTreeSet<Night> =
        store.nights().map_err(Error::io("the nights could not be read"))?.into_iter().collect();
    for night in &on_drive {
        let manifest = store.manifest(*night).map_err(Error::io("a manifest could not be read"))?;
        let known = tools.catalog.night(source, *night)?;
        if let Some(manifest) = manifest.filter(|m| m.source.is_empty() || m.source == source.as_str())
            && let Some(row) = learned(&manifest, known, ready)
            && !is_of_another_camera(tools, &store, &manifest)?
        {
            tools.catalog.put_night(source, &row, (tools.now)().timestamp())?;
        }
    }
    let id = ready.id().to_string();
    let mut elsewhere = Vec::new();
    for row in tools.catalog.nights(source)? {
        if on_drive.contains(&row.night) {
            continue;
        }
        let is_of_this_drive = row.drive.as_ref() == Some(&id);
        match row.state {
            NightState::Verified if is_of_this_drive => {
                monitor.warn(format!("the copy of the night {} is no longer on the drive", row.night.date()));
                forget_copy(tools, row)?;
            }
            NightState::Verified if row.drive.is_some() && camera_has(tools, row.night) => {
                elsewhere.push(row.night.date().to_string());
                forget_copy(tools, row)?;
            }
            _ if !is_of_this_drive => {}
            // Killed after its last file was deleted, and before that was written down.
            NightState::Deleting => remember_gone(tools, ready, row)?,
            _ => {}
        }
    }
    if !elsewhere.is_empty() {
        monitor.warn(format!("the copies of these nights are on another drive than this one: {}", few(&elsewhere)));
    }
    Ok(())
}

/// The night counts as not saved.
fn forget_copy(tools: &Tools, row: KnownNight) -> Result<(), Error> {
    let measured = KnownNight { state: NightState::Measured, verified_at: None, drive: None, ..row };
    Ok(tools.catalog.put_night(tools.nights.source.software(), &measured, (tools.now)().timestamp())?)
}

/// Whether the camera could give the night once more. A night that it has deleted stays known with the drive that its
/// copy is on.
fn camera_has(tools: &Tools, night: Night) -> bool {
    tools.nights.source.files(night).is_ok_and(|files| !files.frames.is_empty())
}

/// Two cameras that share one folder of a drive: hardly a file of this copy is called like a picture
/// that ours took in that night (some are, by chance, as names are seconds). A copy of which ours has
/// nothing left is believed to be ours.
pub(super) fn is_of_another_camera(tools: &Tools, store: &NightStore<'_>, manifest: &Manifest) -> Result<bool, Error> {
    let (source, night) = (&tools.nights.source, manifest.night);
    if manifest.camera.is_empty() && manifest.host == tools.nights.host {
        return Ok(false);
    }
    let list = store.file_list(night).map_err(Error::io("a list of files could not be read"))?;
    let Some(list) = list.filter(|list| !list.is_empty()) else { return Ok(false) };
    let listed: HashSet<&RelPath> = list.iter().map(|file| &file.path).collect();
    let start = NightStore::folder(night).as_bytes().len() + 1;
    // Pictures that cannot be read tell nothing of another camera.
    let frames = source.files(night).map(|files| files.frames).unwrap_or_default();
    let ours = frames.iter().filter_map(|frame| place_of(source.as_ref(), night, &frame.path));
    let ours: Vec<RelPath> = ours.filter_map(|place| RelPath::parse(place.as_bytes().get(start..)?).ok()).collect();
    let common = ours.iter().filter(|path| listed.contains(path)).count();
    Ok(common * 2 < ours.len().min(listed.len()))
}

/// What the manifest says, when the catalog does not know it; `None` when it does.
fn learned(manifest: &Manifest, known: Option<KnownNight>, ready: &Ready) -> Option<KnownNight> {
    let state = if manifest.verified == Verified::Yes { NightState::Verified } else { NightState::Copying };
    match &known {
        Some(row) if row.state == state => return None,
        // The reason of the failure stays: it says more than "not verified".
        Some(row) if row.state == NightState::Failed && state == NightState::Copying => return None,
        _ => {}
    }
    let row = known.unwrap_or_else(|| KnownNight::new(manifest.night, state));
    Some(KnownNight {
        camera_dir: manifest.camera.clone(),
        images: manifest.images_db.or(row.images),
        avg_stars: manifest.avg_stars.or(row.avg_stars),
        moon_pct: manifest.moon_pct.or(row.moon_pct),
        class: Some(manifest.class),
        reason: if row.reason.is_empty() { "found on the drive".to_owned() } else { row.reason.clone() },
        state,
        files: manifest.images_backup.unwrap_or(row.files),
        bytes: manifest.bytes.unwrap_or(row.bytes),
        pinned: manifest.pinned,
        drive: Some(ready.id().to_string()),
        verified_at: manifest.verified_at.parse().ok().or(row.verified_at),
        deleted_at: None,
        ..row
    })
}
