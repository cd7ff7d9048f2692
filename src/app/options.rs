//! What a shell was told on its command line.
use std::path::PathBuf;

use jiff::Timestamp;

use crate::domain::destination::DestinationName;
use crate::domain::system::System;

/// Everything that was named; the rest is found.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub config: Option<PathBuf>,
    /// The camera's home.
    pub site: Option<PathBuf>,
    pub system: Option<System>,
    pub backups: Option<PathBuf>,
    pub state: Option<PathBuf>,
    /// The drive that nights are kept on.
    pub dest: Option<PathBuf>,
    /// The destination whose archives are meant; `None` = the backups folder.
    pub on: Option<DestinationName>,
    /// The time at which everything shall happen, for previews and tests.
    pub now: Option<Timestamp>,
}
