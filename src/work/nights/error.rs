//! What can go wrong with nights.
use std::io::{self, ErrorKind};

use crate::base::io_advice;
use crate::base::size::Bytes;
use crate::catalog;
use crate::destination::drive;
use crate::domain::failure::{Advice, Code};
use crate::domain::monitor::Cancelled;
use crate::domain::night::Night;
use crate::site::nights as source;
use crate::transfer;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error(transparent)]
    Source(#[from] source::Error),
    #[error(transparent)]
    Drive(#[from] drive::Error),
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    #[error("no drive is configured for nights")]
    NoDrive,
    #[error("there is no night {}", .0.date())]
    NoNight(Night),
    #[error("the night {} is still running", .0.date())]
    Running(Night),
    #[error("there is no copy of the night {} on the drive", .0.date())]
    NoCopy(Night),
    #[error("the copy of the night {} on the drive is not verified", .0.date())]
    NotVerified(Night),
    #[error("the night {} was saved from {source_name}, which is not the camera software here", .night.date())]
    OtherSystem { night: Night, source_name: String },
    #[error("another program works on the nights of this drive")]
    Busy,
    #[error("the drive has room for {}, and {} are needed", Bytes(*.have), Bytes(*.need))]
    Full { need: u64, have: u64 },
    #[error("the drive has room for {have} more files, and {need} are needed")]
    FullOfFiles { need: u64, have: u64 },
    #[error("{what} on the drive")]
    Io { what: String, source: io::Error },
    #[error("{}: the choice of the drive could not be remembered", .path.display())]
    Choice { path: std::path::PathBuf, source: io::Error },
}

impl Error {
    pub(in crate::work) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Error {
        let what = what.into();
        move |source| Error::Io { what, source }
    }
}

impl From<transfer::Error> for Error {
    fn from(error: transfer::Error) -> Error {
        match error {
            transfer::Error::Cancelled(cancelled) => Error::Cancelled(cancelled),
            transfer::Error::Drive(error) => Error::Drive(error),
            transfer::Error::Io { what, source } => Error::Io { what, source },
        }
    }
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Cancelled(_) => Code::Cancelled,
            Error::Source(e) => e.code(),
            Error::Drive(e) => e.code(),
            Error::Catalog(e) => e.code(),
            Error::NoDrive | Error::Full { .. } | Error::FullOfFiles { .. } => Code::NotReady,
            Error::NoNight(_) | Error::NoCopy(_) => Code::NotFound,
            Error::Running(_) | Error::Busy | Error::NotVerified(_) | Error::OtherSystem { .. } => Code::Protected,
            Error::Io { source, .. } => match source.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::ReadOnlyFilesystem => Code::NotReady,
                _ => Code::Failed,
            },
            Error::Choice { .. } => Code::Failed,
        }
    }

    fn advice(&self) -> String {
        let text = match self {
            Error::Cancelled(_) => "What was copied so far is kept and not copied again; start it when you like.",
            Error::Source(e) => return e.advice(),
            Error::Drive(e) => return e.advice(),
            Error::Catalog(e) => return e.advice(),
            Error::NoDrive => {
                "Add one on the page Destinations or as [[destination]] in the configuration, or name one with --dest."
            }
            Error::NoNight(_) => "`allsky-backups nights list` shows all nights.",
            Error::Running(_) => "It can be saved when it is over, at noon at the latest.",
            Error::NoCopy(_) => "Save it first with `allsky-backups nights save`.",
            Error::NotVerified(_) => {
                "Save it again while the camera still has it. What the drive has of it can be copied by hand."
            }
            Error::OtherSystem { .. } => "Its files can be copied from the drive by hand.",
            Error::Busy => "Wait until the other one is done.",
            Error::Full { .. } | Error::FullOfFiles { .. } => {
                "Delete what you no longer need on the drive, or use a larger one; nothing was deleted."
            }
            Error::Io { source, .. } => {
                let told = "Check the drive and its cable; what is verified on it stays as it is.";
                return io_advice::advice_for_all(source, "the drive").unwrap_or_else(|| told.to_owned());
            }
            Error::Choice { .. } => "Is the disk of the state folder full or failing?",
        };
        text.to_owned()
    }
}
