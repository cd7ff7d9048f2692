//! Why a sync did not do all that it should.
use std::io;

use crate::domain::failure::{Advice, Code};
use crate::domain::host::remote_error::RemoteError;
use crate::domain::monitor::Cancelled;
use crate::domain::plan::name::PlanName;
use crate::host::rsync;
use crate::work::snapshot;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error(transparent)]
    Work(Box<crate::work::Error>),
    #[error(transparent)]
    Snapshot(Box<snapshot::Error>),
    #[error(transparent)]
    Rsync(#[from] rsync::Error),
    #[error("plan {0} has no remote to send anything to")]
    NoRemote(PlanName),
    #[error("not everything could be sent to {target}: {source}")]
    Sending { target: String, source: RemoteError },
    #[error("{count} of it could not be read here: {first}")]
    Unread { count: u64, first: String },
    #[error("{count} things at {target} are not as they are here afterwards: {first}")]
    Differs { target: String, count: u64, first: String },
    #[error("{deleted} things would go at {target}, more than would stay ({stay})")]
    WouldShrink { target: String, deleted: u64, stay: u64 },
    #[error("something else lies in the folder {0}")]
    NotOurs(String),
    #[error("what was sent to {0} before is no longer there")]
    MarkGone(String),
    #[error("{0} is the destination itself")]
    Itself(String),
    #[error("a file of the state folder could not be used")]
    Io(#[from] io::Error),
}

impl From<RemoteError> for Error {
    fn from(source: RemoteError) -> Self {
        Error::Sending { target: String::new(), source }
    }
}

impl From<crate::work::Error> for Error {
    fn from(error: crate::work::Error) -> Self {
        Error::Work(Box::new(error))
    }
}

impl From<snapshot::Error> for Error {
    fn from(error: snapshot::Error) -> Self {
        Error::Snapshot(Box::new(error))
    }
}

impl Error {
    /// With the name of the target, where it is about that.
    pub(super) fn at(self, name: &str) -> Error {
        match self {
            Error::Sending { source, .. } => Error::Sending { target: name.to_owned(), source },
            other => other,
        }
    }
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Cancelled(_) => Code::Cancelled,
            Error::Work(error) => error.code(),
            Error::Snapshot(error) => error.code(),
            Error::NoRemote(_) | Error::Itself(_) => Code::Usage,
            Error::Sending { source: RemoteError::Full(_), .. } | Error::NotOurs(_) | Error::MarkGone(_) => {
                Code::NotReady
            }
            Error::WouldShrink { .. } => Code::Protected,
            _ => Code::Failed,
        }
    }

    fn advice(&self) -> String {
        match self {
            Error::Work(error) => return error.advice(),
            Error::Snapshot(error) => return error.advice(),
            Error::Rsync(error) => return error.advice(),
            Error::Sending { source, .. } => match source {
                RemoteError::Full(_) => "Make room there, or let fewer snapshots stay here. What was sent stays, and the next run goes on.",
                RemoteError::OurSide { .. } => "Check the folder there, its owner and its disk. The next run goes on.",
                RemoteError::FolderMissing(_) | RemoteError::LeadsElsewhere(_) | RemoteError::NoFolder(_) => {
                    "Make the folder there, or mount its disk; it is never made by this program."
                }
                other => return other.advice(),
            },
            Error::Cancelled(_) => "The next run goes on where this one stopped.",
            Error::NoRemote(_) => "Write remote = { target = \"backup@nas:/srv/backup\" } into the plan.",
            Error::Unread { .. } => "Check the drive and its cable; verify the snapshots.",
            Error::Differs { .. } => "Does something else write there, or does its file system change names or times? The log of the job names more.",
            Error::WouldShrink { .. } => {
                "Look whether something is missing here. When all is right: allsky-backups plans sync NAME --delete-anyway. What is new was sent."
            }
            Error::NotOurs(_) => "Nothing was sent. Name an empty folder for this plan alone.",
            Error::MarkGone(_) => {
                "Nothing was sent. Is its disk mounted there? When the folder is to begin anew: allsky-backups plans sync NAME --begin-anew."
            }
            Error::Itself(_) => "Name another destination as the target.",
            Error::Io(_) => "Check the disk of the state folder.",
        }
        .to_owned()
    }
}
