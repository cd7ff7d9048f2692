//! A tree that another program made becomes a snapshot with one rename, after its manifest and its marker are in it. Until
//! then it is where it was, and nothing sweeps it.
use std::io;

use super::partial::Partial;
use super::store::{HOURLY, SnapshotStore, folder};
use crate::base::attributes::Attributes;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::snapshot::marker::{MANIFEST_FILE, MARKER_FILE, Marker};

/// What the owner of a folder must be able to do with it, so that it can get another name, and go.
const OWNERS: u32 = 0o700;

impl SnapshotStore {
    /// Gives `name` in `above`, which is open as `tree`, its place among ours. Its manifest lies in `partial`.
    pub fn take_over(
        &self,
        (above, name, tree): (&Dir, &RelPath, &Dir),
        partial: &Partial<'_>,
        marker: &Marker,
    ) -> io::Result<()> {
        rustix::fs::renameat(partial.tree().as_fd(), MANIFEST_FILE, tree.as_fd(), MANIFEST_FILE)?;
        tree.sync_file_system()?;
        let looks = tree.seen_itself()?.attributes;
        tree.write_atomic(&RelPath::of_our_own(MARKER_FILE), &serde_json::to_vec_pretty(marker)?)?;
        tree.put_attributes(&Attributes { mode: looks.mode | OWNERS, ..looks })?;
        tree.sync()?;
        above.rename_new(name, &self.dir, &folder(marker.name))?;
        self.dir.dir(&RelPath::of_our_own(HOURLY))?.sync()?;
        above.sync()
    }
}
