//! Whether one disk holds the camera and all of its backups: when it dies, nothing is left.
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Tools;
use crate::domain::job::{Job, JobState};
use crate::domain::order::{NightsOrder, Order};
use crate::domain::verdict::reason::ONE_DISK;

/// Jobs that are searched for a run of the nights, which there is every day.
const NEWEST: u32 = 50;

/// The warning that the owner sees until there is another disk.
pub const WARNING: &str = ONE_DISK;
/// What an owner can do about it.
pub const ADVICE: &str = "When it dies, they die with it. Download one now and then, copy one to a drive \
    (`allsky-backups copy NAME --to DRIVE`), put the backups folder on another disk (dir in [backups] of the \
    configuration), or set up a drive for the nights, which keeps the settings as well.";

/// Whether the backups folder lies on the camera's disk. `None` where that cannot be told.
pub(super) fn of_camera_and_backups(tools: &Tools) -> Option<bool> {
    let device = |path: &Path| path.metadata().map(|about| about.dev()).ok();
    Some(device(tools.folder.path())? == device(tools.site.home())?)
}

/// True when no copy lies anywhere else.
pub fn holds_every_backup(tools: &Tools) -> bool {
    of_camera_and_backups(tools) == Some(true) && !is_copied(tools) && !has_nights_on_a_drive(tools)
}

/// True when nights were saved to a drive. Every run puts the camera's settings there as well, also one that finds no
/// good night. A drive that is only configured holds nothing.
fn has_nights_on_a_drive(tools: &Tools) -> bool {
    let is_run = |job: &Job| {
        let is_done = matches!(job.state, JobState::Success | JobState::Warning);
        is_done && matches!(job.order, Order::Nights(NightsOrder::Run))
    };
    let has_run = || tools.catalog.jobs(NEWEST).unwrap_or_default().iter().any(is_run);
    let has_saved = tools.catalog.has_saved_night(tools.nights.source.software()).unwrap_or_default();
    has_saved || (tools.nights.drive.is_some() && has_run())
}

/// True when any archive was seen on another destination. What cannot be asked is not counted as a copy.
fn is_copied(tools: &Tools) -> bool {
    let copies = tools.catalog.copies().unwrap_or_default();
    copies.values().flatten().any(|copy| !copy.destination.is_backups())
}
