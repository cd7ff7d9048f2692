//! The files, folders and links of a snapshot as members of an archive, below `files/`.
use super::Error;
use crate::base::rel_path::{RelPath, printable};
use crate::destination::snapshots::store::{Snapshot, SnapshotStore};
use crate::domain::archive::left_out::LeftOut;
use crate::domain::archive::listing;
use crate::domain::archive::listing::{Listing, Source};
use crate::domain::monitor::Monitor;
use crate::domain::snapshot::entry::{Entry, Sort};

/// The folder that all lies in, so that no file of the host has the name of a member that speaks of the archive.
const BELOW: &[u8] = b"files/";
/// A longer target is in no archive.
const LONGEST_TARGET: usize = 1024;

/// What is too long or too deep for an archive is left out and told.
pub(super) fn members(store: &SnapshotStore, snapshot: &Snapshot, monitor: &dyn Monitor) -> Result<Listing, Error> {
    let damaged = |source| Error::Manifest { name: snapshot.name, source };
    let mut manifest = store.manifest(snapshot).map_err(damaged)?;
    let tree = store.tree(snapshot.name).map_err(Error::io("the snapshot could not be read"))?;
    let mut listing = Listing { roots: vec![tree.path().to_owned()], ..Listing::default() };
    while let Some(entry) = manifest.take().map_err(damaged)? {
        match member(&entry) {
            Ok(member) => listing.entries.push(member),
            Err(why) => {
                let left_out = LeftOut::missing(printable(&entry.path), why);
                monitor.warn(left_out.to_string());
                listing.left_out.push(left_out);
            }
        }
        monitor.checkpoint()?;
    }
    Ok(listing)
}

fn member(entry: &Entry) -> Result<listing::Entry, String> {
    let name = RelPath::parse([BELOW, &entry.path].concat()).map_err(|why| why.to_string())?;
    let source = match entry.sort {
        Sort::File => Source::File { root: 0, strip: BELOW.len() as u16 },
        Sort::Folder => Source::Directory,
        Sort::Symlink if entry.target.len() > LONGEST_TARGET => {
            return Err("leads further than an archive can tell".to_owned());
        }
        Sort::Symlink => Source::Symlink(entry.target.as_slice().into()),
    };
    let size = if entry.sort == Sort::File { entry.looks.bytes } else { 0 };
    let (mtime, mode, uid, gid) = (entry.looks.seconds, entry.looks.mode & 0o777, entry.looks.uid, entry.looks.gid);
    Ok(listing::Entry { name, source, size, mtime, mode, uid, gid })
}
