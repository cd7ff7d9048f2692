//! Why a restore was not made, or not kept.
use std::io;
use std::path::PathBuf;

use crate::archive::sweep;
use crate::base::io_advice;
use crate::base::rel_path::RelPath;
use crate::destination::folder;
use crate::domain::archive::name::ArchiveName;
use crate::domain::failure::{Advice, Code};
use crate::domain::monitor::Cancelled;
use crate::domain::night::Night;
use crate::domain::restore::selection::BadLine;
use crate::site::{self, database, service};
use crate::swap;
use crate::transfer;
use crate::work;
use crate::work::nights;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error(transparent)]
    Work(#[from] work::Error),
    #[error(transparent)]
    Night(#[from] nights::Error),
    #[error("the saved night {} is damaged: {path} is not as it was saved", .night.date())]
    NightDamaged { night: Night, path: RelPath },
    #[error(transparent)]
    Swap(#[from] swap::Error),
    #[error(transparent)]
    Service(#[from] service::Error),
    #[error(transparent)]
    Unpack(#[from] sweep::Error),
    #[error("{name} is damaged: {why}")]
    Damaged { name: ArchiveName, why: String },
    #[error("{}: cannot be read", .path.display())]
    Live { path: PathBuf, source: io::Error },
    #[error("{}: the list of files cannot be used", .path.display())]
    List { path: PathBuf, source: io::Error },
    #[error("{}: {source}", .path.display())]
    ListLine { path: PathBuf, source: BadLine },
    #[error("there is no section {key:?} in this backup; there are: {known}")]
    NoSection { key: String, known: String },
    #[error("{what} can be chosen only from {kind} backups")]
    WrongKind { what: &'static str, kind: &'static str },
    #[error("the check \"{name}\" failed: {detail}")]
    Blocked { name: &'static str, detail: String, advice: String },
    #[error("something has changed since the preview was shown, so nothing was restored")]
    Stale,
    #[error("{}: the folder to restore into cannot be used", .path.display())]
    Target { path: PathBuf, source: io::Error },
    #[error("{}: this is {what} ({}), and files of a backup do not go there", .path.display(), .inside.display())]
    Inside { path: PathBuf, inside: PathBuf, what: &'static str },
    #[error("{}: the camera's images folder is not there: {why}", .path.display())]
    NoImages { path: PathBuf, why: &'static str },
    #[error("{}: the rows of the backup could not be merged into the camera's database", .path.display())]
    Merge { path: PathBuf, source: database::Error },
    #[error("there is no restore that can be undone")]
    NothingToUndo,
    #[error("there is no restore {0:?} that can be undone")]
    NoRestore(String),
    #[error("the camera did not come back after the restore; everything was put back as it was ({0})")]
    PutBack(String),
    #[error("{}: cannot be written", .path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl From<site::Error> for Error {
    fn from(error: site::Error) -> Self {
        Error::Work(error.into())
    }
}

impl From<folder::Error> for Error {
    fn from(error: folder::Error) -> Self {
        Error::Work(error.into())
    }
}

impl From<transfer::Error> for Error {
    fn from(error: transfer::Error) -> Self {
        Error::Night(error.into())
    }
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Cancelled(_) | Error::Unpack(sweep::Error::Cancelled(_)) => Code::Cancelled,
            Error::Work(error) => error.code(),
            Error::Night(error) => error.code(),
            Error::Swap(error) => error.code(),
            Error::Service(error) => error.code(),
            Error::Unpack(sweep::Error::Write { .. }) => Code::Failed,
            Error::Merge { source, .. } => source.code(),
            Error::Unpack(_) | Error::Damaged { .. } | Error::NightDamaged { .. } => Code::Damaged,
            Error::List { .. }
            | Error::ListLine { .. }
            | Error::NoSection { .. }
            | Error::WrongKind { .. }
            | Error::Target { .. }
            | Error::Inside { .. } => Code::Usage,
            Error::Blocked { .. } | Error::Stale => Code::Refused,
            Error::NoImages { .. } => Code::NotReady,
            Error::NothingToUndo | Error::NoRestore(_) => Code::NotFound,
            Error::Live { .. } | Error::PutBack(_) | Error::Write { .. } => Code::Failed,
        }
    }

    fn advice(&self) -> String {
        if let Error::Live { path, source } | Error::Target { path, source } | Error::Write { path, source } = self
            && let Some(told) = io_advice::advice(path, source)
        {
            return told;
        }
        let words = match self {
            Error::Work(error) => return error.advice(),
            Error::Night(error) => return error.advice(),
            Error::Swap(error) => return error.advice(),
            Error::Service(error) => return error.advice(),
            Error::Blocked { advice, .. } => return advice.clone(),
            Error::Cancelled(_) | Error::Unpack(sweep::Error::Cancelled(_)) => "Nothing was changed.",
            Error::Unpack(sweep::Error::Write { .. }) | Error::Write { .. } => {
                "Nothing was changed; check room and permissions of this disk, then try again."
            }
            Error::Unpack(_) | Error::Damaged { .. } => {
                "Nothing was changed. Use another backup; undamaged files of this one can still be extracted."
            }
            Error::NightDamaged { .. } => {
                "Nothing was changed. `allsky-backups nights verify` names all that is wrong with this night."
            }
            Error::Live { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied => {
                "Nothing was changed; check the permissions of this file."
            }
            Error::Live { .. } => {
                "Nothing was changed. Look at that path: a link, pipe or folder in place of a file has to be moved away."
            }
            Error::Merge { .. } => {
                "Nothing was changed. Keep today's database (--database keep), or take the backup's (--database take); an undo brings today's back."
            }
            Error::List { .. } | Error::ListLine { .. } => {
                "Give one name a line, as `allsky-backups info NAME --files` prints them."
            }
            Error::NoSection { .. } | Error::WrongKind { .. } => "Choose from what `allsky-backups info NAME` shows.",
            Error::Stale => "Look at the new preview, then confirm again.",
            Error::Target { .. } => "Name a folder whose parent exists and that you can write to.",
            Error::Inside { .. } => {
                "Name a folder of its own, on a drive or in your home. To give files back to the camera, leave --to out."
            }
            Error::NoImages { .. } => {
                "Nothing was changed. Connect or mount the disk with the images, or restore into another folder (--to)."
            }
            Error::NothingToUndo | Error::NoRestore(_) => "`allsky-backups restores` shows what can be undone.",
            Error::PutBack(_) => "The log of the camera (journalctl -u allsky) tells why it did not start.",
        };
        words.to_owned()
    }
}
