//! All of a snapshot or a golden month comes into a folder, with its links, and what came new is read back.
use std::collections::HashMap;

use super::Error;
use super::fetch::{Fetched, Manner, One, Rights};
use super::kept_links::Links;
use super::verify::{Reading, read};
use crate::base::dir::Dir;
use crate::base::tree::copy::Bytes;
use crate::base::tree::open_path::OpenPath;
use crate::base::tree::walk::walk;
use crate::destination::manifest::ManifestReader;
use crate::domain::monitor::Monitor;
use crate::domain::snapshot::marker::Marker;

/// Copies `tree`, of which `manifest` and `marker` tell, into the empty folder `to`.
pub(super) fn fetch_whole(
    (tree, manifest, marker): (&Dir, &mut ManifestReader, &Marker),
    to: &Dir,
    links: Links<'_>,
    monitor: &dyn Monitor,
) -> Result<Fetched, Error> {
    let mut fetched = Fetched::default();
    let name = marker.name;
    let mut one = One {
        name,
        prefix: Vec::new(),
        manifest,
        to: OpenPath::new(to.as_fd().try_clone_to_owned()?)?,
        several: &mut HashMap::new(),
        folders: Vec::new(),
        fetched: &mut fetched,
        top: to.as_fd(),
        manner: Manner { since: None, bytes: Bytes::Own, rights: Rights::Kept, links },
        total: marker.counts.bytes,
        monitor,
    };
    walk(tree.as_fd().try_clone_to_owned()?, &mut one)?;
    while let Some(gone) = manifest.take().map_err(|source| Error::Manifest { name, source })? {
        fetched.damage(&gone.path, "it is missing", links);
    }
    Ok(fetched)
}

/// Reads what was copied back from the drive, and looks at everything else.
pub(super) fn prove(
    fetched: &Fetched,
    (tree, manifest, marker): (&Dir, ManifestReader, &Marker),
    monitor: &dyn Monitor,
) -> Result<(), Error> {
    let found = read(tree, manifest, marker, Reading::What(fetched), monitor)?;
    match found.findings.first() {
        Some(first) => Err(Error::NotAsWritten { count: found.wrong, first: first.clone() }),
        None => Ok(()),
    }
}
