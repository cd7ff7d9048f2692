//! What would stop the exchange of files, found while it is only looked: folders on another mount or
//! behind a link, and anything but a file in place of `settings.json`. So that a preview that passes is a restore
//! that is made.
use std::collections::BTreeSet;
use std::iter;

use super::ground::Target;
use super::plan::Plan;
use crate::base::attributes::Kind;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::archive_name::ArchiveKind;
use crate::swap::{Error, Obstacle};

/// The first obstacle, in the words of the exchange itself.
pub(super) fn first(plan: &Plan) -> Option<String> {
    let roots: Vec<Option<Dir>> = plan.grounds.roots.iter().map(|root| Dir::open(root).ok()).collect();
    let mut seen = BTreeSet::new();
    let twins = plan.twins().into_iter().map(|(name, _)| Target { root: 0, path: name });
    let twins = twins.filter(|_| plan.source.metadata.backup_type == ArchiveKind::Config);
    let written = plan.to_write().map(|row| &row.path).chain(plan.own_to_write().map(|own| &own.path));
    for Target { root, path } in written.filter_map(|path| plan.grounds.target(path)) {
        let dir = roots.get(root)?.as_ref()?;
        if let Some(why) = path.parent().and_then(|parent| on_the_way(root, dir, &parent, &mut seen)) {
            return Some(why);
        }
    }
    let no_file = |target: &Target| {
        let dir = roots.get(target.root)?.as_ref()?;
        let obstacle = match dir.seen(&target.path).ok()??.kind {
            Kind::File => return None,
            Kind::Link => Obstacle::Link,
            Kind::Folder => Obstacle::Folder,
            Kind::Special => Obstacle::Special,
        };
        Some(in_the_way(dir, &target.path, obstacle))
    };
    twins.into_iter().find_map(|twin| no_file(&twin))
}

/// Folders of what is chosen, in full, in which the panel cannot make files: their group may not write there,
/// where the installer lets it. They are told and left alone; what is there is the owner's.
pub(super) fn shut(plan: &Plan) -> Vec<String> {
    let chosen = plan.items.iter().map(|item| &item.row.path).chain(plan.own.iter().map(|own| &own.path));
    let above = |path: &RelPath| iter::successors(path.parent(), RelPath::parent).collect::<Vec<_>>();
    let folders: BTreeSet<RelPath> = chosen.flat_map(above).collect();
    let for_panel = folders.iter().filter(|folder| {
        let bytes = folder.as_bytes();
        bytes == b"config" || [&b"config/"[..], b"html/allsky"].iter().any(|start| bytes.starts_with(start))
    });
    let shut = for_panel.filter_map(|folder| {
        let Target { root, path } = plan.grounds.target(folder)?;
        let dir = Dir::open(plan.grounds.roots.get(root)?).ok()?;
        let seen = dir.seen(&path).ok()??;
        let is_shut = seen.kind == Kind::Folder && seen.attributes.mode & GROUP_WRITES != GROUP_WRITES;
        is_shut.then(|| dir.path().join(path.as_path()).display().to_string())
    });
    shut.collect()
}

/// What the group of a folder needs to make files in it.
const GROUP_WRITES: u32 = 0o030;

/// Looks at `folder` and at those above it, each once.
fn on_the_way(root: usize, dir: &Dir, folder: &RelPath, seen: &mut BTreeSet<(usize, RelPath)>) -> Option<String> {
    if !seen.insert((root, folder.clone())) {
        return None;
    }
    if let Some(why) = folder.parent().and_then(|above| on_the_way(root, dir, &above, seen)) {
        return Some(why);
    }
    match dir.seen(folder).ok()??.kind {
        Kind::Folder => {
            let mounts = (dir.mount().ok()?, dir.dir(folder).and_then(|below| below.mount()).ok()?);
            let path = dir.path().join(folder.as_path());
            (mounts.0 != mounts.1).then(|| Error::OtherDisk { path, root: dir.path().to_owned() }.to_string())
        }
        Kind::Link => Some(in_the_way(dir, folder, Obstacle::Link)),
        Kind::File | Kind::Special => Some(in_the_way(dir, folder, Obstacle::NoFolder)),
    }
}

fn in_the_way(dir: &Dir, path: &RelPath, obstacle: Obstacle) -> String {
    Error::InTheWay { path: dir.path().join(path.as_path()), obstacle }.to_string()
}
