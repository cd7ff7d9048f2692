//! Swaps of other programs on the same camera: a terminal and the service each have a state folder, and only the
//! one that began a swap has its record.
//!
//! Each folder of a swap beside the live files says where its record lies, so the next program that starts finds it.
//! Invariant: a record is followed only when its folder belongs to the user who runs this program. Somebody else's
//! could name any folder of the machine.
use std::collections::BTreeSet;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::id::SwapId;
use super::place::{FOLDER, RECORD};
use super::record::Swaps;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;

/// The longest path that the kernel takes.
const LONGEST: u64 = 4096;

/// Records of swaps on this camera that lie elsewhere.
#[derive(Debug, Default)]
pub struct Elsewhere {
    pub swaps: Vec<Swaps>,
    /// Folders of another user, or folders that cannot be read.
    pub out_of_reach: Vec<PathBuf>,
}

impl Swaps {
    /// Looks into `roots`, the folders of the camera; one that is not there has nothing to say.
    pub fn elsewhere(&self, roots: &[PathBuf]) -> Elsewhere {
        let mut named = BTreeSet::new();
        for root in roots.iter().filter_map(|root| Dir::open(root).ok()) {
            named.extend(records_named_in(&root));
        }
        let mut found = Elsewhere::default();
        for path in named.into_iter().filter(|path| path != self.path()) {
            match std::fs::metadata(&path) {
                Ok(looks) if looks.uid() == rustix::process::geteuid().as_raw() => found.swaps.push(Swaps::at(path)),
                // A state folder that was removed: there is nothing to finish any more.
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                _ => found.out_of_reach.push(path),
            }
        }
        found
    }
}

fn records_named_in(root: &Dir) -> Vec<PathBuf> {
    let names = root.entries().unwrap_or_default();
    let ours = names.iter().filter_map(|name| name.to_str()?.strip_prefix(FOLDER)).filter_map(SwapId::parse);
    ours.filter_map(|id| read(root, &RelPath::parse(format!("{FOLDER}{id}/{RECORD}")).ok()?)).collect()
}

fn read(root: &Dir, name: &RelPath) -> Option<PathBuf> {
    let file = root.read(name).ok().filter(|file| file.metadata().is_ok_and(|looks| looks.is_file()))?;
    let mut text = Vec::new();
    file.take(LONGEST).read_to_end(&mut text).ok()?;
    let path = Path::new(std::ffi::OsStr::from_bytes(&text));
    path.is_absolute().then(|| path.to_owned())
}
