//! Why nothing could be opened, and what helps.
use std::io;
use std::path::PathBuf;

use crate::base::io_advice;
use crate::catalog;
use crate::domain::failure::{Advice, Code};
use crate::work::settings::Mistaken;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}: the configuration cannot be read", .path.display())]
    Config { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Settings(#[from] Mistaken),
    #[error("HOME is not set, so the usual place of {0} is not known")]
    Homeless(&'static str, &'static str),
    #[error("{}: not a usable path", .path.display())]
    Path { path: PathBuf, source: io::Error },
    #[error("{}: the state folder cannot be made", .path.display())]
    State { path: PathBuf, source: io::Error },
    #[error("{}: the state folder cannot be written to", .path.display())]
    Shut { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::State { .. } | Error::Shut { .. } => Code::NotReady,
            Error::Catalog(error) => error.code(),
            _ => Code::Usage,
        }
    }

    fn advice(&self) -> String {
        match self {
            Error::Config { .. } => "Name a file with --config that this user may read.".into(),
            Error::Settings(mistaken) => mistaken.advice(),
            Error::Homeless(what, option) => format!("Name {what} with {option} or set HOME."),
            Error::Path { .. } => "Check the spelling of the path.".into(),
            Error::State { path, source } => io_advice::advice(path, source)
                .unwrap_or_else(|| "Name a folder that you can write to with --state.".into()),
            Error::Shut { path, source } => io_advice::advice(path, source).unwrap_or_else(|| {
                "Make room on its disk, or mend the disk if it became read-only; --state names a folder on another disk. \
                 Until then backups can be read, and none can be made."
                    .into()
            }),
            Error::Catalog(error) => error.advice(),
        }
    }
}
