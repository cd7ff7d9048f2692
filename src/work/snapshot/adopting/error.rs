//! What keeps trees of another program from being taken over, besides what can go wrong with snapshots anyway.
use std::io;
use std::path::PathBuf;

use crate::destination::drive;
use crate::domain::failure::{Advice, Code};
use crate::domain::host::settings::HostName;
use crate::domain::monitor::Cancelled;
use crate::transfer;
use crate::work::snapshot;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Snapshot(#[from] snapshot::Error),
    #[error("{}: this folder cannot be read", .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}: there are no snapshots of another program here", .0.display())]
    Nothing(PathBuf),
    #[error("{}: it is not told which host these are snapshots of", .0.display())]
    WhichHost(PathBuf),
    #[error("{}: these are the snapshots of {host} on its own drive", .path.display())]
    Ours { path: PathBuf, host: HostName },
}

impl From<Cancelled> for Error {
    fn from(cancelled: Cancelled) -> Error {
        Error::Snapshot(cancelled.into())
    }
}

impl From<drive::Error> for Error {
    fn from(error: drive::Error) -> Error {
        Error::Snapshot(error.into())
    }
}

impl From<transfer::Error> for Error {
    fn from(error: transfer::Error) -> Error {
        Error::Snapshot(error.into())
    }
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Snapshot(e) => e.code(),
            Error::Unreadable { .. } => Code::NotReady,
            Error::Nothing(_) => Code::NotFound,
            Error::WhichHost(_) | Error::Ours { .. } => Code::Usage,
        }
    }

    fn advice(&self) -> String {
        match self {
            Error::Snapshot(snapshot::Error::Cancelled(_)) => {
                "What was taken over is ours now; everything else is as it was. The next call goes on from there."
            }
            Error::Snapshot(e) => return e.advice(),
            Error::Unreadable { .. } => "Nothing was changed. Is it a folder, and may this program read it?",
            Error::Nothing(_) => {
                "Nothing was changed. Name the folder in which the snapshots lie side by side, like hourly.0 and hourly.1, or 2026-03-06-081500."
            }
            Error::WhichHost(_) => "Nothing was changed. Name a [[host]] of the configuration with --host.",
            Error::Ours { .. } => "Nothing was changed. `allsky-backups snapshots move` takes them to another drive.",
        }
        .to_owned()
    }
}
