//! A snapshot that goes: it loses its name in one step, and is then removed piece by piece. A kill in between leaves
//! nothing that looks like a snapshot, and the next run goes on with it.
use std::io;

use uuid::Uuid;

use super::store::{HOURLY, SnapshotStore, folder};
use super::sweep::{self, TRASH};
use crate::base::dir::Dir;
use crate::base::lock::take;
use crate::base::rel_path::RelPath;
use crate::destination::own;
use crate::domain::snapshot::marker::MANIFEST_FILE;
use crate::domain::snapshot::name::SnapshotName;

/// It has no name any more.
#[derive(Debug)]
pub struct Trashed {
    id: Uuid,
    wrapper: Dir,
}

impl SnapshotStore {
    /// Takes the name of a snapshot away. Nothing is written for that but names, so that it works on a full drive too.
    pub fn discard(&self, name: SnapshotName) -> io::Result<Trashed> {
        let trashed = self.discard_at(&folder(name), &RelPath::of_our_own(HOURLY))?;
        self.forget(name)?;
        Ok(trashed)
    }

    /// Takes the name `from`, which lies in `above`, away.
    pub(super) fn discard_at(&self, from: &RelPath, above: &RelPath) -> io::Result<Trashed> {
        let id = Uuid::now_v7();
        let place = place(id);
        self.dir.rename_new(from, &self.dir, &place)?;
        self.dir.dir(above)?.sync()?;
        self.dir.sync()?;
        let wrapper = self.dir.dir(&place)?;
        // Nobody else knows it yet; the lock keeps a sweep of another program away.
        take(wrapper.as_fd())?;
        match own::sign(&wrapper, id) {
            Err(e) if e.kind() == io::ErrorKind::StorageFull => {
                wrapper.remove_file(&RelPath::of_our_own(MANIFEST_FILE))?;
                own::sign(&wrapper, id)?;
            }
            other => other?,
        }
        Ok(Trashed { id, wrapper })
    }

    /// Takes the name `from` of a folder beside the snapshots away that was signed with `id` when it was made.
    pub(super) fn discard_signed(&self, from: &RelPath, id: Uuid) -> io::Result<Trashed> {
        let place = place(id);
        self.dir.rename_new(from, &self.dir, &place)?;
        self.dir.sync()?;
        let wrapper = self.dir.dir(&place)?;
        take(wrapper.as_fd())?;
        Ok(Trashed { id, wrapper })
    }

    /// Removes it. `go_on` is asked before each file; what is left when it says no is removed by the next sweep.
    pub fn empty<E: From<io::Error>>(
        &self,
        trashed: Trashed,
        go_on: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<(), E> {
        sweep::remove(&self.dir, &trashed.wrapper, &place(trashed.id), trashed.id, go_on)
    }
}

fn place(id: Uuid) -> RelPath {
    RelPath::of_our_own(&format!("{TRASH}{id}"))
}
