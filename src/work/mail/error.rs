//! What can go wrong when mails are sent.
use std::path::PathBuf;

use crate::domain::failure::{Advice, Code};
use crate::{catalog, mail};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    #[error(transparent)]
    Mail(#[from] mail::Error),
    #[error("{}: the lock cannot be used", .path.display())]
    Lock { path: PathBuf, source: std::io::Error },
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Catalog(e) => e.code(),
            Error::Mail(e) => e.code(),
            Error::Lock { .. } => Code::Usage,
        }
    }

    fn advice(&self) -> String {
        match self {
            Error::Catalog(e) => e.advice(),
            Error::Mail(e) => e.advice(),
            Error::Lock { .. } => "Choose a state folder that belongs to you, with --state.".to_owned(),
        }
    }
}
