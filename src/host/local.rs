//! A folder of this machine that is to be taken. Links in the path that its owner chose are followed; below it none is.
//!
//! A folder that is missing, cannot be read, or is empty is an error: an empty snapshot of it would look like a good one.
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::base::attributes::Seen;
use crate::base::io_advice;
use crate::base::tree::names::Names;
use crate::base::tree::open_path::lies_within;
use crate::domain::failure::{Advice, Code};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}: the folder that is to be taken is not there", .0.display())]
    Missing(PathBuf),
    #[error("{}: what is to be taken is no folder", .0.display())]
    NotAFolder(PathBuf),
    #[error("{}: the folder that is to be taken cannot be read", .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}: the folder that is to be taken is empty", .0.display())]
    Empty(PathBuf),
    #[error("{}: this folder lies on the drive that snapshots of it would go to", .0.display())]
    OnTheDrive(PathBuf),
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::OnTheDrive(_) => Code::Usage,
            Error::Missing(_) | Error::NotAFolder(_) | Error::Unreadable { .. } | Error::Empty(_) => Code::Failed,
        }
    }

    fn advice(&self) -> String {
        match self {
            Error::Missing(_) | Error::Empty(_) => {
                "No snapshot was made, and all earlier ones stay. Is a disk not mounted, or the path of the [[host]] another one?"
            }
            Error::NotAFolder(_) => "No snapshot was made. Name a folder as path of the [[host]].",
            Error::Unreadable { path, source } => {
                let told = "No snapshot was made. May this program read the folder, and is its disk well?";
                return io_advice::advice(path, source).unwrap_or_else(|| told.to_owned());
            }
            Error::OnTheDrive(_) => "Name a folder of the machine as path of the [[host]], or another destination.",
        }
        .to_owned()
    }
}

/// The open folder.
#[derive(Debug)]
pub struct LocalFolder {
    fd: OwnedFd,
    path: PathBuf,
    seen: Seen,
}

impl LocalFolder {
    pub fn open(path: &Path) -> Result<LocalFolder, Error> {
        let unreadable = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => Error::Missing(path.to_owned()),
            io::ErrorKind::NotADirectory => Error::NotAFolder(path.to_owned()),
            _ => Error::Unreadable { path: path.to_owned(), source },
        };
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty()).map_err(|e| unreadable(e.into()))?;
        let seen = Seen::from(&rustix::fs::fstat(&fd).map_err(|e| unreadable(e.into()))?);
        let folder = LocalFolder { fd, path: path.to_owned(), seen };
        if Names::of(&folder.fd).map_err(unreadable)?.is_empty() {
            return Err(folder.is_empty());
        }
        Ok(folder)
    }

    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Nothing in it is taken.
    pub fn is_empty(&self) -> Error {
        Error::Empty(self.path.clone())
    }

    /// Refuses a folder that is, or lies below, the folder with this device and inode.
    pub fn refuse_below(&self, drive: &Seen) -> Result<(), Error> {
        match lies_within(&self.fd, (drive.device, drive.inode)) {
            Ok(false) => Ok(()),
            Ok(true) => Err(Error::OnTheDrive(self.path.clone())),
            Err(source) => Err(Error::Unreadable { path: self.path.clone(), source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_below_the_drive_is_refused_and_one_beside_it_is_not() {
        let top = tempfile::tempdir().unwrap();
        for folder in ["drive/hosts/pi", "home/a"] {
            std::fs::create_dir_all(top.path().join(folder)).unwrap();
        }
        let open = |name: &str| LocalFolder::open(&top.path().join(name));
        let drive = *open("drive").unwrap().seen();
        assert!(matches!(open("drive").unwrap().refuse_below(&drive), Err(Error::OnTheDrive(_))));
        assert!(matches!(open("drive/hosts").unwrap().refuse_below(&drive), Err(Error::OnTheDrive(_))));
        assert!(open("home").unwrap().refuse_below(&drive).is_ok());
        assert!(matches!(open("home/a"), Err(Error::Empty(_))));
        assert!(matches!(open("nowhere"), Err(Error::Missing(_))));
        std::fs::write(top.path().join("file"), "x").unwrap();
        assert!(matches!(open("file"), Err(Error::NotAFolder(_))));
    }
}
