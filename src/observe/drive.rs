//! The drive, as last seen: whether it is there, how full it is, and which nights would have to go.
use std::sync::Arc;
use std::time::Duration;

use super::cached::{Cached, Subject, Wanted};
use super::nights::CachedSurvey;
use crate::destination::drive;
use crate::domain::failure::Failure;
use crate::domain::night::Night;
use crate::work::Tools;
use crate::work::nights::glance::{Glance, glance};

/// A drive that has not answered for this long is reported as hanging.
const HANGS: Duration = Duration::from_secs(12);
/// A night has the date of its evening, so the night of this moment is the date half a day ago.
const HALF_A_DAY: Duration = Duration::from_secs(12 * 3600);

pub type CachedDrive = Cached<Glance>;

/// Which nights would go depends on which night is still running. `survey` knows that; reading the camera's
/// database for it would make a slow database look like a drive that hangs.
pub fn cached_drive(tools: Arc<Tools>, survey: Arc<CachedSurvey>) -> Arc<CachedDrive> {
    let subject = Subject {
        name: "drive",
        look: Box::new(move |tools| glance(tools, running(tools, &survey)).map_err(Failure::from)),
        is_same: |before, now| before.id == now.id && before.plan.lines.len() == now.plan.lines.len(),
        also: |_| None,
        fresh: Duration::from_secs(30),
    };
    Cached::new(subject, tools)
}

/// The night that is still running; by the clock until the survey knows it.
fn running(tools: &Tools, survey: &Arc<CachedSurvey>) -> Option<Night> {
    let now = (tools.now)().datetime();
    match survey.seen(Wanted::Any, Duration::ZERO).seen.map(|seen| seen.found) {
        Some(Ok(survey)) => survey.running(now),
        _ => now.checked_sub(HALF_A_DAY).ok().map(|evening| Night::new(evening.date())),
    }
}

/// The configured drive, waited for at most `patience`; `None` without a drive, or until it was seen once.
pub fn seen(
    tools: &Tools,
    cached: &Arc<CachedDrive>,
    wanted: Wanted,
    patience: Duration,
) -> Option<Result<Glance, Failure>> {
    let drive = tools.nights.drive().ok()?;
    let latest = cached.seen(wanted, patience);
    if latest.looking.is_some_and(|looking| looking > HANGS) {
        return Some(Err(Failure::of(&drive::Error::Hung(drive.path.clone()))));
    }
    latest.seen.map(|seen| seen.found)
}
