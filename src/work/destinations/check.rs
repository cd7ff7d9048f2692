//! Check a drive: it is there, writable and the chosen one; and find out by trying what it can do.
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::last_check;
use crate::base::patience::within;
use crate::destination::capability::{self, Capabilities};
use crate::destination::drive::{self, Drive};
use crate::domain::destination::DestinationName;
use crate::domain::failure::Failure;
use crate::domain::monitor::{Monitor, Stage};
use crate::work::Tools;
use crate::work::nights::Error;

/// A sleeping disk takes ten seconds to turn; what takes longer than this hangs.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A drive that was found ready, and what it can do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriveChecked {
    pub path: PathBuf,
    pub ready: bool,
    /// The id of its mark.
    pub id: Uuid,
    pub free_bytes: Option<u64>,
    pub total_bytes: Option<u64>,
    pub capabilities: Capabilities,
}

/// [`check`] for a destination of the list.
pub fn check_named(tools: &Tools, name: &DestinationName, monitor: &dyn Monitor) -> Result<DriveChecked, Failure> {
    monitor.stages(&[Stage::Check]);
    monitor.stage(Stage::Check);
    Ok(check(tools, &tools.drive(name)?.drive)?)
}

/// Tries `drive`, and remembers what came out.
pub fn check(tools: &Tools, drive: &Drive) -> Result<DriveChecked, Error> {
    let tried = {
        let drive = drive.clone();
        within(PATIENCE, move || attempt(&drive))
    };
    let outcome = tried.unwrap_or_else(|| Err(drive::Error::Hung(drive.path.clone()).into()));
    let told = outcome.as_ref().map(|checked| checked.capabilities.clone());
    last_check::remember(tools, &drive.path, told.map_err(|error| Failure::of(error).message));
    outcome
}

fn attempt(drive: &Drive) -> Result<DriveChecked, Error> {
    let ready = drive.ready_at_last()?;
    let capabilities = capability::probe(ready.dir()).map_err(Error::io("a file could not be made for a trial"))?;
    let room = ready.room().ok();
    Ok(DriveChecked {
        path: drive.path.clone(),
        ready: true,
        id: ready.id(),
        free_bytes: room.map(|room| room.free_bytes),
        total_bytes: room.map(|room| room.total_bytes),
        capabilities,
    })
}
