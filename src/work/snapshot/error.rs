//! What can go wrong with snapshots.
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use crate::base::io_advice;
use crate::base::size::Bytes;
use crate::base::tree::copy::CopyError;
use crate::catalog;
use crate::destination::drive;
use crate::domain::failure::{Advice, Code};
use crate::domain::host::remote_error::RemoteError;
use crate::domain::host::settings::HostName;
use crate::domain::monitor::Cancelled;
use crate::domain::retention::decision::Reason;
use crate::domain::snapshot::month::Month;
use crate::domain::snapshot::name::SnapshotName;
use crate::host::{local, rsync};
use crate::swap;
use crate::transfer;
use crate::work::restore;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error(transparent)]
    Drive(#[from] drive::Error),
    #[error(transparent)]
    Host(#[from] local::Error),
    #[error(transparent)]
    Remote(#[from] RemoteError),
    #[error(transparent)]
    Rsync(#[from] rsync::Error),
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    #[error("there is no host {0}")]
    NoHost(HostName),
    #[error("there is no drive for the snapshots of {0}")]
    NoDestination(HostName),
    #[error("there is no snapshot of {0}")]
    NoSnapshots(HostName),
    #[error("there is no golden month {month} of {host}")]
    NoGolden { host: HostName, month: Month },
    #[error("{count} things in {name} are not as they were saved, such as {first}")]
    Rotten { name: SnapshotName, count: u64, first: String },
    #[error("{count} things came back from the drive otherwise than they were written, such as {first}")]
    NotAsWritten { count: u64, first: String },
    #[error(transparent)]
    Archives(Box<crate::work::Error>),
    #[error("there is no snapshot {name} of {host}")]
    NoSnapshot { host: HostName, name: SnapshotName },
    #[error("the snapshot {name} of {host} stays: {why}")]
    Kept { host: HostName, name: SnapshotName, reason: Reason, why: &'static str },
    #[error("another program changes the snapshots of {0}")]
    Busy(HostName),
    #[error("{}: this drive has no hard links, so snapshots cannot share what did not change", .0.display())]
    NoHardLinks(PathBuf),
    #[error("{}: something that is no snapshot has the name of this hour", .0.display())]
    InTheWay(PathBuf),
    #[error("the drive has room for {}, and {} are needed", Bytes(*.have), Bytes(*.need))]
    Full { need: u64, have: u64 },
    #[error("the drive has room for {have} more files, and {need} are needed")]
    FullOfFiles { need: u64, have: u64 },
    #[error("{path} is not in {name}")]
    NotInSnapshot { name: SnapshotName, path: String },
    #[error("{}: two of the things that are wanted would have one name here", .0.display())]
    OneName(PathBuf),
    #[error("{}: this folder is among the snapshots", .0.display())]
    AmongSnapshots(PathBuf),
    #[error("{}: another file system is mounted here", .0.display())]
    Mounted(PathBuf),
    #[error(transparent)]
    Restore(Box<restore::Error>),
    #[error(transparent)]
    Swap(#[from] swap::Error),
    #[error("{}: there is something called {name} already", .folder.display())]
    ThereAlready { folder: PathBuf, name: String },
    #[error("{path} in {name} is damaged")]
    Damaged { name: SnapshotName, path: String },
    #[error("{what}")]
    Io { what: String, source: io::Error },
    #[error("the manifest of {name} cannot be used")]
    Manifest { name: SnapshotName, source: io::Error },
}

impl Error {
    pub(in crate::work) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Error {
        let what = what.into();
        move |source| Error::Io { what, source }
    }

    pub(super) fn is_full(&self) -> bool {
        matches!(self, Error::Io { source, .. } if matches!(source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded))
    }
}

impl From<io::Error> for Error {
    fn from(source: io::Error) -> Error {
        Error::Io { what: "a folder could not be gone through".to_owned(), source }
    }
}

impl From<transfer::Error> for Error {
    fn from(error: transfer::Error) -> Error {
        match error {
            transfer::Error::Cancelled(cancelled) => Error::Cancelled(cancelled),
            transfer::Error::Drive(error) => Error::Drive(error),
            transfer::Error::Io { what, source } => Error::Io { what: format!("{what} on the drive"), source },
        }
    }
}

/// Of a copy: the side of the drive. What failed at the source is settled before.
impl From<CopyError<Error>> for Error {
    fn from(error: CopyError<Error>) -> Error {
        match error {
            CopyError::Stopped(error) => error,
            CopyError::Read(source) => Error::Io { what: "a file could not be read".to_owned(), source },
            CopyError::Write(source) => {
                Error::Io { what: "a file could not be written to the drive".to_owned(), source }
            }
        }
    }
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Cancelled(_) => Code::Cancelled,
            Error::Drive(e) => e.code(),
            Error::Host(e) => e.code(),
            Error::Remote(e) => e.code(),
            Error::Rsync(e) => e.code(),
            Error::Catalog(e) => e.code(),
            Error::Restore(e) => e.code(),
            Error::Archives(e) => e.code(),
            Error::Swap(e) => e.code(),
            Error::NoHost(_)
            | Error::NoGolden { .. }
            | Error::NoSnapshots(_)
            | Error::NoSnapshot { .. }
            | Error::NotInSnapshot { .. } => Code::NotFound,
            Error::NoDestination(_) | Error::OneName(_) | Error::AmongSnapshots(_) => Code::Usage,
            Error::Kept { .. }
            | Error::Busy(_)
            | Error::InTheWay(_)
            | Error::ThereAlready { .. }
            | Error::Mounted(_) => Code::Protected,
            Error::NoHardLinks(_) | Error::Full { .. } | Error::FullOfFiles { .. } => Code::NotReady,
            Error::Io { .. } if self.is_full() => Code::NotReady,
            Error::Io { source, .. } if source.kind() == ErrorKind::ReadOnlyFilesystem => Code::NotReady,
            Error::Io { .. } => Code::Failed,
            Error::Manifest { .. } | Error::Damaged { .. } | Error::Rotten { .. } | Error::NotAsWritten { .. } => {
                Code::Damaged
            }
        }
    }

    fn advice(&self) -> String {
        match self {
            Error::Drive(e) => return e.advice(),
            Error::Host(e) => return e.advice(),
            Error::Remote(e) => return e.advice(),
            Error::Rsync(e) => return e.advice(),
            Error::Catalog(e) => return e.advice(),
            Error::Restore(e) => return e.advice(),
            Error::Archives(e) => return e.advice(),
            Error::Swap(e) => return e.advice(),
            Error::Cancelled(_) => "Nothing was left behind; start it again when you like.",
            Error::NoHost(_) => "Write it as [[host]] into the configuration; `allsky-backups snapshots list` names all.",
            Error::NoDestination(_) => "Write a [[destination]] into the configuration, and set it up with `allsky-backups dest init`.",
            Error::NoGolden { .. } => "`allsky-backups snapshots list HOST` shows all months.",
            Error::Rotten { .. } => {
                "No golden month was made of it. Verify the snapshots, take a new one, and check the drive."
            }
            Error::NotAsWritten { .. } => "Nothing was kept of it. Check the drive and its cable, or use another drive.",
            Error::NoSnapshots(_) => "Take one with `allsky-backups snapshots take`.",
            Error::NoSnapshot { .. } => "`allsky-backups snapshots list HOST` shows the names of all.",
            Error::NotInSnapshot { .. } => "`allsky-backups snapshots ls HOST SNAPSHOT` shows what is in it.",
            Error::OneName(_) => "Nothing was written. Restore them one after the other, into different folders.",
            Error::AmongSnapshots(_) => "Nothing was written. Choose a folder outside of the snapshots.",
            Error::ThereAlready { .. } => {
                "Nothing was changed. Choose another folder, or let it be replaced with --overwrite."
            }
            Error::Mounted(_) => {
                "Nothing was changed. Restore into another folder, or name the files and folders that you want one by one."
            }
            Error::Kept { reason: Reason::Pinned, .. } => {
                "Nothing was deleted. Take the pin away first, with `allsky-backups snapshots unpin HOST SNAPSHOT`."
            }
            Error::Kept { reason: Reason::LastGood, .. } => "Nothing was deleted. Take a new snapshot first.",
            Error::Kept { reason: Reason::Frozen | Reason::Suspect, .. } => {
                "Nothing was deleted. Look at it, and say what it was with `allsky-backups snapshots alert` or `snapshots trust`."
            }
            Error::Kept { .. } => "Nothing was deleted. Check the clock of this machine.",
            Error::Busy(_) => "Wait until it is done.",
            Error::NoHardLinks(_) => {
                "Archives and nights can be kept on it. Use a drive with a file system of Linux, or write sharing = \"copies\" for this host: each snapshot then takes the room of all files."
            }
            Error::InTheWay(_) => "Look at it, and move it away when it is not needed there.",
            Error::Full { .. } | Error::FullOfFiles { .. } => {
                "Nothing was written. Let older snapshots go with `allsky-backups snapshots prune`, leave more out, or use a larger drive."
            }
            Error::Io { .. } if self.is_full() => {
                "The drive is full. Nothing was left behind, and all earlier snapshots stay: let some go with `allsky-backups snapshots prune`, or use a larger drive."
            }
            Error::Io { source, .. } => {
                if let Some(told) = io_advice::advice_for_all(source, "the drive") {
                    return told;
                }
                "Check the drive and its cable; the system log may say more."
            }
            Error::Manifest { .. } | Error::Damaged { .. } => "The snapshot may be damaged: check the drive, and rely on another snapshot.",
        }
        .to_owned()
    }
}
