//! What can go wrong on the way.
use std::io::{self, ErrorKind};

use crate::base::io_advice;
use crate::destination::drive;
use crate::domain::failure::{Advice, Code};
use crate::domain::monitor::Cancelled;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A place no longer answers.
    #[error(transparent)]
    Drive(#[from] drive::Error),
    #[error("{what} on the drive")]
    Io { what: String, source: io::Error },
}

impl Error {
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Error {
        let what = what.into();
        move |source| Error::Io { what, source }
    }
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Cancelled(_) => Code::Cancelled,
            Error::Drive(error) => error.code(),
            Error::Io { source, .. } => match source.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::ReadOnlyFilesystem => Code::NotReady,
                _ => Code::Failed,
            },
        }
    }

    fn advice(&self) -> String {
        match self {
            Error::Cancelled(_) => "Start it again when you like.".to_owned(),
            Error::Drive(error) => error.advice(),
            Error::Io { source, .. } => {
                let told = "Check the drive and its cable; what is verified on it stays as it is.";
                io_advice::advice_for_all(source, "the drive").unwrap_or_else(|| told.to_owned())
            }
        }
    }
}
