//! Whatever stops a verb: the rooms' own errors, and the few that only a verb can have.
use std::io::ErrorKind;
use std::path::PathBuf;

use crate::archive;
use crate::base::io_advice;
use crate::base::size::Bytes;
use crate::catalog;
use crate::destination::{drive, folder};
use crate::domain::archive::name::ArchiveName;
use crate::domain::destination::DestinationName;
use crate::domain::failure::{Advice, Code};
use crate::domain::monitor::Cancelled;
use crate::domain::plan::name::PlanName;
use crate::site;
use crate::transfer;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error(transparent)]
    Site(#[from] site::Error),
    #[error(transparent)]
    Database(#[from] site::database::Error),
    #[error(transparent)]
    Service(#[from] site::service::Error),
    #[error(transparent)]
    Folder(#[from] folder::Error),
    #[error(transparent)]
    Write(#[from] archive::write::Error),
    #[error(transparent)]
    Transfer(transfer::Error),
    #[error(transparent)]
    ReadBack(#[from] transfer::read_back::Error),
    #[error(transparent)]
    Refused(#[from] archive::inspect::Refusal),
    #[error(transparent)]
    Index(#[from] archive::index::Error),
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    #[error("{name} has no member {member}")]
    NoMember { name: ArchiveName, member: String },
    #[error("{name} is not a backup: {why}")]
    NotABackup { name: ArchiveName, why: String },
    #[error("the members of {name} cannot be listed: {why}")]
    Unlisted { name: ArchiveName, why: String },
    #[error("{}: cannot be read", .path.display())]
    Source { path: PathBuf, source: std::io::Error },
    #[error("{}: this is not a file", .0.display())]
    NotAFile(PathBuf),
    #[error("{}: cannot be written", .path.display())]
    Scratch { path: PathBuf, source: std::io::Error },
    #[error("there is no plan {0}")]
    NoPlan(PlanName),
    #[error("there is no destination {0}")]
    NoDestination(DestinationName),
    #[error("the archive lies on {0} already")]
    OneDestination(DestinationName),
    #[error("another archive with the name {name} lies on {destination}")]
    OtherThere { name: ArchiveName, destination: DestinationName },
    #[error("{0} is no longer as it was when it was verified")]
    Rotten(ArchiveName),
    #[error(transparent)]
    Drive(#[from] drive::Error),
    #[error("{0} is pinned")]
    Pinned(ArchiveName),
    #[error(transparent)]
    Nights(Box<super::nights::Error>),
    #[error("there are no pictures in what was chosen")]
    NoPictures,
    #[error("the connection broke after {}", how_far(*.received, *.expected))]
    Broken { received: u64, expected: Option<u64>, source: Option<std::io::Error> },
    #[error("{} are here", how_far(*.received, Some(*.expected)))]
    Waiting { received: u64, expected: u64, source: Option<std::io::Error> },
    #[error("{0} uploads are unfinished, and no more are begun")]
    ManyParts(usize),
}

fn how_far(received: u64, expected: Option<u64>) -> String {
    match expected {
        Some(all) => format!("{} of {}", Bytes(received), Bytes(all)),
        None => Bytes(received).to_string(),
    }
}

impl Error {
    fn is_cancelled(&self) -> bool {
        matches!(
            self,
            Error::Cancelled(_)
                | Error::Database(site::database::Error::Cancelled(_))
                | Error::Write(archive::write::Error::Cancelled(_))
                | Error::ReadBack(transfer::read_back::Error::Cancelled(_))
                | Error::Refused(archive::inspect::Refusal::Cancelled(_))
        )
    }

    /// The disk that we write to is full.
    fn is_full(&self) -> bool {
        let sqlite = match self {
            Error::Database(site::database::Error::Copy { source, .. }) => source.sqlite_error_code(),
            Error::Index(archive::index::Error(source)) => source.sqlite_error_code(),
            _ => None,
        };
        if sqlite == Some(rusqlite::ErrorCode::DiskFull) {
            return true;
        }
        let kind = match self {
            Error::Write(archive::write::Error::Write { source, .. }) | Error::Scratch { source, .. } => source.kind(),
            _ => return false,
        };
        matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
    }
}

impl From<transfer::Error> for Error {
    fn from(error: transfer::Error) -> Error {
        match error {
            transfer::Error::Cancelled(cancelled) => Error::Cancelled(cancelled),
            transfer::Error::Drive(error) => Error::Drive(error),
            other => Error::Transfer(other),
        }
    }
}

impl Advice for Error {
    fn code(&self) -> Code {
        if self.is_cancelled() {
            return Code::Cancelled;
        }
        if self.is_full() {
            return Code::NotReady;
        }
        match self {
            Error::Cancelled(_) => Code::Cancelled,
            Error::Site(e) => e.code(),
            Error::Database(e) => e.code(),
            Error::Service(e) => e.code(),
            Error::Folder(e) => e.code(),
            Error::Write(e) => e.code(),
            Error::ReadBack(e) => e.code(),
            Error::Refused(e) => e.code(),
            Error::Catalog(e) => e.code(),
            Error::Nights(e) => e.code(),
            Error::Drive(e) => e.code(),
            Error::Transfer(e) => e.code(),
            Error::NoDestination(_) | Error::NoMember { .. } | Error::NoPlan(_) => Code::NotFound,
            Error::ManyParts(_) | Error::Pinned(_) | Error::OtherThere { .. } => Code::Protected,
            Error::Source { source, .. } if source.kind() == ErrorKind::NotFound => Code::NotFound,
            Error::Unlisted { .. } | Error::Rotten(_) => Code::Damaged,
            Error::NotABackup { .. } => Code::Refused,
            Error::NotAFile(_) | Error::NoPictures | Error::OneDestination(_) => Code::Usage,
            Error::Scratch { .. } => Code::NotReady,
            Error::Index(_) | Error::Source { .. } | Error::Broken { .. } | Error::Waiting { .. } => Code::Failed,
        }
    }

    fn advice(&self) -> String {
        if self.is_cancelled() {
            return "Nothing was left behind; start it again when you like.".into();
        }
        if self.is_full() {
            return "Nothing was left behind. Delete archives that you no longer need, or use a larger disk.".into();
        }
        if let Error::Source { path, source } | Error::Scratch { path, source } = self
            && let Some(told) = io_advice::advice(path, source)
        {
            return told;
        }
        let text = match self {
            Error::Site(e) => return e.advice(),
            Error::Database(e) => return e.advice(),
            Error::Service(e) => return e.advice(),
            Error::Folder(e) => return e.advice(),
            Error::Write(e) => return e.advice(),
            Error::ReadBack(e) => return e.advice(),
            Error::Refused(e) => return e.advice(),
            Error::Catalog(e) => return e.advice(),
            Error::Nights(e) => return e.advice(),
            Error::Drive(e) => return e.advice(),
            Error::Transfer(e) => return e.advice(),
            Error::NoDestination(_) => "`allsky-backups dest list` shows all destinations.",
            Error::OneDestination(_) => "Choose two destinations; `allsky-backups dest list` shows all of them.",
            Error::OtherThere { .. } => {
                "Nothing was replaced. Delete or move the one that lies there, or keep both as they are."
            }
            Error::Rotten(_) => "Nothing was copied. Verify it, make a new backup, and check the disk that it is on.",
            Error::NoPlan(_) => "`allsky-backups plans list` shows all plans.",
            Error::Pinned(_) => "Take the pin away first: `allsky-backups unpin NAME`, or Unpin on the page.",
            Error::Cancelled(_) => "Start it again when you like.",
            Error::Index(_) | Error::Scratch { .. } => "Is the disk of the backups folder full or failing?",
            Error::NoMember { .. } => "Look at its list of files for the exact name.",
            Error::NotABackup { .. } => {
                "Use the archive as it was made. One that was taken apart is packed again with all its members, SHA256SUMS among them: tar czf NAME.tar.gz *. Other programs, such as tar, may still read this one."
            }
            Error::Unlisted { .. } => "Use another backup; nothing in this one can be read.",
            Error::Source { .. } => "Is the path right, and may you read it?",
            Error::NotAFile(_) => "Give the path of a .tar.gz file.",
            Error::NoPictures => "Choose folders that have pictures in them.",
            Error::Broken { .. } => "Nothing was kept of it; upload it again.",
            Error::Waiting { .. } => "They are kept for a week: upload the same file again, and it goes on from there.",
            Error::ManyParts(_) => "Go on with one of them, or remove one.",
        };
        text.to_owned()
    }
}
