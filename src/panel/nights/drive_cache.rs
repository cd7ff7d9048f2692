//! The drive as last seen: is it there, how full, and what would have to go.
use std::sync::Arc;
use std::time::Duration;

use super::lately::{Lately, Subject, Wanted};
use super::survey_cache::SurveyCache;
use crate::destination::drive;
use crate::domain::failure::Failure;
use crate::domain::night::Night;
use crate::panel::desk::Desk;
use crate::work::Tools;
use crate::work::nights::glance::{Glance, glance};

/// A drive that has not answered for so long is said to hang.
const HANGS: Duration = Duration::from_secs(12);
/// A night has the name of its evening.
const HALF_A_DAY: Duration = Duration::from_secs(12 * 3600);

pub type DriveCache = Lately<Glance>;

/// What the drive would give up depends on which night is not over, and `surveys` knows that: the camera's
/// database is not read for it, or a slow one would be taken for a drive that hangs.
pub fn drive_cache(
    tools: Arc<Tools>,
    surveys: Arc<SurveyCache>,
    told: tokio::sync::watch::Sender<u64>,
) -> Arc<DriveCache> {
    let subject = Subject {
        name: "drive",
        look: Box::new(move |tools| glance(tools, running(tools, &surveys)).map_err(|error| Failure::from(&error))),
        is_same: |before, now| before.id == now.id && before.plan.lines.len() == now.plan.lines.len(),
        fresh: Duration::from_secs(30),
    };
    Lately::new(subject, tools, told)
}

/// While nobody knows it, the night of this moment.
fn running(tools: &Tools, surveys: &Arc<SurveyCache>) -> Option<Night> {
    let now = (tools.now)().datetime();
    match surveys.seen(Wanted::Any, Duration::ZERO).seen.map(|seen| seen.found) {
        Some(Ok(survey)) => survey.running(now),
        _ => now.checked_sub(HALF_A_DAY).ok().map(|evening| Night::new(evening.date())),
    }
}

/// The drive, waited for at most `patience`; `None` while nobody has seen it yet.
pub fn seen(desk: &Desk, wanted: Wanted, patience: Duration) -> Option<Result<Glance, Failure>> {
    let tools = desk.tools();
    let drive = tools.nights.drive.as_ref()?;
    let latest = desk.lookout().drives.seen(wanted, patience);
    if latest.looking.is_some_and(|looking| looking > HANGS) {
        return Some(Err(Failure::from(&drive::Error::Hung(drive.path.clone()))));
    }
    latest.seen.map(|seen| seen.found)
}
