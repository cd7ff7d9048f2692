//! A drive of the configuration, with its name and how it is mounted.
use std::time::Duration;

use super::drive::{Drive, Error, Ready};
use crate::base::process;
use crate::domain::destination::DestinationName;

/// How long the owner's program may take to mount it.
const MOUNTING: Duration = Duration::from_secs(60);

/// A `[[destination]]`, with what was chosen for its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedDrive {
    pub name: DestinationName,
    pub drive: Drive,
    /// Program and arguments that mount it; empty = its owner does.
    pub mount_command: Vec<String>,
}

impl NamedDrive {
    /// The drive for work that writes. One that is not there is mounted first, where its owner said how, and looked at
    /// again: what the program says of itself counts for nothing.
    pub fn fetch(&self) -> Result<Ready, Error> {
        match (self.drive.ready(), self.mount_command.split_first()) {
            (Err(Error::Missing(_) | Error::NotMounted(_)), Some((program, arguments))) => {
                if let Err(why) = process::tell(program, arguments, Vec::new(), MOUNTING) {
                    tracing::warn!("{program}, which should mount the drive, could not be used: {why}");
                }
                self.drive.ready()
            }
            (found, _) => found,
        }
    }
}
