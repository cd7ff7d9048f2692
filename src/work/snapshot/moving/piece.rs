//! A snapshot or a golden month goes to the new drive: copied beside its place, read back, and then given its name.
use std::collections::HashSet;
use std::fs::File;
use std::io;

use uuid::Uuid;

use super::Error;
use super::ends::{End, Ends};
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::base::tree::walk::look;
use crate::destination::manifest::ManifestReader;
use crate::destination::snapshots::golden::Golden;
use crate::destination::snapshots::link_pool::{FileKey, Given, LinkPool};
use crate::destination::snapshots::origin::{Item, Left};
use crate::destination::snapshots::partial::Partial;
use crate::destination::snapshots::store::{Snapshot, SnapshotStore};
use crate::domain::monitor::{Monitor, protect};
use crate::domain::snapshot::marker::{MANIFEST_FILE, Marker};
use crate::work::snapshot;
use crate::work::snapshot::fetch::Fetched;
use crate::work::snapshot::fetch_whole::{fetch_whole, prove};
use crate::work::snapshot::kept_links::Links;

/// What is moved as one.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Hour(Snapshot),
    Month(Golden),
}

impl Piece {
    /// Everything in `store`: golden months behind the snapshots, the oldest of each first, so that links lead back.
    pub fn all(store: &SnapshotStore) -> Result<Vec<Piece>, Error> {
        let hours = store.snapshots().map_err(snapshot::Error::io("the snapshots could not be read"))?;
        let months = store.goldens().map_err(snapshot::Error::io("the golden months could not be read"))?;
        Ok(hours.into_iter().map(Piece::Hour).chain(months.into_iter().map(Piece::Month)).collect())
    }

    pub fn marker(&self) -> &Marker {
        match self {
            Piece::Hour(snapshot) => &snapshot.marker,
            Piece::Month(golden) => &golden.marker,
        }
    }

    pub fn item(&self) -> Item {
        let name = match self {
            Piece::Hour(snapshot) => snapshot.name.to_string(),
            Piece::Month(golden) => golden.month.to_string(),
        };
        Item { name, run: Some(self.marker().run) }
    }

    pub fn tree(&self, store: &SnapshotStore) -> io::Result<Dir> {
        match self {
            Piece::Hour(snapshot) => store.tree(snapshot.name),
            Piece::Month(golden) => store.golden_tree(golden.month),
        }
    }

    fn manifest(&self, store: &SnapshotStore) -> io::Result<ManifestReader> {
        match self {
            Piece::Hour(snapshot) => store.manifest(snapshot),
            Piece::Month(golden) => store.golden_manifest(golden),
        }
    }

    /// Whether it is among the things `there`, which lie at `to`. Something else that has its name is refused.
    pub fn is_among(&self, there: &HashSet<Item>, to: &End) -> Result<bool, Error> {
        let reading = || snapshot::Error::io("the snapshots on the new drive could not be read");
        if there.contains(&self.item()) {
            return Ok(true);
        }
        let (is_taken, place) = match self {
            Piece::Hour(one) => (to.store.is_taken(one.name), format!("hourly/{}", one.name)),
            Piece::Month(one) => (to.store.is_golden_taken(one.month), format!("golden/{}", one.month)),
        };
        let place = to.ready.dir().path().join(format!("hosts/{}/{place}", self.marker().host));
        if is_taken.map_err(reading())? { Err(snapshot::Error::InTheWay(place).into()) } else { Ok(false) }
    }

    fn publish(&self, partial: Partial<'_>, from: &Dir) -> io::Result<()> {
        let top = from.seen_itself()?;
        match self {
            Piece::Hour(snapshot) => partial.publish(&snapshot.marker, &top),
            Piece::Month(golden) => partial.publish_golden(&golden.marker, &top, golden.month),
        }
    }
}

/// What came of it. `Err` within when it cannot be moved at all, in words.
pub(super) fn bring(
    ends: &mut Ends,
    piece: &Piece,
    pool: &LinkPool,
    monitor: &dyn Monitor,
) -> Result<Result<Fetched, String>, Error> {
    let (from, to) = (&ends.from.store, &ends.to.store);
    let marker = piece.marker();
    let (tree, mut manifest) = match piece.tree(from).and_then(|tree| Ok((tree, piece.manifest(from)?))) {
        Ok(found) => found,
        Err(why) => {
            ends.recheck()?;
            return Ok(Err(why.to_string()));
        }
    };
    let making = || snapshot::Error::io("the folder of a snapshot could not be made on the new drive");
    let partial = to.begin(Uuid::now_v7()).map_err(making())?;
    let fetched = fetch_whole((&tree, &mut manifest, marker), partial.tree(), Links::Kept(pool), monitor)?;
    // What a drive that was taken away no longer gives is not damaged.
    ends.recheck()?;
    if fetched.files == 0 && marker.counts.files > 0 {
        return Ok(Err(fetched.damaged.first().cloned().unwrap_or_else(|| "none of its files can be read".to_owned())));
    }
    bring_manifest(&tree, marker, &partial, pool)?;
    let writing = || snapshot::Error::io("a snapshot could not be written to the new drive");
    partial.tree().sync_file_system().map_err(writing())?;
    let written = to.manifest_at(partial.tree(), marker).map_err(writing())?;
    prove(&fetched, (partial.tree(), written, marker), monitor)?;
    ends.recheck()?;
    let left = Left { name: piece.item().name, count: fetched.missing.len() as u64, findings: fetched.damaged.clone() };
    if ends.origin.note(left) {
        // Before the snapshot counts, so that no later run takes it for whole.
        to.put_origin(&ends.origin).map_err(writing())?;
    }
    let _placing = protect(monitor, "the snapshot lies in its place")?;
    piece.publish(partial, &tree).map_err(snapshot::Error::io("a snapshot could not be put in its place"))?;
    Ok(Ok(fetched))
}

/// Snapshots between which nothing changed have one manifest, which stays one file.
fn bring_manifest(tree: &Dir, marker: &Marker, partial: &Partial<'_>, pool: &LinkPool) -> Result<(), Error> {
    let failed = || snapshot::Error::io("the manifest could not be copied to the new drive");
    let bring = || -> io::Result<()> {
        let seen = look(tree.as_fd(), MANIFEST_FILE.as_bytes())?;
        let mut from = tree.read(&RelPath::of_our_own(MANIFEST_FILE))?;
        let digest = *blake3::hash(marker.manifest.as_bytes()).as_bytes();
        let key = FileKey { inode: seen.inode, digest };
        let (to, name) = (partial.tree().as_fd(), MANIFEST_FILE.as_bytes());
        if seen.names > 1 && pool.give(&key, to, name)? == Given::Yes {
            return Ok(());
        }
        let mut copy: File = partial.manifest()?;
        io::copy(&mut from, &mut copy)?;
        copy.sync_all()?;
        if seen.names > 1 { pool.remember(&key, to, name) } else { Ok(()) }
    };
    Ok(bring().map_err(failed())?)
}
