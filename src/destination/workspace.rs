//! A place for what is not finished: `.partial-UUID` in the backups folder, so that the final name
//! is a rename away and never a copy.
//!
//! Its folder is locked as long as it is in use. The kernel gives the lock back when a process dies,
//! however it dies; what is unlocked is litter, and nothing that is locked is ever removed.
use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, FlockOperation};
use uuid::Uuid;

use super::folder::{Error, Folder};
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::archive_name::ArchiveName;

const PREFIX: &str = ".partial-";
pub(super) const RESERVED: &str = ".reserved-";

/// A locked temporary folder; gone with all it holds when dropped.
#[derive(Debug)]
pub struct Workspace {
    parent: Dir,
    name: RelPath,
    dir: Dir,
    after: After,
}

/// What becomes of a workspace when it is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    Gone,
    /// Unlocked, for whoever goes on with it.
    Stays,
}

impl Workspace {
    pub fn dir(&self) -> &Dir {
        &self.dir
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Its name in the backups folder.
    pub(super) fn name(&self) -> &RelPath {
        &self.name
    }

    /// Locks the folder `name`, which is there. `None` when somebody else has it, or took it away.
    pub(super) fn lock_existing(parent: Dir, name: RelPath, after: After) -> io::Result<Option<Workspace>> {
        let dir = match parent.dir(&name) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let ours = lock(dir.as_fd()).is_ok() && is_still(&parent, name.as_bytes(), dir.as_fd());
        // Made only when it is ours: what is made is removed when it is dropped.
        Ok(ours.then(|| Workspace { parent, name, dir, after }))
    }

    pub(super) fn set_after(&mut self, after: After) {
        self.after = after;
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if self.after == After::Stays {
            return;
        }
        // What cannot be removed now is unlocked in a moment, and swept at the next start.
        let _ = self.parent.remove_tree(&self.name);
    }
}

impl Folder {
    /// A locked temporary folder `.partial-UUID` inside; removed on drop, or by `sweep` after a kill.
    pub fn workspace(&self) -> Result<Workspace, Error> {
        self.workspace_called(|| format!("{PREFIX}{}", Uuid::now_v7()), After::Gone)
    }

    /// The same under a name of `called`, which is asked again when somebody swept it away too early.
    pub(super) fn workspace_called(&self, called: impl Fn() -> String, after: After) -> Result<Workspace, Error> {
        loop {
            let (parent, name) = (self.dir()?, self.inside(&called())?);
            parent.make_dir(&name).map_err(|e| self.trouble(e))?;
            if let Some(made) = Workspace::lock_existing(parent, name, after).map_err(|e| self.trouble(e))? {
                return Ok(made);
            }
        }
    }

    /// Removes what dead processes left: workspaces, reserved names, and sidecars and indices whose
    /// archive is gone; returns how many. What a living process has, here or elsewhere, stays.
    pub fn sweep(&self) -> Result<usize, Error> {
        let Some(dir) = self.dir_if_made()? else { return Ok(0) };
        let mut swept = 0;
        for entry in dir.entries().map_err(|e| self.trouble(e))? {
            let bytes = entry.as_bytes();
            let Ok(name) = RelPath::parse(bytes) else { continue };
            let removed = if bytes.starts_with(PREFIX.as_bytes()) {
                // Taken by a living process, or already gone: not ours to remove.
                dir.dir(&name).is_ok_and(|found| lock(found.as_fd()).is_ok() && dir.remove_tree(&name).is_ok())
            } else if bytes.starts_with(RESERVED.as_bytes()) {
                dir.read(&name).is_ok_and(|mark| lock(mark.as_fd()).is_ok() && dir.remove_file(&name).is_ok())
            } else {
                self.is_orphan(&dir, bytes)? && dir.remove_file(&name).is_ok()
            };
            swept += usize::from(removed);
        }
        dir.sync().map_err(|e| self.trouble(e))?;
        Ok(swept)
    }

    /// A sidecar or index under an archive's name, without the archive. Other people's `.json` files
    /// have other names.
    fn is_orphan(&self, dir: &Dir, name: &[u8]) -> Result<bool, Error> {
        let Ok(text) = std::str::from_utf8(name) else { return Ok(false) };
        let Some(stem) = text.strip_suffix(".json").or_else(|| text.strip_suffix(".index")) else { return Ok(false) };
        let Ok(archive) = ArchiveName::parse(&format!("{stem}.tar.gz")) else { return Ok(false) };
        let ours = text.ends_with(".index") || (archive.kind().is_some() && archive.made().is_some());
        Ok(ours && self.regular(dir, archive.as_str().as_bytes())?.is_none())
    }
}

/// Fails when another open file has the lock.
pub(super) fn lock(file: impl AsFd) -> rustix::io::Result<()> {
    rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive)
}

/// True when `name` in `dir` is what `open` is open on.
pub(super) fn is_still(dir: &Dir, name: &[u8], open: impl AsFd) -> bool {
    let there = rustix::fs::statat(dir.as_fd(), OsStr::from_bytes(name), AtFlags::SYMLINK_NOFOLLOW);
    matches!((there, rustix::fs::fstat(open)), (Ok(a), Ok(b)) if a.st_ino == b.st_ino && a.st_dev == b.st_dev)
}
