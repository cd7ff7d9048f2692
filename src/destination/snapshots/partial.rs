//! A snapshot that is being made: `.partial-RUN/tree` beside `hourly`, locked as long as somebody works on it.
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;

use uuid::Uuid;

use super::store::{HOURLY, SnapshotStore, folder};
use super::sweep;
use crate::base::attributes::{Attributes, Moment, Seen, put_mtime};
use crate::base::dir::Dir;
use crate::base::lock::take;
use crate::base::rel_path::RelPath;
use crate::base::tree::remove::remove_below;
use crate::destination::own::{self, WORKSPACE};
use crate::domain::snapshot::marker::{MANIFEST_FILE, MARKER_FILE, Marker, is_our_name};

const TREE: &str = "tree";
/// The manifest of the snapshot before, until it takes the place of ours.
const SHARED: &str = ".snapshot_manifest.shared";
/// What the owner of a folder must be able to do with it, so that it can get another name, and go.
const OWNERS: u32 = 0o700;

/// Gone with all that it holds when it is dropped, unless it was published.
#[derive(Debug)]
pub struct Partial<'a> {
    store: &'a SnapshotStore,
    run: Uuid,
    /// Holds the lock.
    wrapper: Dir,
    tree: Dir,
}

impl SnapshotStore {
    /// Makes the folder of a run.
    pub fn begin(&self, run: Uuid) -> io::Result<Partial<'_>> {
        let name = wrapper(run);
        self.dir.make_dir(&name)?;
        let made = self.dir.dir(&name)?;
        if !take(made.as_fd())? {
            return Err(io::Error::other("the folder of this run was taken by another program"));
        }
        own::sign(&made, run)?;
        let tree = RelPath::of_our_own(TREE);
        made.make_dir(&tree)?;
        let tree = made.dir(&tree)?;
        Ok(Partial { store: self, run, wrapper: made, tree })
    }
}

impl Partial<'_> {
    /// Where the files go.
    pub fn tree(&self) -> &Dir {
        &self.tree
    }

    /// A handle of the folder that has its lock, for a program that works in it: as long as it lives, the folder is not
    /// taken for one that was left.
    pub fn lock(&self) -> io::Result<OwnedFd> {
        self.wrapper.as_fd().try_clone_to_owned()
    }

    /// Whether the drive keeps times to the nanosecond, tried on the folder itself.
    pub fn keeps_nanos(&self) -> io::Result<bool> {
        let trial = Moment { seconds: 1_000_000_000, nanos: 123_456_789 };
        put_mtime(self.tree.as_fd(), trial)?;
        Ok(self.tree.seen_itself()?.attributes.mtime == trial)
    }

    /// Removes what another program has put here.
    pub fn clear<E: From<io::Error>>(&self, go_on: &mut dyn FnMut() -> Result<(), E>) -> Result<(), E> {
        self.tree.entries()?.iter().try_for_each(|name| remove_below(self.tree.as_fd(), name.as_bytes(), go_on))
    }

    /// Removes what another program has put where files of ours will lie, and returns these names.
    pub fn refuse_our_names<E: From<io::Error>>(
        &self,
        go_on: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Vec<Vec<u8>>, E> {
        let mut refused = Vec::new();
        for name in self.tree.entries()?.iter().filter(|name| is_our_name(name.as_bytes())) {
            remove_below(self.tree.as_fd(), name.as_bytes(), go_on)?;
            refused.push(name.as_bytes().to_vec());
        }
        Ok(refused)
    }

    /// The time by the clock of the drive when this was begun.
    pub fn begun(&self) -> io::Result<Moment> {
        Ok(self.tree.seen_itself()?.changed)
    }

    /// The manifest, still empty.
    pub fn manifest(&self) -> io::Result<File> {
        self.tree.create_new(&RelPath::of_our_own(MANIFEST_FILE))
    }

    /// Takes the manifest of the snapshot before, which has the very same bytes, in the place of ours. Where the drive
    /// does not do that, ours stays.
    pub fn share_manifest(&self, before: &Dir) -> io::Result<()> {
        let (name, linked) = [MANIFEST_FILE, SHARED].map(RelPath::of_our_own).into();
        let flags = rustix::fs::AtFlags::empty();
        match rustix::fs::linkat(before.as_fd(), MANIFEST_FILE, self.tree.as_fd(), SHARED, flags) {
            Ok(()) => self.tree.rename(&linked, &name),
            Err(_) => Ok(()),
        }
    }

    /// Gives the snapshot its name. Everything in it is on the disk before its marker is, and its marker before its name.
    pub fn publish(self, marker: &Marker, top: &Seen) -> io::Result<()> {
        self.publish_at(marker, top, &folder(marker.name), &RelPath::of_our_own(HOURLY))
    }

    /// The folder of the host.
    pub(super) fn store_dir(&self) -> &Dir {
        &self.store.dir
    }

    /// Under the name `place`, which lies in `above`.
    pub(super) fn publish_at(self, marker: &Marker, top: &Seen, place: &RelPath, above: &RelPath) -> io::Result<()> {
        self.tree.sync_file_system()?;
        let text = serde_json::to_vec_pretty(marker)?;
        self.tree.write_atomic(&RelPath::of_our_own(MARKER_FILE), &text)?;
        let looks = Attributes { mode: top.attributes.mode | OWNERS, ..top.attributes };
        // A drive that does not keep owners or times keeps them in the manifest.
        self.tree.put_attributes(&looks)?;
        self.tree.sync()?;
        self.wrapper.rename_new(&RelPath::of_our_own(TREE), &self.store.dir, place)?;
        self.store.dir.dir(above)?.sync()?;
        self.wrapper.sync()
    }
}

impl Drop for Partial<'_> {
    fn drop(&mut self) {
        // What cannot be removed now is swept by the next run.
        let _ =
            sweep::remove(&self.store.dir, &self.wrapper, &wrapper(self.run), self.run, &mut || Ok::<_, io::Error>(()));
    }
}

fn wrapper(run: Uuid) -> RelPath {
    RelPath::of_our_own(&format!("{WORKSPACE}{run}"))
}
