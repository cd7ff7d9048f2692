//! What a config archive of this camera takes, and what it says of itself.
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::camera::{self, sort_names};
use super::sections::{self, section_of};
use crate::base::rel_path::RelPath;
use crate::domain::archive_name::ArchiveKind;
use crate::domain::listing::{Listing, Source};
use crate::domain::metadata::{IncludedSection, Metadata, SectionSize};
use crate::domain::order::SectionChoice;
use crate::domain::section::Section;
use crate::site::walk::Walk;
use crate::site::{Camera, DatabaseCopy, Error, database};

pub struct Config {
    home: PathBuf,
    camera: Camera,
    sections: Vec<Section>,
}

impl Config {
    pub fn read(home: &Path) -> Config {
        let camera = camera::read(home);
        Config { home: home.to_owned(), sections: sections::read(home, &camera), camera }
    }

    /// The required sections and those that were asked for, in the order of the page.
    pub fn chosen(&self, choice: &SectionChoice) -> Result<Vec<&Section>, Error> {
        if let SectionChoice::Keys(keys) = choice
            && let Some(key) = keys.iter().find(|key| !self.sections.iter().any(|s| s.key.as_str() == *key))
        {
            let known: Vec<&str> = self.sections.iter().map(|s| s.key.as_str()).collect();
            return Err(Error::NoSection { key: key.clone(), known: known.join(", ") });
        }
        let wanted = |section: &&Section| match choice {
            SectionChoice::All => true,
            SectionChoice::None => section.required,
            SectionChoice::Keys(keys) => section.required || keys.iter().any(|key| key == section.key.as_str()),
        };
        Ok(self.sections.iter().filter(wanted).collect())
    }

    /// SQLite files in the chosen sections, known by what they hold and not by their names.
    pub fn databases(&self, chosen: &[&Section]) -> Vec<RelPath> {
        let entries = self.walk(chosen, &mut |_| {}).entries.into_iter();
        let files = entries.filter(|entry| entry.source != Source::Directory).map(|entry| entry.name);
        files.filter(|name| database::is_database(&self.home.join(name.as_path()))).collect()
    }

    /// Everything of the chosen sections. A database comes from its copy; without any copies (when
    /// sizes are all that is wanted) the files themselves stand in.
    pub fn list(
        &self,
        choice: &SectionChoice,
        copies: &[DatabaseCopy],
        warn: &mut dyn FnMut(String),
    ) -> Result<Listing, Error> {
        let chosen = self.chosen(choice)?;
        chosen.iter().flat_map(|section| &section.notes).cloned().for_each(&mut *warn);
        let mut listing = self.walk(&chosen, warn);
        let Listing { roots, entries, .. } = &mut listing;
        for entry in entries.iter_mut().filter(|entry| entry.source != Source::Directory) {
            let path = self.home.join(entry.name.as_path());
            if let Some(copy) = copies.iter().find(|copy| copy.path == entry.name) {
                (entry.source, entry.size) = from_copy(copy, roots)?;
            } else if !copies.is_empty() && database::is_database(&path) {
                warn(format!("{} appeared while databases were copied; it is read as it is", entry.name));
            }
        }
        Ok(listing)
    }

    fn walk(&self, chosen: &[&Section], warn: &mut dyn FnMut(String)) -> Listing {
        let mut walk = Walk::new(&self.home, 0, warn);
        for section in chosen {
            let skip = |name: &RelPath| {
                sections::is_link_of_the_moment(name)
                    || section_of(&self.sections, name).is_none_or(|owner| owner.key != section.key)
                    || database::is_side_file(&self.home.join(name.as_path()))
            };
            for place in &section.places {
                match self.link_for(&place.path) {
                    Some((link, looks)) => {
                        walk.push(&place.path, Source::Elsewhere { root: 0, path: Box::new(link) }, &looks);
                    }
                    None => walk.add(&self.home.join(place.path.as_path()), &place.path, &skip),
                }
            }
        }
        walk.listing
    }

    /// The link of the moment when it stands for `path`: the camera's own file is missing, or no
    /// longer the same file. The camera reads the link, so that is what its owner wants back.
    fn link_for(&self, path: &RelPath) -> Option<(RelPath, fs::Metadata)> {
        let link = match Some(path) {
            own if own == self.camera.settings_file.as_ref() => "config/settings.json",
            own if own == self.camera.cc_file.as_ref() => "config/cc.json",
            _ => return None,
        };
        let link = RelPath::parse(link).ok()?;
        let looks = fs::symlink_metadata(self.home.join(link.as_path())).ok().filter(fs::Metadata::is_file)?;
        let own = fs::symlink_metadata(self.home.join(path.as_path()));
        let same = own.is_ok_and(|own| (own.ino(), own.dev()) == (looks.ino(), looks.dev()));
        (!same).then_some((link, looks))
    }

    /// All but the archive's own name and times.
    pub fn metadata(&self, choice: &SectionChoice, listing: &Listing) -> Result<Metadata, Error> {
        let mut chosen = self.chosen(choice)?;
        // As the panel writes them: core, then the optional ones by key.
        chosen.sort_by_key(|section| (!section.required, section.key.clone()));
        let mut modules = Vec::new();
        let mut has_modules = false;
        let folder = b"config/myFiles/modules/";
        for name in listing.entries.iter().filter_map(|entry| entry.name.as_bytes().strip_prefix(folder)) {
            has_modules = true;
            if name.ends_with(b".py") && !name.contains(&b'/') {
                modules.extend(std::str::from_utf8(name).map(str::to_owned));
            }
        }
        sort_names(&mut modules);
        let keys = chosen.iter().filter(|s| !s.required).map(|s| s.key.as_str().to_owned()).collect();
        Ok(Metadata {
            backup_file: None,
            backup_type: ArchiveKind::Config,
            created: String::new(),
            version: self.camera.version.clone(),
            camera_type: Some(self.camera.camera_type.clone().unwrap_or_else(|| "unknown".to_owned())),
            camera_model: Some(self.camera.camera_model.clone().unwrap_or_else(|| "unknown".to_owned())),
            settings_file: self.camera.settings_file.as_ref().map(RelPath::to_string),
            cc_file: self.camera.cc_file.as_ref().map(RelPath::to_string),
            included_optional_targets: keys,
            included_sections: chosen.into_iter().map(included).collect(),
            required_modules: Some(self.camera.required_modules.clone()),
            backup_modules: Some(modules),
            backup_has_modules: Some(has_modules),
            image_backup_all: None,
            image_folders: None,
            image_targets: None,
            format: Some(1),
            ours: Some(super::ours(self.sizes(listing))),
        })
    }

    fn sizes(&self, listing: &Listing) -> Vec<SectionSize> {
        let mut sizes: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for entry in listing.entries.iter().filter(|entry| entry.source != Source::Directory) {
            if let Some(section) = section_of(&self.sections, &entry.name) {
                let size = sizes.entry(section.key.as_str()).or_default();
                *size = (size.0 + 1, size.1 + entry.size);
            }
        }
        sizes.into_iter().map(|(key, (files, bytes))| SectionSize { key: key.to_owned(), files, bytes }).collect()
    }
}

fn included(section: &Section) -> IncludedSection {
    IncludedSection {
        key: section.key.as_str().to_owned(),
        description: section.description.clone(),
        shortdescription: section.label.clone(),
        required: section.required,
    }
}

/// Where a copy is read from, and its size; its folder becomes one of the listing's roots.
fn from_copy(copy: &DatabaseCopy, roots: &mut Vec<PathBuf>) -> Result<(Source, u64), Error> {
    let unreadable = |source| Error::Read { path: copy.copy.clone(), source };
    let looks = fs::metadata(&copy.copy).map_err(unreadable)?;
    let odd = || Error::Odd { path: copy.copy.clone(), why: "a database copy without a usable name".to_owned() };
    let folder = copy.copy.parent().ok_or_else(odd)?;
    let name = copy.copy.file_name().unwrap_or(OsStr::new("")).as_bytes();
    let path = RelPath::parse(name).map_err(|_| odd())?;
    let root = roots.iter().position(|root| root == folder).unwrap_or_else(|| {
        roots.push(folder.to_owned());
        roots.len() - 1
    });
    let root = u16::try_from(root).map_err(|_| odd())?;
    Ok((Source::Elsewhere { root, path: Box::new(path) }, looks.len()))
}
