//! A place that backups are kept in: what it is called in the file, in addresses, and in the catalog, and what an owner
//! configures about it.
//!
//! Invariant: the backups folder has the one name that no drive can have.
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::slug::slug;

const BACKUPS: &str = "backups";
/// What `--dest` is called when the configuration has no drive.
const UNNAMED: &str = "drive";

slug! {
    /// The backups folder of this camera, or a drive of the configuration.
    DestinationName, "destination"
}

impl DestinationName {
    /// The backups folder, `dir` in `[backups]`.
    pub fn backups() -> DestinationName {
        DestinationName(BACKUPS.to_owned())
    }

    /// The drive that is named by its path alone, on the command line.
    pub fn unnamed() -> DestinationName {
        DestinationName(UNNAMED.to_owned())
    }

    /// The archives of a host on this drive. No owner can write this name, so it is never that of a drive.
    pub fn of_host(&self, host: &str) -> DestinationName {
        DestinationName(format!("{}/{host}", self.0))
    }

    pub fn is_backups(&self) -> bool {
        self.0 == BACKUPS
    }
}

/// A `[[destination]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DestinationSettings {
    pub name: DestinationName,
    pub path: PathBuf,
    /// Refuse a folder that lies on the system disk.
    #[serde(default = "required")]
    pub require_mount: bool,
    /// Program and arguments that mount the drive when work begins and it is not there; empty = none.
    #[serde(default)]
    pub mount_command: Vec<String>,
}

impl DestinationSettings {
    /// A drive of which nothing but its place is known.
    pub fn new(name: DestinationName, path: PathBuf) -> DestinationSettings {
        DestinationSettings { name, path, require_mount: required(), mount_command: Vec::new() }
    }
}

/// So that an empty mount point never fills the card of the system.
fn required() -> bool {
    true
}

/// The one of `all` with this name; without a name the first.
pub fn named<'a>(all: &'a [DestinationSettings], name: Option<&DestinationName>) -> Option<&'a DestinationSettings> {
    match name {
        Some(name) => all.iter().find(|one| one.name == *name),
        None => all.first(),
    }
}
