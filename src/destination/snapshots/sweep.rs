//! What dead processes left of snapshots: half-made ones, ones that were going, and pointers without their names. Only
//! what is signed by us and held by nobody goes.
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use uuid::Uuid;

use super::pointers;
use super::store::SnapshotStore;
use crate::base::dir::Dir;
use crate::base::lock::take_within;
use crate::base::rel_path::RelPath;
use crate::base::tree::remove::remove_below;
use crate::destination::own::{self, WORKSPACE};

/// As the caller has the host for himself, whatever holds a folder is a program that a killed process had started. It
/// ends as soon as it finds that nobody hears it.
const ORPHANS: Duration = Duration::from_secs(20);

pub(super) const TRASH: &str = ".trash-";

impl SnapshotStore {
    /// Returns how many folders were removed. The caller holds the lock of the host.
    pub fn sweep<E: From<io::Error>>(&self, go_on: &mut dyn FnMut() -> Result<(), E>) -> Result<usize, E> {
        let mut removed = 0;
        for name in self.dir.entries()? {
            let bytes = name.as_bytes();
            let id = own::id_in(bytes, WORKSPACE).or_else(|| own::id_in(bytes, TRASH));
            match id.zip(RelPath::parse(bytes).ok()) {
                Some((id, place)) => {
                    let Ok(wrapper) = self.dir.dir(&place) else { continue };
                    // One that was killed before it could sign has its marker still.
                    let is_ours = own::is_signed(&wrapper, id)? || self.has_marker(&wrapper)?;
                    if is_ours && take_within(wrapper.as_fd(), ORPHANS)? {
                        remove(&self.dir, &wrapper, &place, id, go_on)?;
                        removed += 1;
                    }
                }
                None => pointers::sweep(&self.dir, bytes)?,
            }
        }
        Ok(removed)
    }
}

/// Removes a folder that we signed, the sign last, so that the removal can go on after a kill.
pub(super) fn remove<E: From<io::Error>>(
    above: &Dir,
    wrapper: &Dir,
    place: &RelPath,
    id: Uuid,
    go_on: &mut dyn FnMut() -> Result<(), E>,
) -> Result<(), E> {
    for name in wrapper.entries()? {
        if !own::is_sign(name.as_bytes(), id) {
            remove_below(wrapper.as_fd(), name.as_bytes(), go_on)?;
        }
    }
    remove_below(above.as_fd(), place.as_bytes(), go_on)
}
