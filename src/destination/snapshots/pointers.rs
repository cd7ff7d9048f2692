//! `latest` and `current` beside `hourly`: links to the newest snapshot, and to the newest that is trusted. They are
//! replaced in one step and never missing. A drive without links gets small texts instead.
use std::io;
use std::os::fd::AsFd;

use rustix::fs::AtFlags;
use rustix::io::Errno;
use uuid::Uuid;

use super::store::{SnapshotStore, folder};
use crate::base::attributes::Kind;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::destination::own;
use crate::domain::snapshot::name::SnapshotName;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointer {
    /// The newest.
    Latest,
    /// The newest that is trusted.
    Current,
}

impl Pointer {
    pub const ALL: [Pointer; 2] = [Pointer::Latest, Pointer::Current];

    pub fn as_str(self) -> &'static str {
        match self {
            Pointer::Latest => "latest",
            Pointer::Current => "current",
        }
    }
}

impl SnapshotStore {
    /// Lets `pointer` lead to `name`. Something of its name that is no link stays, and is an error.
    pub fn point(&self, pointer: Pointer, name: SnapshotName) -> io::Result<()> {
        let (link, target) = (pointer.as_str(), folder(name));
        let fd = self.dir.as_fd();
        match self.dir.seen(&RelPath::of_our_own(link))? {
            Some(seen) if seen.kind != Kind::Link => {
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{link} is no link of ours")));
            }
            Some(_) if rustix::fs::readlinkat(fd, link, Vec::new())?.to_bytes() == target.as_bytes() => return Ok(()),
            _ => {}
        }
        let beside = format!(".{link}-{}", Uuid::now_v7());
        match rustix::fs::symlinkat(target.as_path(), fd, beside.as_str()) {
            Ok(()) => {}
            Err(Errno::PERM | Errno::NOSYS | Errno::OPNOTSUPP) => {
                let text = format!("{target}\n");
                return self.dir.write_atomic(&RelPath::of_our_own(&format!("{link}.txt")), text.as_bytes());
            }
            Err(e) => return Err(e.into()),
        }
        rustix::fs::renameat(fd, beside.as_str(), fd, link)?;
        self.dir.sync()
    }
}

/// Removes a link that did not get its name.
pub(super) fn sweep(dir: &Dir, name: &[u8]) -> io::Result<()> {
    let is_ours = Pointer::ALL.iter().any(|one| own::id_in(name, &format!(".{}-", one.as_str())).is_some());
    let path = RelPath::parse(name).ok().filter(|_| is_ours);
    let Some(path) = path else { return Ok(()) };
    if dir.seen(&path)?.is_some_and(|seen| seen.kind == Kind::Link) {
        rustix::fs::unlinkat(dir.as_fd().as_fd(), name, AtFlags::empty())?;
    }
    Ok(())
}
