//! What keeps a set of snapshots from being moved, besides what can go wrong with snapshots anyway.
use std::path::PathBuf;

use crate::catalog;
use crate::destination::drive;
use crate::domain::destination::DestinationName;
use crate::domain::failure::{Advice, Code};
use crate::domain::host::settings::HostName;
use crate::domain::monitor::Cancelled;
use crate::domain::settings::edit::CannotEdit;
use crate::transfer;
use crate::work::settings::save::Unsaved;
use crate::work::snapshot;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Snapshot(#[from] snapshot::Error),
    #[error("there is no destination {0} for snapshots")]
    NoDestination(DestinationName),
    #[error("the snapshots of {host} lie on {destination} already")]
    AlreadyThere { host: HostName, destination: DestinationName },
    #[error("{0} and {1} are one drive")]
    OneDrive(DestinationName, DestinationName),
    #[error("{}: there are snapshots already, which did not come from the drive that {host} has now", .place.display())]
    OtherSet { place: PathBuf, host: HostName },
    #[error("{}: this program may not read it", .0.display())]
    Closed(PathBuf),
    #[error("there is no place for a configuration file, because no home folder is known")]
    NoFile,
    #[error("{}: the configuration cannot be written", .0.display())]
    Unwritable(PathBuf),
    #[error(transparent)]
    Edit(#[from] CannotEdit),
    #[error(transparent)]
    Unsaved(#[from] Unsaved),
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

impl From<catalog::Error> for Error {
    fn from(error: catalog::Error) -> Error {
        Error::Snapshot(error.into())
    }
}

impl From<transfer::Error> for Error {
    fn from(error: transfer::Error) -> Error {
        Error::Snapshot(error.into())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error::Snapshot(error.into())
    }
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Snapshot(e) => e.code(),
            Error::NoDestination(_) => Code::NotFound,
            Error::AlreadyThere { .. } | Error::OneDrive(..) => Code::Usage,
            Error::OtherSet { .. } | Error::Edit(_) => Code::Protected,
            Error::Closed(_) | Error::NoFile | Error::Unwritable(_) => Code::NotReady,
            Error::Unsaved(e) => e.code(),
        }
    }

    fn advice(&self) -> String {
        match self {
            Error::Snapshot(snapshot::Error::Cancelled(_)) => {
                "The old set is as it was. What lies on the new drive already is kept: the next move goes on from there."
            }
            Error::Snapshot(snapshot::Error::Full { .. } | snapshot::Error::FullOfFiles { .. }) => {
                "The old set is as it was. Use a larger drive, or let older snapshots go first with `allsky-backups snapshots prune`."
            }
            Error::Snapshot(snapshot::Error::NotAsWritten { .. }) => {
                "The old set is as it was. Check the new drive and its cable, or use another one."
            }
            Error::Snapshot(e) if e.is_full() => {
                "The old set is as it was, and nothing half stays on the new drive. Make room there; the next move goes on where this one ended."
            }
            Error::Snapshot(e) => return e.advice(),
            Error::NoDestination(_) => {
                "`allsky-backups dest list` names all. Write a new one as [[destination]] into the configuration, and set it up with `allsky-backups dest init`."
            }
            Error::AlreadyThere { .. } => "Nothing was changed. Name another destination to move them to.",
            Error::OneDrive(..) => "Nothing was changed. Plug the new drive in, mount it, and name its destination.",
            Error::OtherSet { place, .. } => {
                return format!(
                    "Nothing was changed. Look at what lies there; when it is not needed, remove it: rm -r {}",
                    crate::base::handover::quoted(place)
                );
            }
            Error::Closed(_) => "Nothing was changed. Start this once with sudo, so that all of it can be read.",
            Error::NoFile => "Name a file with --config.",
            Error::Unwritable(_) => {
                "Nothing was changed. At the end of a move the configuration must lead to the new drive: start this as a user who may write the file."
            }
            Error::Edit(_) => {
                "Nothing was changed. The hosts are written in a way of their own: write each as [[host]] with lines of its own."
            }
            Error::Unsaved(e) => return e.advice(),
        }
        .to_owned()
    }
}
