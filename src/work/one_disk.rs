//! Whether one disk holds the camera and all of its backups: when it dies, nothing is left.
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Tools;

/// The warning that the owner sees until there is another disk.
pub const WARNING: &str = "All your backups are on the disk of the camera itself";
/// What an owner can do about it.
pub const ADVICE: &str = "When it dies, they die with it. Download one now and then, copy one to a drive \
    (`allsky-backups copy NAME --to DRIVE`), put the backups folder on another disk (dir in [backups] of the \
    configuration), or set up a drive for the nights, which keeps the settings as well.";

/// Whether the backups folder lies on the camera's disk. `None` where that cannot be told.
pub(super) fn of_camera_and_backups(tools: &Tools) -> Option<bool> {
    let device = |path: &Path| path.metadata().map(|about| about.dev()).ok();
    Some(device(tools.folder.path())? == device(tools.site.home())?)
}

/// True when no copy lies anywhere else: a drive for the nights holds the camera's settings, too.
pub fn holds_every_backup(tools: &Tools) -> bool {
    tools.nights.drive.is_none() && !is_copied(tools) && of_camera_and_backups(tools) == Some(true)
}

/// True when any archive was seen on another destination. What cannot be asked is not counted as a copy.
fn is_copied(tools: &Tools) -> bool {
    let copies = tools.catalog.copies().unwrap_or_default();
    copies.values().flatten().any(|copy| !copy.destination.is_backups())
}
