//! A snapshot that is being made: `.partial-RUN/tree` beside `hourly`, locked as long as somebody works on it.
use std::fs::File;
use std::io;

use uuid::Uuid;

use super::store::{HOURLY, SnapshotStore, folder};
use super::sweep;
use crate::base::attributes::{Attributes, Moment, Seen};
use crate::base::dir::Dir;
use crate::base::lock::take;
use crate::base::rel_path::RelPath;
use crate::destination::own::{self, WORKSPACE};
use crate::domain::snapshot::marker::{MANIFEST_FILE, MARKER_FILE, Marker};

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
