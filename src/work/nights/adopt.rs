//! The catalog learns what is on the drive: after a new installation, after a crash, and when the
//! drive was used elsewhere. What an earlier run did not finish deleting is deleted.
use std::collections::BTreeSet;

use super::Error;
use super::gone::remember_gone;
use crate::catalog::KnownNight;
use crate::destination::drive::Ready;
use crate::destination::shelf::Shelf;
use crate::domain::monitor::Monitor;
use crate::domain::night::Night;
use crate::domain::nights::manifest::Manifest;
use crate::domain::nights::state::NightState;
use crate::domain::retention::nights::Verified;
use crate::work::Tools;

pub(super) fn adopt(tools: &Tools, ready: &Ready, monitor: &dyn Monitor) -> Result<(), Error> {
    let shelf = Shelf::new(ready.dir());
    let source = tools.nights.source.name();
    let on_drive: BTreeSet<Night> =
        shelf.nights().map_err(Error::io("the nights could not be read"))?.into_iter().collect();
    for (trash, night) in shelf.trash().map_err(Error::io("the drive could not be read"))? {
        shelf.remove(&trash).map_err(Error::io(format!("{trash} could not be deleted")))?;
        if let Some(row) = tools.catalog.night(source, night)?.filter(|_| !on_drive.contains(&night)) {
            remember_gone(tools, ready, row)?;
        }
    }
    for night in &on_drive {
        let manifest = shelf.manifest(*night).map_err(Error::io("a manifest could not be read"))?;
        let known = tools.catalog.night(source, *night)?;
        if let Some(manifest) = manifest.filter(|m| m.source.is_empty() || m.source == source)
            && let Some(row) = learned(&manifest, known, ready)
        {
            tools.catalog.put_night(source, &row)?;
        }
    }
    let id = ready.id().to_string();
    for row in tools.catalog.nights(source)? {
        if row.drive.as_ref() == Some(&id) && row.state == NightState::Verified && !on_drive.contains(&row.night) {
            monitor.warn(format!("the copy of the night {} is no longer on the drive", row.night.date()));
            tools.catalog.put_night(source, &KnownNight { state: NightState::Measured, verified_at: None, ..row })?;
        }
    }
    Ok(())
}

/// What the manifest says, when the catalog does not know it; `None` when it does.
fn learned(manifest: &Manifest, known: Option<KnownNight>, ready: &Ready) -> Option<KnownNight> {
    let state = if manifest.verified == Verified::Yes { NightState::Verified } else { NightState::Copying };
    match &known {
        Some(row) if row.state == state => return None,
        // Why it failed is worth more than that it is not verified.
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
