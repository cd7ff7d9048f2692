//! Takes out of a plan what could not be put in its place, so that all else can be restored. What is known of
//! it goes to [`Drawn::obstructed`].
use super::drawn::Drawn;
use super::item::{Item, Own};
use super::obstacles::Obstacles;
use super::roots::{RestoreRoots, Target};
use crate::base::rel_path::RelPath;
use crate::domain::restore::database::is_database;
use crate::site::database::SIDE_FILES;

/// Looks at the way to each file that would be written, and leaves those second names of the camera's own files
/// that can be made.
pub(super) fn take_out(restore_roots: &RestoreRoots, items: &mut Vec<Item>, own: &mut Vec<Own>, drawn: &mut Drawn) {
    let mut obstacles = Obstacles::default();
    items.retain(|item| !item.is_work() || is_free(restore_roots, &item.row.path, &mut obstacles, drawn));
    own.retain(|own| !own.is_work() || is_free(restore_roots, &own.path, &mut obstacles, drawn));
    let is_ours = |of: &RelPath| own.iter().any(|own| own.path == *of) || items.iter().any(|i| i.row.path == *of);
    let mut names = std::mem::take(&mut drawn.second_names);
    names.retain(|(name, of)| {
        name != of
            && is_ours(of)
            && !is_link_to(restore_roots, name, of, drawn)
            && is_free(restore_roots, name, &mut obstacles, drawn)
    });
    drawn.second_names = names;
}

/// Folders that would be made.
pub(super) fn take_out_folders(restore_roots: &RestoreRoots, folders: &mut Vec<RelPath>, drawn: &mut Drawn) {
    let mut obstacles = Obstacles::default();
    folders.retain(|folder| is_free(restore_roots, folder, &mut obstacles, drawn));
}

fn is_free(restore_roots: &RestoreRoots, member: &RelPath, obstacles: &mut Obstacles, drawn: &mut Drawn) -> bool {
    let Some(Target { root, path }) = restore_roots.target(member) else { return true };
    let Some(Some(dir)) = drawn.roots.get(root) else { return true };
    let beside = || SIDE_FILES.iter().filter_map(|end| RelPath::parse([path.as_bytes(), end.as_bytes()].concat()).ok());
    let mut obstacle = obstacles.obstacle(root, dir, &path);
    if obstacle.is_none() && is_database(member) {
        // These are removed with the database that they belong to.
        obstacle =
            beside().find_map(|side| Some(format!("{} in place of {side}", obstacles.obstacle(root, dir, &side)?)));
    }
    match obstacle {
        Some(why) => drawn.obstruct(member, why),
        None => return true,
    }
    false
}

/// True for a link in place of the second name `name` that leads to the file `of` itself: then both are one
/// file as well.
fn is_link_to(restore_roots: &RestoreRoots, name: &RelPath, of: &RelPath, drawn: &Drawn) -> bool {
    let full = |member| drawn.place(restore_roots, member).map(|(root, path)| root.path().join(path.as_path()));
    let (Some(name), Some(of)) = (full(name), full(of)) else { return false };
    let leads = std::fs::read_link(&name).ok().zip(name.parent());
    leads.is_some_and(|(to, folder)| folder.join(to) == of)
}
