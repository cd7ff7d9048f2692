//! The camera's systemd unit, and the lease under which we may pause it.
//!
//! * `pause` — the camera rests, and runs again; `lease` — the note that says so
//! * `recovery` — the camera rests for a process that is dead
//! * `health` — how a unit is; `start` — starts one; `systemctl` — asks systemd
//!
//! A lease is written down before the camera stops and removed after it runs again. When its process is
//! dead, the next job, the next start of the program or `allsky-backups recover` finds it and starts the
//! camera. A camera that its owner had stopped is never started.
mod health;
mod lease;
mod pause;
mod recovery;
mod start;
mod systemctl;

use std::io;
use std::path::PathBuf;

use crate::domain::failure::{Advice, Code};
use crate::domain::unit::Unit;

pub use health::{Health, health};
pub use pause::Pause;
pub use recovery::{leave_to_boot, recover, rests_for_the_dead};
pub use start::start_failed;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("systemctl {verb} {unit} failed: {said}")]
    Systemctl { verb: &'static str, unit: Unit, said: String },
    #[error("{}: the pause could not be written down, so the camera was not touched", .path.display())]
    Lease { path: PathBuf, source: io::Error },
    #[error("{}: another backup or restore has paused the camera", .path.display())]
    Taken { path: PathBuf },
    #[error("{}: what is written there about a pause of the camera cannot be read", .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}: a pause of services that are not this camera's is written there; they were left alone", .path.display())]
    Foreign { path: PathBuf },
    #[error("{}: the camera runs again, but the note about its pause could not be removed", .path.display())]
    Remove { path: PathBuf, source: io::Error },
    #[error("{}: half-written notes about a pause could not be removed from this folder", .folder.display())]
    Sweep { folder: PathBuf, source: io::Error },
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Taken { .. } => Code::NotReady,
            _ => Code::Failed,
        }
    }
    fn advice(&self) -> String {
        match self {
            Error::Systemctl { verb: "start", unit, .. } => format!(
                "The camera is still stopped: run `{}`, look at `{}`, then run `allsky-backups recover`.",
                unit.command("start"),
                unit.journal()
            ),
            Error::Systemctl { unit, .. } => {
                format!("The camera was left as it was; check that this user may stop and start {unit}.")
            }
            Error::Lease { .. } => "Check that this folder can be written and its disk is not full.".into(),
            Error::Taken { .. } => "Wait until the other one is done, then try again.".into(),
            Error::Unreadable { path, .. } | Error::Foreign { path } => {
                format!("Check that the camera runs, then remove {}.", path.display())
            }
            Error::Remove { path, .. } => format!("Remove {} by hand.", path.display()),
            Error::Sweep { .. } => {
                "The camera is not touched by them; check that this user may change the folder.".into()
            }
        }
    }
}

#[cfg(test)]
mod tests;
