//! Folders on the camera in which the panel cannot make files.
use std::collections::BTreeSet;
use std::iter;

use super::plan::Plan;
use super::roots::Target;
use crate::base::attributes::Kind;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;

/// Folders of what is chosen, in full, in which the panel cannot make files: their group may not write there,
/// where the installer lets it. They are told and left alone; what is there is the owner's.
pub(super) fn look(plan: &Plan) -> Vec<String> {
    let chosen = plan.items.iter().map(|item| &item.row.path).chain(plan.own.iter().map(|own| &own.path));
    let above = |path: &RelPath| iter::successors(path.parent(), RelPath::parent).collect::<Vec<_>>();
    let folders: BTreeSet<RelPath> = chosen.flat_map(above).collect();
    let for_panel = folders.iter().filter(|folder| {
        let bytes = folder.as_bytes();
        bytes == b"config" || [&b"config/"[..], b"html/allsky"].iter().any(|start| bytes.starts_with(start))
    });
    let shut = for_panel.filter_map(|folder| {
        let Target { root, path } = plan.restore_roots.target(folder)?;
        let dir = Dir::open(plan.restore_roots.roots.get(root)?).ok()?;
        let seen = dir.seen(&path).ok()??;
        let is_shut = seen.kind == Kind::Folder && seen.attributes.mode & GROUP_WRITES != GROUP_WRITES;
        is_shut.then(|| dir.path().join(path.as_path()).display().to_string())
    });
    shut.collect()
}

/// What the group of a folder needs to make files in it.
const GROUP_WRITES: u32 = 0o030;
