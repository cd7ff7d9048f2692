//! A file that another program opens by its name, SQLite for one, reached without following links.
//!
//! Links in the path of the folder that the owner chose are the owner's own and are followed once. Below it any
//! user who may write there could put a link, or swap a folder for one, and lead us to any file that we may read.
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::dir::Dir;
use super::rel_path::RelPath;

/// Why a file is not opened behind a link.
const LINK: &str = "a link is in its path, and it is opened without following links";

/// An open regular file, and the one path that leads to it without a link.
#[derive(Debug)]
pub struct Unlinked {
    file: File,
    path: PathBuf,
}

impl Unlinked {
    /// Opens `file`, below `folder` when it lies there; else its own folder is the one that was chosen.
    pub fn open(folder: &Path, file: &Path) -> io::Result<Self> {
        let below = file.strip_prefix(folder).ok().and_then(|rest| RelPath::parse(rest.as_os_str().as_bytes()).ok());
        let (folder, name) = match below {
            Some(name) => (folder, name),
            None => {
                let name = file.file_name().unwrap_or_default();
                let name =
                    RelPath::parse(name.as_bytes()).map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?;
                (folder_of(file), name)
            }
        };
        let real = folder.canonicalize()?;
        let file = Dir::open(&real)?.read(&name).map_err(told)?;
        let found = Unlinked { file, path: real.join(name.as_path()) };
        found.still_there()?;
        Ok(found)
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    /// Without a link anywhere, unless one was laid since.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Refuses a path that leads to another file by now.
    pub fn still_there(&self) -> io::Result<()> {
        let (ours, there) = (self.file.metadata()?, std::fs::symlink_metadata(&self.path)?);
        if (ours.dev(), ours.ino()) == (there.dev(), there.ino()) { Ok(()) } else { Err(io::Error::other(LINK)) }
    }
}

/// `path` with the links of its folder resolved, for what refuses every link in a path.
pub fn behind_folder(path: &Path) -> io::Result<PathBuf> {
    Ok(folder_of(path).canonicalize()?.join(path.file_name().unwrap_or_default()))
}

/// The folder that `path` names a file in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn told(why: io::Error) -> io::Error {
    use rustix::io::Errno;
    match Errno::from_io_error(&why) {
        Some(Errno::LOOP | Errno::XDEV) => io::Error::other(LINK),
        _ => why,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_of_the_owner_above_are_followed_and_none_below() {
        let top = tempfile::tempdir().unwrap();
        let at = |name: &str| top.path().join(name);
        std::fs::create_dir_all(at("disk/home/config")).unwrap();
        std::fs::create_dir_all(at("private")).unwrap();
        for file in ["disk/home/config/a.db", "private/a.db"] {
            std::fs::write(at(file), file).unwrap();
        }
        symlink("disk/home", at("home")).unwrap();
        let found = Unlinked::open(&at("home"), &at("home/config/a.db")).unwrap();
        assert_eq!(found.path(), at("disk/home/config/a.db").canonicalize().unwrap());
        // The folder is swapped while the file is open.
        std::fs::rename(at("disk/home/config"), at("disk/home/away")).unwrap();
        symlink(at("private"), at("disk/home/config")).unwrap();
        assert!(found.still_there().is_err());
        let why = Unlinked::open(&at("home"), &at("home/config/a.db")).unwrap_err();
        assert!(why.to_string().contains("link"), "{why}");
        symlink(at("private/a.db"), at("disk/home/b.db")).unwrap();
        assert!(Unlinked::open(&at("home"), &at("home/b.db")).is_err());
        // A file elsewhere is in a folder that its owner chose.
        assert!(Unlinked::open(&at("home"), &at("disk/home/config/a.db")).is_ok());
        assert!(Unlinked::open(&at("home"), &at("disk/home/b.db")).is_err());
    }
}
