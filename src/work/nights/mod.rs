//! Nights: which are there, what they are worth, and what becomes of them.
//!
//! The manifest on the drive is the truth of a saved night; the catalog remembers it for the time
//! when the drive is not there, and remembers what was deleted.
pub mod chosen;
mod error;
pub mod list;

use std::sync::Arc;

use crate::destination::drive::Drive;
use crate::domain::nights::settings::NightSettings;
use crate::domain::retention::nights::Policy;
use crate::site::nights::NightSource;

pub use error::Error;

/// What the verbs of this room work with, besides the tools of all.
pub struct NightTools {
    pub source: Arc<dyn NightSource>,
    pub settings: NightSettings,
    pub policy: Policy,
    /// `None` until the owner has configured one.
    pub drive: Option<Drive>,
    /// Program and arguments that get the summary of a run; empty = nobody is told.
    pub notify: Vec<String>,
    /// Name of this machine.
    pub host: String,
}

impl NightTools {
    /// `source` with everything else as it is without a configuration.
    pub fn new(source: Arc<dyn NightSource>) -> Self {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        NightTools {
            source,
            settings: NightSettings::default(),
            policy: Policy::default(),
            drive: None,
            notify: Vec::new(),
            host: host.trim().to_owned(),
        }
    }

    /// The drive that was configured.
    pub fn drive(&self) -> Result<&Drive, Error> {
        self.drive.as_ref().ok_or(Error::NoDrive)
    }
}
