//! A place for what is not finished: `.partial-UUID` in the backups folder, so that the final name
//! is a rename away and never a copy.
//!
//! Its folder is locked as long as it is in use. The kernel gives the lock back when a process dies,
//! however it dies; what is unlocked and signed by us is litter. Nothing that is locked is ever removed,
//! and nothing that only looks like ours.
use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::AtFlags;
use uuid::Uuid;

use super::folder::{Error, Folder};
use super::own::{self, RESERVED, RESERVING, WORKSPACE};
use crate::base::dir::Dir;
use crate::base::lock::take;
use crate::base::rel_path::RelPath;

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
    /// Its lock is given up, so that another process can go on with it.
    Stays,
}

impl Workspace {
    pub fn dir(&self) -> &Dir {
        &self.dir
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Locks the existing folder `name`. `None` when another process has its lock, or has removed it.
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
        self.workspace_called(WORKSPACE, After::Gone).map(|(_, workspace)| workspace)
    }

    /// Makes a workspace whose name begins otherwise, and returns the id that follows it. Begins anew when somebody
    /// swept it away before it was locked.
    pub(super) fn workspace_called(&self, prefix: &str, after: After) -> Result<(Uuid, Workspace), Error> {
        loop {
            let id = Uuid::now_v7();
            let (parent, name) = (self.place_for_work()?, self.inside(&format!("{prefix}{id}"))?);
            parent.make_dir(&name).map_err(|e| self.io_error(e))?;
            if let Some(made) = Workspace::lock_existing(parent, name, after).map_err(|e| self.io_error(e))? {
                own::sign(&made.dir, id).map_err(|e| self.io_error(e))?;
                return Ok((id, made));
            }
        }
    }

    /// The folder itself, or the one outside it for those who only read.
    pub(super) fn place_for_work(&self) -> Result<Dir, Error> {
        let Some(scratch) = self.scratch() else { return self.dir() };
        let io = |(path, source)| Error::Io { path, source };
        scratch.folder().and_then(|path| Dir::open(&path).map_err(|why| (path, why))).map_err(io)
    }

    /// Removes what dead processes left: workspaces that they signed, and names that they reserved; returns
    /// how many. What a living process has, here or elsewhere, stays, and so does all that is not ours.
    pub fn sweep(&self) -> Result<usize, Error> {
        self.refuse_to_write()?;
        let Some(dir) = self.dir_if_made()? else { return Ok(0) };
        let mut swept = 0;
        for entry in dir.entries().map_err(|e| self.io_error(e))? {
            let bytes = entry.as_bytes();
            let Ok(name) = RelPath::parse(bytes) else { continue };
            // An entry that cannot be read may not be ours, so it stays.
            let removed = match own::id_in(bytes, WORKSPACE) {
                Some(id) => sweep_folder(&dir, &name, id).unwrap_or(false),
                None => sweep_name(&dir, &name).unwrap_or(false),
            };
            swept += usize::from(removed);
        }
        if swept > 0 {
            dir.sync().map_err(|e| self.io_error(e))?;
        }
        Ok(swept)
    }
}

impl Folder {
    /// True when a dead process has left something that [`Folder::sweep`] would remove. Changes nothing.
    pub fn has_litter(&self) -> Result<bool, Error> {
        let Some(dir) = self.dir_if_made()? else { return Ok(false) };
        let entries = dir.entries().map_err(|e| self.io_error(e))?;
        Ok(entries.iter().filter_map(|entry| RelPath::parse(entry.as_bytes()).ok()).any(|name| {
            // What is still being made has no sign yet, and must not lose the lock to us.
            match own::id_in(name.as_bytes(), WORKSPACE) {
                Some(id) => dir.dir(&name).is_ok_and(|found| own::has_sign(&found, id) && lock(found.as_fd()).is_ok()),
                None => own::id_in(name.as_bytes(), RESERVING).is_none() && is_litter(&dir, &name).unwrap_or(false),
            }
        }))
    }
}

/// Removes the folder. False when a living process has it, when it is not signed, or when it is gone already.
fn sweep_folder(dir: &Dir, name: &RelPath, id: Uuid) -> io::Result<bool> {
    let found = dir.dir(name)?;
    let is_litter = lock(found.as_fd()).is_ok() && own::is_signed(&found, id)?;
    if is_litter {
        dir.remove_tree(name)?;
    }
    Ok(is_litter)
}

fn sweep_name(dir: &Dir, name: &RelPath) -> io::Result<bool> {
    let is_litter = is_litter(dir, name)?;
    if is_litter {
        dir.remove_file(name)?;
    }
    Ok(is_litter)
}

/// True for a name of ours that was reserved by a process that is dead.
fn is_litter(dir: &Dir, name: &RelPath) -> io::Result<bool> {
    let bytes = name.as_bytes();
    let stem = bytes.strip_prefix(RESERVED.as_bytes()).and_then(|stem| std::str::from_utf8(stem).ok());
    let on_its_way = own::id_in(bytes, RESERVING);
    if stem.is_none() && on_its_way.is_none() {
        return Ok(false);
    }
    let Some(text) = own::small(dir, name)? else { return Ok(false) };
    let is_ours =
        on_its_way.is_some_and(|id| own::begins_line(&text, id)) || stem.is_some_and(|stem| own::reserves(&text, stem));
    Ok(is_ours && lock(dir.read(name)?).is_ok())
}

/// Fails when another open file has the lock.
pub(super) fn lock(file: impl AsFd) -> io::Result<()> {
    if take(file)? { Ok(()) } else { Err(ErrorKind::WouldBlock.into()) }
}

/// True when `name` in `dir` is what `open` is open on.
pub(super) fn is_still(dir: &Dir, name: &[u8], open: impl AsFd) -> bool {
    let there = rustix::fs::statat(dir.as_fd(), OsStr::from_bytes(name), AtFlags::SYMLINK_NOFOLLOW);
    matches!((there, rustix::fs::fstat(open)), (Ok(a), Ok(b)) if a.st_ino == b.st_ino && a.st_dev == b.st_dev)
}
