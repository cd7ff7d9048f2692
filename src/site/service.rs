//! The camera's systemd unit, and the lease under which we may pause it.
//!
//! A lease is written down before the camera stops and removed after it runs again. Whoever finds
//! one whose process is dead starts the camera: the job itself, the next start of ours, or
//! `allsky-backups recover`. What its owner had stopped is never started.
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::domain::failure::{Advice, Code};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("systemctl {verb} {unit} failed: {said}")]
    Systemctl { verb: &'static str, unit: String, said: String },
    #[error("{}: the pause could not be written down, so the camera was not touched", .path.display())]
    Lease { path: PathBuf, source: std::io::Error },
}

impl Advice for Error {
    fn code(&self) -> Code {
        Code::Failed
    }
    fn advice(&self) -> String {
        String::new()
    }
}

/// The camera rests until this is resumed or dropped.
#[derive(Debug)]
pub struct Pause {}

impl Pause {
    /// Stops `unit` when it runs; a unit that does not run, or no systemd, is a pause of nothing.
    pub fn begin(_unit: &str, _lease: &Path, _limit: Duration) -> Result<Pause, Error> {
        unimplemented!()
    }
    /// Starts the unit again if we stopped it, waits until it is active; returns how long it rested
    /// (zero when it had not been running).
    pub fn resume(self) -> Result<Duration, Error> {
        unimplemented!()
    }
}

/// What recovery did, in words, when there was something to do.
pub fn recover(_lease: &Path) -> Result<Option<String>, Error> {
    unimplemented!()
}
