//! A night that is no longer on the drive is remembered as deleted, so that it is not copied again, and
//! its owner is told, in one step.
use super::Error;
use crate::base::counted::counted;
use crate::catalog::KnownNight;
use crate::destination::drive::Ready;
use crate::destination::night_store::LeftBehind;
use crate::domain::mail::deletion::{Gone, message};
use crate::domain::mail::{Course, Kind};
use crate::domain::monitor::Monitor;
use crate::domain::night::Night;
use crate::domain::nights::state::NightState;
use crate::work::Tools;
use crate::work::mail::letter;

/// Tells the owner where files of other programs from the folder of a deleted night are now.
pub(super) fn tell_of_left(ready: &Ready, night: Night, left: Option<LeftBehind>, monitor: &dyn Monitor) {
    if let Some(LeftBehind { place, files }) = left {
        let place = ready.dir().path().join(place.as_path());
        let night = night.date();
        monitor.warn(format!(
            "the folder of the night {night} had {} of other programs; look for them in {}",
            counted(files, "file"),
            place.display()
        ));
    }
}

/// Remembers the night as deleted. `row` is its row from when it was on the drive; its `deleted_at` names this
/// deletion.
pub(super) fn remember_gone(tools: &Tools, ready: &Ready, row: KnownNight) -> Result<(), Error> {
    let now = (tools.now)().timestamp();
    let source = tools.nights.source.software();
    let (night, deleted_at) = (row.night.date().to_string(), row.deleted_at.unwrap_or(now));
    let gone = Gone { night: night.clone(), avg_stars: row.avg_stars, moon_pct: row.moon_pct, bytes: row.bytes };
    let occasion = format!("{source}:{night}:{}", deleted_at.as_millisecond());
    let letter = letter(tools, Kind::NightDeleted, Course::Smooth, &occasion, |origin| {
        message(origin, &gone, ready.disk().ok().as_ref())
    });
    let row = KnownNight { state: NightState::Deleted, deleted_at: Some(deleted_at), ..row };
    Ok(tools.catalog.put_night_and_tell(source, &row, letter.as_ref(), now)?)
}
