//! Folders in which nothing else may be kept, because what lies in them belongs to the camera.
use std::path::PathBuf;

use super::Site;

/// Every folder whose files are packed into backups, replaced by restores or given out by the web server; resolved
/// where it is there.
pub fn held_folders(site: &dyn Site) -> Vec<PathBuf> {
    // A camera that is missing has no sections; its pictures may still be there.
    let belongs = site.restoring().map(|restoring| restoring.belongs).unwrap_or_default();
    let sections = belongs.iter().map(|one| site.place(&one.path)).filter(|place| place.is_dir());
    let held = sections.chain(site.top_folders()).chain([site.images_place()]);
    held.map(|folder| folder.canonicalize().unwrap_or(folder)).collect()
}
