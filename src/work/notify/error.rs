//! Why messages besides mails do not leave.
use std::path::PathBuf;

use crate::catalog;
use crate::channel;
use crate::domain::failure::{Advice, Code};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    #[error(transparent)]
    Channel(#[from] channel::Error),
    #[error("there is no channel {0}")]
    Unknown(String),
    #[error("{}: the lock cannot be used", .path.display())]
    Lock { path: PathBuf, source: std::io::Error },
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Catalog(e) => e.code(),
            Error::Channel(e) => e.code(),
            Error::Unknown(_) => Code::NotFound,
            Error::Lock { .. } => Code::Usage,
        }
    }

    fn advice(&self) -> String {
        match self {
            Error::Catalog(e) => e.advice(),
            Error::Channel(e) => e.advice(),
            Error::Unknown(_) => "Each [[notify_to]] of the configuration is a channel.".to_owned(),
            Error::Lock { .. } => "Choose a state folder that belongs to you, with --state.".to_owned(),
        }
    }
}
