//! Why a set of files was not replaced. Unless it says otherwise, every file is as it was.
use std::io;
use std::path::PathBuf;

use super::id::SwapId;
use crate::base::io_advice;
use crate::base::rel_path::printable;
use crate::domain::failure::{Advice, Code};
use crate::domain::monitor::Cancelled;

/// What stands where a file should go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    Link,
    Folder,
    /// FIFO, socket or device.
    Special,
    /// A file where a folder is needed.
    NoFolder,
}

impl std::fmt::Display for Obstacle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Obstacle::Link => "a symbolic link is in the way",
            Obstacle::Folder => "a folder is in the way",
            Obstacle::Special => "a device, pipe or socket is in the way",
            Obstacle::NoFolder => "a file stands where a folder is needed",
        })
    }
}

fn show(path: &std::path::Path) -> String {
    printable(path.as_os_str().as_encoded_bytes())
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("another restore is running")]
    Busy,
    #[error("restore {0} was interrupted and is not finished yet")]
    Unfinished(SwapId),
    #[error("there is no restore {0} that can be undone")]
    NoSwap(SwapId),
    #[error("{}: {obstacle}", show(.path))]
    InTheWay { path: PathBuf, obstacle: Obstacle },
    #[error("{}: is on another disk than {}", show(.path), show(.root))]
    OtherDisk { path: PathBuf, root: PathBuf },
    #[error("there is no folder number {0} in this restore")]
    NoRoot(usize),
    #[error("{}: was named twice", show(.0))]
    Twice(PathBuf),
    #[error("{}: is to be a second name of {}, which is not among the new files", show(.path), show(.to))]
    NoSuchNewFile { path: PathBuf, to: PathBuf },
    #[error("{}: mode {mode:04o} is not allowed", show(.path))]
    Mode { path: PathBuf, mode: u32 },
    #[error("{}: {what} cannot be set by this user", show(.path))]
    Denied { path: PathBuf, what: String },
    #[error("{}: was changed by someone else in the meantime", show(.0))]
    Changed(PathBuf),
    #[error("{}: belongs to another user, and this disk has no way to keep it for an undo", show(.0))]
    CannotKeep(PathBuf),
    #[error("{}: the new content could not be read", show(.path))]
    Source { path: PathBuf, source: io::Error },
    #[error("{}: cannot {doing}", show(.path))]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("{}: the record of this restore is not readable ({why})", show(.path))]
    Record { path: PathBuf, why: String },
    #[error("the files could not all be replaced; every one of them was put back as it was")]
    PutBack(#[source] Box<Error>),
    #[error("restore {id} was interrupted half-way and could not be put back yet")]
    HalfWay { id: SwapId, source: Box<Error> },
}

impl Error {
    pub(super) fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
        let path = path.into();
        move |source| Error::Io { doing, path, source }
    }

    /// What to do where a file belongs to another user.
    fn denied(&self) -> Option<String> {
        match self {
            Error::Io { path, source, .. } | Error::Source { path, source } => io_advice::advice(path, source),
            _ => None,
        }
    }

    fn full(&self) -> bool {
        match self {
            Error::Io { source, .. } | Error::Source { source, .. } => {
                matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            }
            Error::PutBack(source) | Error::HalfWay { source, .. } => source.full(),
            _ => false,
        }
    }
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Cancelled(_) => Code::Cancelled,
            Error::NoSwap(_) => Code::NotFound,
            Error::Busy | Error::Unfinished(_) | Error::OtherDisk { .. } => Code::NotReady,
            Error::InTheWay { .. } | Error::Changed(_) | Error::CannotKeep(_) => Code::Protected,
            Error::Mode { .. } | Error::Twice(_) | Error::NoSuchNewFile { .. } | Error::NoRoot(_) => Code::Refused,
            _ if self.full() => Code::NotReady,
            _ => Code::Failed,
        }
    }

    fn advice(&self) -> String {
        if let Some(told) = self.denied() {
            return told;
        }
        let text = match self {
            Error::Cancelled(_) => "Nothing was changed.",
            Error::Busy => "Wait until it is done, then try again.",
            Error::Unfinished(_) | Error::HalfWay { .. } => {
                "Reconnect the disk if one is missing, then run `allsky-backups recover` before the camera starts."
            }
            Error::NoSwap(_) => "List the restores that can still be undone, and choose one of them.",
            Error::InTheWay { .. } => "Move it away if you do not need it there, then try again.",
            Error::OtherDisk { .. } => "Restore this folder on its own, to the disk where it is.",
            Error::Twice(_) | Error::NoSuchNewFile { .. } | Error::Mode { .. } | Error::NoRoot(_) => {
                "Nothing was changed; the archive asks for something that cannot be right."
            }
            Error::Denied { .. } => "Run the restore as the camera's owner, who must be a member of the file's group.",
            Error::Changed(_) => "Look at the preview again, then decide.",
            Error::CannotKeep(_) => "Give the file to the camera's owner with chown, then try again.",
            _ if self.full() => "Nothing was lost; free some space on this disk and try again.",
            _ => "Nothing was lost; check the disk and its permissions, then try again.",
        };
        text.to_owned()
    }
}
