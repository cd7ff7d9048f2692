//! What can be wrong with a folder of archives, and what its owner can do about it.
use std::io;
use std::path::PathBuf;

use uuid::Uuid;

use super::drive;
use crate::base::io_advice;
use crate::domain::archive::name::ArchiveName;
use crate::domain::failure::{Advice, Code};

/// Whether there is an archive that could make room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Archives,
    Nothing,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}: no such backups folder", .0.display())]
    Missing(PathBuf),
    #[error("{}: this is a file, not a folder", .0.display())]
    NotAFolder(PathBuf),
    #[error("{}: this is {what}, and backups need a folder of their own", .path.display())]
    Unfit { path: PathBuf, what: &'static str },
    #[error("{}: this lies in {}, which belongs to the camera", .path.display(), .within.display())]
    Held { path: PathBuf, within: PathBuf },
    #[error("{}: this folder cannot be opened", .path.display())]
    Shut { path: PathBuf, source: io::Error },
    #[error("{}: this folder cannot be written to", .path.display())]
    ReadOnly { path: PathBuf, source: io::Error },
    /// `reserve` is the part of `need` that stays free.
    #[error("not enough room in {}: {need} needed, of which {reserve} stay free as a reserve, and {have} free", .path.display())]
    Full { path: PathBuf, need: String, reserve: String, have: String, holds: Holds },
    #[error("{}: the disk is full", .0.display())]
    DiskFull(PathBuf),
    #[error("{}: access failed", .path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("there is no archive {0}")]
    NoArchive(ArchiveName),
    #[error("another program made {0} at the same moment; nothing was replaced")]
    Taken(ArchiveName),
    #[error("there is no unfinished upload {0}")]
    NoUpload(Uuid),
    #[error("another program is going on with this upload right now")]
    UploadTaken,
    #[error(transparent)]
    Drive(#[from] drive::Error),
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::NoArchive(_) | Error::NoUpload(_) => Code::NotFound,
            Error::UploadTaken => Code::Protected,
            Error::Taken(_) => Code::Failed,
            Error::Drive(error) => error.code(),
            _ => Code::NotReady,
        }
    }
    fn advice(&self) -> String {
        match self {
            Error::Drive(error) => return error.advice(),
            Error::Missing(_) => {
                "Is the disk plugged in and mounted? Make the folder, or choose another: dir in [backups] of the configuration."
            }
            Error::NotAFolder(_) => "Choose another folder for backups: dir in [backups] of the configuration.",
            Error::Unfit { .. } => {
                "Choose a folder below it, for example allskybackups: dir in [backups] of the configuration."
            }
            Error::Held { .. } => {
                "What lies there is packed into backups, replaced by restores or given out by the web server. Choose a folder beside the camera's own, for example allskybackups: dir in [backups] of the configuration."
            }
            Error::Shut { path, source } => {
                let told = "Give the folder to the user that runs this.";
                return io_advice::advice(path, source).unwrap_or_else(|| told.to_owned());
            }
            Error::ReadOnly { path, source } => {
                let told = "Give the folder to the user that runs this, and check that its disk is not read-only.";
                return io_advice::advice(path, source).unwrap_or_else(|| told.to_owned());
            }
            Error::Full { holds: Holds::Nothing, .. } => {
                "Make room on this disk, or keep backups on a larger one: dir in [backups] of the configuration."
            }
            Error::Full { .. } => "Delete archives that you no longer need, or use a larger disk.",
            Error::DiskFull(_) => "Delete archives that you no longer need, make room otherwise, or use a larger disk.",
            Error::Io { path, source } => {
                let told = "Check the disk and its cable; the system log may say more.";
                return io_advice::advice(path, source).unwrap_or_else(|| told.to_owned());
            }
            Error::NoArchive(_) => "Look at the list of archives for its exact name.",
            Error::Taken(_) => "Start it again.",
            Error::NoUpload(_) => "It is done, was removed, or became too old: send the file from its beginning.",
            Error::UploadTaken => "Try again in a minute.",
        }
        .to_owned()
    }
}
