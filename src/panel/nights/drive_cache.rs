//! The drive as last seen: is it there, how full, and what would have to go.
use std::sync::Arc;
use std::time::Duration;

use super::lately::{Lately, Subject, Wanted};
use crate::destination::drive;
use crate::domain::failure::Failure;
use crate::panel::desk::Desk;
use crate::work::Tools;
use crate::work::nights::glance::{Glance, glance};

/// A drive that has not answered for so long is said to hang.
const HANGS: Duration = Duration::from_secs(12);

pub type DriveCache = Lately<Glance>;

pub fn drive_cache(tools: Arc<Tools>, told: tokio::sync::watch::Sender<u64>) -> Arc<DriveCache> {
    let subject = Subject {
        name: "drive",
        look: |tools| glance(tools).map_err(|error| Failure::from(&error)),
        is_same: |before, now| before.id == now.id && before.plan.lines.len() == now.plan.lines.len(),
        fresh: Duration::from_secs(30),
    };
    Lately::new(subject, tools, told)
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
