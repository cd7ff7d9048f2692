//! Why an archive could not be written, and what helps.
use std::io;
use std::path::PathBuf;

use crate::base::io_advice;
use crate::base::size::Bytes;
use crate::domain::failure::{Advice, Code};
use crate::domain::monitor::Cancelled;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("{}: the disk is full: {} of about {} are written and {} are free", .path.display(), Bytes(*.have), Bytes(*.need), Bytes(*.free))]
    Full { path: PathBuf, need: u64, have: u64, free: u64, source: io::Error },
    #[error("{}: writing failed", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{}: cannot be read", .path.display())]
    Metadata { path: PathBuf, source: io::Error },
    #[error("{}: the member index could not be written", .path.display())]
    Index { path: PathBuf, source: super::index::Error },
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Cancelled(_) => Code::Cancelled,
            Error::Full { .. } => Code::NotReady,
            _ => Code::Failed,
        }
    }
    fn advice(&self) -> String {
        match self {
            Error::Cancelled(_) => "Nothing was kept; start it again whenever you like.",
            Error::Full { .. } => "Delete old backups or choose another disk, then start it again.",
            Error::Write { path, source } => {
                let told = "Check the disk that holds the backups; its system log may say more.";
                return io_advice::advice(path, source).unwrap_or_else(|| told.to_owned());
            }
            Error::Metadata { .. } | Error::Index { .. } => {
                "Check that the backup folder can be written to, then start it again."
            }
        }
        .to_owned()
    }
}
