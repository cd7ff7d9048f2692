//! What an images archive says of itself, for every kind of camera.
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use super::{Camera, Error, archived};
use crate::base::rel_path::RelPath;
use crate::domain::archive::listing::{Entry, Listing, Source};
use crate::domain::archive::metadata::{IncludedSection, Metadata, SectionSize};
use crate::domain::archive::name::ArchiveKind;
use crate::domain::order::NightChoice;
use crate::domain::pictures::{PictureLayout, PictureTop};
use crate::domain::restore::attributes::Shape;
use crate::domain::software::Software;

/// First part of every member's name.
pub(super) const TOP: &str = "images";
pub(super) const STRIP: u16 = TOP.len() as u16 + 1;

/// The images folder where it really is. A file, pipe or anything else in its place is no folder.
pub(super) fn real_folder(named: PathBuf) -> Result<PathBuf, Error> {
    let real = std::fs::canonicalize(&named).and_then(|real| match std::fs::metadata(&real)?.is_dir() {
        true => Ok(real),
        false => Err(io::ErrorKind::NotADirectory.into()),
    });
    real.map_err(|source| Error::Read { path: named, source })
}

/// All but the archive's own name and times.
pub(super) fn metadata(camera: &Camera, software: Software, choice: &NightChoice, listing: &Listing) -> Metadata {
    let layout = software.picture_layout();
    let mut sizes: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for entry in &listing.entries {
        let Some(PictureTop { folder, .. }) = layout.top_of(&entry.name, shape(entry)) else { continue };
        let size = sizes.entry(folder).or_default();
        if entry.source != Source::Directory {
            *size = (size.0 + 1, size.1 + entry.size);
        }
    }
    let folders: Vec<String> = sizes.keys().cloned().collect();
    let all = matches!(choice, NightChoice::All);
    let targets = if all { vec![TOP.to_owned()] } else { targets(layout, listing) };
    let section = "Images Folder".to_owned();
    let sizes = sizes.into_iter().map(|(key, (files, bytes))| SectionSize { key, files, bytes });
    Metadata {
        backup_file: None,
        backup_type: ArchiveKind::Images,
        created: String::new(),
        version: camera.version.clone(),
        camera_type: None,
        camera_model: None,
        settings_file: None,
        cc_file: None,
        included_optional_targets: Vec::new(),
        included_sections: vec![IncludedSection {
            key: TOP.to_owned(),
            description: section.clone(),
            shortdescription: section,
            required: true,
        }],
        required_modules: None,
        backup_modules: None,
        backup_has_modules: None,
        image_backup_all: Some(all),
        image_folders: Some(folders),
        image_targets: Some(targets),
        format: Some(1),
        ours: Some(archived::ours(software, sizes.collect())),
        left_out_here: Vec::new(),
        left_out_here_more: 0,
    }
}

/// The folders that hold the chosen nights: `images/20261117`.
fn targets(layout: PictureLayout, listing: &Listing) -> Vec<String> {
    let mut targets: Vec<String> = Vec::new();
    for entry in &listing.entries {
        let Some(top) = layout.top_of(&entry.name, shape(entry)) else { continue };
        let start: Vec<&[u8]> = entry.name.parts().take(top.parts).collect();
        let Some(target) = RelPath::parse(start.join(&b'/')).ok().and_then(|path| path.as_str().map(str::to_owned))
        else {
            continue;
        };
        if targets.last() != Some(&target) {
            targets.push(target);
        }
    }
    targets.sort();
    targets.dedup();
    targets
}

fn shape(entry: &Entry) -> Shape {
    if entry.source == Source::Directory { Shape::Folder } else { Shape::File }
}
