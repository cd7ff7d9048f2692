//! A drive of the configuration, with its name and how it is mounted.
use super::drive::Drive;
use crate::domain::destination::DestinationName;

/// A `[[destination]]`, with what was chosen for its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedDrive {
    pub name: DestinationName,
    pub drive: Drive,
    /// Program and arguments that mount it; empty = its owner does.
    pub mount_command: Vec<String>,
}
