//! One tree of another program becomes a snapshot: it is described where it lies, and then renamed, linked or copied.
use std::io;
use std::path::PathBuf;

use jiff::Timestamp;
use rustix::fs::{Access, AtFlags};
use uuid::Uuid;

use super::describe::{Before, Looked, describe, look_at};
use super::listing::{Candidate, Listing};
use crate::base::counted::counted;
use crate::base::dir::Dir;
use crate::base::rel_path::{RelPath, printable};
use crate::base::tree::open_path::{open_below, split};
use crate::destination::snapshots::link_pool::LinkPool;
use crate::destination::snapshots::partial::Partial;
use crate::destination::snapshots::store::Snapshot;
use crate::domain::host::settings::{HostSettings, Sharing};
use crate::domain::monitor::{Monitor, protect};
use crate::domain::snapshot::marker::{FORMAT, Marker};
use crate::domain::snapshot::name::SnapshotName;
use crate::work::snapshot::Error;
use crate::work::snapshot::fetch_whole::{fetch_whole, prove};
use crate::work::snapshot::kept_links::Links;
use crate::work::snapshot::places::Held;

/// What a file takes at least on file systems of Linux.
const BLOCK: u64 = 4096;

/// How a tree comes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way<'a> {
    Renamed,
    Linked,
    Copied(&'a LinkPool),
}

/// What trees come from and go to.
pub(super) struct Set<'a> {
    pub host: &'a HostSettings,
    pub held: &'a Held,
    pub listing: &'a Listing,
    pub way: Way<'a>,
    pub now: Timestamp,
}

impl Set<'_> {
    /// Where a tree lies, as its snapshot will say it.
    pub fn origin(&self, candidate: &Candidate) -> PathBuf {
        self.listing.folder.path().join(candidate.name.as_path())
    }

    /// Takes it; `before` is the one before it. `Err` within says why it stays as it is.
    pub fn bring(
        &self,
        candidate: &Candidate,
        before: Option<(Dir, &Snapshot)>,
        monitor: &dyn Monitor,
    ) -> Result<Result<(), String>, Error> {
        let above = &self.listing.folder;
        let tree = match above.dir(&candidate.name) {
            Ok(tree) => tree,
            Err(why) => return Ok(Err(format!("it cannot be read: {why}"))),
        };
        if let Some(why) = self.why_not_renamed(&tree) {
            return Ok(Err(why));
        }
        let mut looked = match look_at(&tree, monitor)? {
            Ok(looked) => looked,
            Err(why) => return Ok(Err(why)),
        };
        let making = || Error::io("the folder of the new snapshot could not be made");
        let id = Uuid::now_v7();
        let partial = self.held.store.begin(id).map_err(making())?;
        let base = before.as_ref().map(|(_, snapshot)| snapshot.name);
        let before = match before {
            // One whose manifest cannot be used has no digests to give.
            Some((tree, snapshot)) => match self.held.store.manifest(snapshot) {
                Ok(manifest) => Some(Before::new(&tree, manifest).map_err(making())?),
                Err(_) => None,
            },
            None => None,
        };
        let file = partial.manifest().map_err(making())?;
        let manifest = match describe(&tree, &mut looked, before, file, monitor)? {
            Ok(manifest) => manifest,
            Err(why) => return Ok(Err(why)),
        };
        let marker = self.marker((id, base, manifest), candidate, &looked);
        self.held.ready.recheck()?;
        if let Way::Renamed = self.way {
            return self.rename((&candidate.name, &tree), &partial, &marker, &looked, monitor).map(Ok);
        }
        self.fill(&tree, partial, &marker, &looked, monitor)
    }

    /// What would fail in the middle is found before anything is read.
    fn why_not_renamed(&self, tree: &Dir) -> Option<String> {
        let is_shut = |dir: &Dir| rustix::fs::accessat(dir.as_fd(), ".", Access::WRITE_OK, AtFlags::empty()).err();
        let Way::Renamed = self.way else { return None };
        let error = is_shut(&self.listing.folder).or_else(|| is_shut(tree))?;
        Some(format!("this program may not rename it ({error}); with --keep it gets second names"))
    }

    fn marker(
        &self,
        (run, base, manifest): (Uuid, Option<SnapshotName>, String),
        candidate: &Candidate,
        looked: &Looked,
    ) -> Marker {
        let at = candidate.tree.at;
        Marker {
            format: FORMAT,
            run,
            host: self.host.name.clone(),
            name: candidate.tree.snapshot,
            slot: candidate.slot,
            started: at,
            finished: self.now,
            drive_clock: at,
            source: self.host.source.shown(),
            sharing: Sharing::Links,
            base: base.filter(|_| looked.counts.linked > 0),
            counts: looked.counts.clone(),
            measure: None,
            findings: Vec::new(),
            suspect: None,
            golden: None,
            adopted: Some(self.origin(candidate)),
            manifest,
            program: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn rename(
        &self,
        (name, tree): (&RelPath, &Dir),
        partial: &Partial<'_>,
        marker: &Marker,
        looked: &Looked,
        monitor: &dyn Monitor,
    ) -> Result<(), Error> {
        let _placing = protect(monitor, "the snapshot lies in its place")?;
        // They hold nothing, and no snapshot of ours has any.
        let remove = |path: &Vec<u8>| -> io::Result<()> {
            let (folder, name) = split(path);
            Ok(rustix::fs::unlinkat(open_below(tree.as_fd(), folder)?, name, AtFlags::empty())?)
        };
        looked.special.iter().try_for_each(remove).map_err(Error::io("a pipe or a socket could not be removed"))?;
        self.held
            .store
            .take_over((&self.listing.folder, name, tree), partial, marker)
            .map_err(Error::io(format!("{} could not be put in its place", printable(name.as_bytes()))))
    }

    fn fill(
        &self,
        tree: &Dir,
        partial: Partial<'_>,
        marker: &Marker,
        looked: &Looked,
        monitor: &dyn Monitor,
    ) -> Result<Result<(), String>, Error> {
        let links = match self.way {
            Way::Copied(pool) => {
                self.refuse_without_room(looked)?;
                Links::Kept(pool)
            }
            Way::Linked | Way::Renamed => Links::Second,
        };
        let store = &self.held.store;
        let writing = || Error::io("a snapshot could not be written to the drive");
        let mut manifest = store.manifest_at(partial.tree(), marker).map_err(writing())?;
        let fetched = fetch_whole((tree, &mut manifest, marker), partial.tree(), links, monitor)?;
        if let Some(first) = fetched.damaged.first() {
            return Ok(Err(format!("it changed while it was read: {first}")));
        }
        if fetched.many_names > 0 {
            let files = counted(fetched.many_names, "file");
            monitor.warn(format!("{}: {files} copied, because the drive gives a file no more names", marker.name));
        }
        partial.tree().sync_file_system().map_err(writing())?;
        let written = store.manifest_at(partial.tree(), marker).map_err(writing())?;
        prove(&fetched, (partial.tree(), written, marker), monitor)?;
        self.held.ready.recheck()?;
        let _placing = protect(monitor, "the snapshot lies in its place")?;
        let top = tree.seen_itself().map_err(writing())?;
        partial.publish(marker, &top).map_err(Error::io("a snapshot could not be put in its place"))?;
        Ok(Ok(()))
    }

    fn refuse_without_room(&self, looked: &Looked) -> Result<(), Error> {
        let room = self.held.ready.room().map_err(Error::io("the room on the drive could not be asked for"))?;
        let counts = &looked.counts;
        let files = counts.new + counts.folders + counts.symlinks + 8;
        let need = counts.added_bytes + files * BLOCK;
        if room.is_told() && need > room.free_bytes {
            return Err(Error::Full { need, have: room.free_bytes });
        }
        match room.free_inodes {
            Some(have) if files > have => Err(Error::FullOfFiles { need: files, have }),
            _ => Ok(()),
        }
    }
}
