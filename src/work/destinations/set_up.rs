//! Set a drive up: it gets its mark, what it can do is tried, and it is remembered as the one that was chosen.
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::check::PATIENCE;
use super::last_check;
use crate::base::patience::within;
use crate::destination::capability::Capabilities;
use crate::destination::drive::{self, Drive, Mounting};
use crate::domain::destination::DestinationName;
use crate::domain::failure::Failure;
use crate::domain::monitor::{Monitor, Stage};
use crate::work::Tools;
use crate::work::nights::{Error, chosen};

/// A drive that backups may go to from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriveSetUp {
    pub path: PathBuf,
    /// The id of its mark; one that it had before stays.
    pub id: Uuid,
    pub capabilities: Capabilities,
}

/// [`set_up`] for a destination of the list.
pub fn set_up_named(tools: &Tools, name: &DestinationName, monitor: &dyn Monitor) -> Result<DriveSetUp, Failure> {
    monitor.stages(&[Stage::Check]);
    monitor.stage(Stage::Check);
    let drive = &tools.drive(name)?.drive;
    let done = set_up(tools, drive, drive.mounting)?;
    if drive.expected.is_some_and(|old| old != done.id) {
        // What was seen on the drive before it is not on this one.
        tools.catalog.archives_on(name).forget_others(&[])?;
    }
    Ok(done)
}

/// Chooses `drive`. One that hangs is given up, and is set up after all when it answers later.
pub fn set_up(tools: &Tools, drive: &Drive, mounting: Mounting) -> Result<DriveSetUp, Error> {
    let chosen = {
        let (tools, drive) = (tools.clone(), drive.clone());
        within(PATIENCE, move || chosen::choose(&tools, &drive, mounting))
    };
    let (mark, capabilities) = chosen.unwrap_or_else(|| Err(drive::Error::Hung(drive.path.clone()).into()))?;
    last_check::remember(tools, &drive.path, Ok(capabilities.clone()));
    Ok(DriveSetUp { path: drive.path.clone(), id: mark.id, capabilities })
}
