//! What a config archive of this camera takes, and what it says of itself.
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::camera::{self, sort_names};
use super::modules::ModulesElsewhere;
use super::overlays;
use super::sections::{self, section_of};
use super::targets;
use crate::base::rel_path::RelPath;
use crate::domain::archive::listing::{Listing, Source};
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::archive::section::{Place, Section};
use crate::domain::order::SectionChoice;
use crate::domain::software::Software;
use crate::site::walk::Walk;
use crate::site::{Camera, DatabaseCopy, Error, archived, database};

/// The camera's own database.
const RECORDS: &[u8] = b"config/myFiles/allsky.db";

/// True for what SQLite keeps beside the camera's own database, also when that is damaged: restored beside
/// a good one it would be replayed onto it.
fn is_beside_records(name: &RelPath) -> bool {
    let end = name.as_bytes().strip_prefix(RECORDS).unwrap_or_default();
    database::SIDE_FILES.iter().any(|side| side.as_bytes() == end)
}

pub struct Config {
    home: PathBuf,
    camera: Camera,
    sections: Vec<Section>,
    modules: Option<ModulesElsewhere>,
}

impl Config {
    pub fn read(home: &Path) -> Config {
        let camera = camera::read(home);
        let modules = ModulesElsewhere::find(home);
        Config { home: home.to_owned(), sections: sections::read(home, &camera), camera, modules }
    }

    pub fn chosen(&self, choice: &SectionChoice) -> Result<Vec<&Section>, Error> {
        archived::chosen(&self.sections, choice)
    }

    /// SQLite files in the chosen sections, known by what they hold and not by their names.
    pub fn databases(&self, chosen: &[&Section]) -> Vec<RelPath> {
        let entries = self.walk(chosen, &mut |_| {}).entries.into_iter();
        let files = entries.filter(|entry| entry.source != Source::Directory).map(|entry| entry.name);
        files.filter(|name| self.is_database(name)).collect()
    }

    /// By what it holds; the camera's own database also when its first bytes are damaged.
    fn is_database(&self, name: &RelPath) -> bool {
        let path = self.home.join(name.as_path());
        database::is_database(&path)
            || (name.as_bytes() == RECORDS && fs::symlink_metadata(&path).is_ok_and(|found| found.is_file()))
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
        if chosen.iter().any(|section| section.key.as_str() == "core") {
            overlays::remarks(&self.home).into_iter().for_each(&mut *warn);
        }
        let mut listing = self.walk(&chosen, warn);
        archived::tell(&chosen, &mut listing, warn);
        for entry in listing.entries.iter().filter(|entry| entry.source != Source::Directory) {
            let is_new = !copies.is_empty() && copies.iter().all(|copy| copy.path != entry.name);
            if is_new && self.is_database(&entry.name) {
                warn(format!("{} appeared while databases were copied; it is read as it is", entry.name));
            }
        }
        archived::put_databases(&mut listing, copies, warn)?;
        Ok(listing)
    }

    fn walk(&self, chosen: &[&Section], warn: &mut dyn FnMut(String)) -> Listing {
        let mut walk = Walk::new(&self.home, 0, &mut *warn);
        for section in chosen {
            let skip = |name: &RelPath| {
                targets::is_link_of_the_moment(name)
                    || section_of(&self.sections, name).is_none_or(|owner| owner.key != section.key)
                    || database::is_side_file(&self.home.join(name.as_path()))
                    || is_beside_records(name)
            };
            for place in section.places.iter().filter(|place| self.modules_at(place).is_none()) {
                match self.link_for(&place.path) {
                    Some((link, looks)) => {
                        walk.push(&place.path, Source::Elsewhere { root: 0, path: Box::new(link) }, &looks);
                    }
                    None => walk.add(&self.home.join(place.path.as_path()), &place.path, &skip),
                }
            }
        }
        let mut listing = walk.listing;
        let places = chosen.iter().flat_map(|section| &section.places);
        for modules in places.filter_map(|place| self.modules_at(place)) {
            let strip = u16::try_from(modules.member.as_bytes().len() + 1).unwrap_or(u16::MAX);
            let mut walk = Walk::new(&modules.folder(), strip, warn);
            walk.add(&modules.folder(), &modules.member, &|_| false);
            listing.append(walk.listing);
        }
        listing
    }

    /// The owner's modules beside the home, when `place` stands for them.
    fn modules_at(&self, place: &Place) -> Option<&ModulesElsewhere> {
        self.modules.as_ref().filter(|modules| modules.member == place.path)
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
        chosen.retain(|section| section.required || archived::has(listing, section));
        let (keys, sections) = archived::in_words(chosen);
        // A file that is named and not there makes the panel fail half-way.
        let there = |file: &Option<RelPath>| {
            let is_in = |file: &&RelPath| listing.entries.iter().any(|entry| entry.name == **file);
            file.as_ref().filter(is_in).map(RelPath::to_string)
        };
        let mut modules = Vec::new();
        let mut has_modules = false;
        let folders: [&[u8]; 2] = [b"config/myFiles/modules/", b"opt/allsky/modules/"];
        let below = |name: &'_ RelPath| -> Option<Vec<u8>> {
            folders.iter().find_map(|folder| Some(name.as_bytes().strip_prefix(*folder)?.to_vec()))
        };
        for name in listing.entries.iter().filter_map(|entry| below(&entry.name)) {
            has_modules = true;
            if name.ends_with(b".py") && !name.contains(&b'/') {
                modules.extend(String::from_utf8(name));
            }
        }
        sort_names(&mut modules);
        let sizes = archived::sizes(listing, |name| Some(section_of(&self.sections, name)?.key.as_str()));
        Ok(Metadata {
            backup_file: None,
            backup_type: ArchiveKind::Config,
            created: String::new(),
            version: self.camera.version.clone(),
            camera_type: Some(self.camera.camera_type.clone().unwrap_or_else(|| "unknown".to_owned())),
            camera_model: Some(self.camera.camera_model.clone().unwrap_or_else(|| "unknown".to_owned())),
            settings_file: there(&self.camera.settings_file),
            cc_file: there(&self.camera.cc_file),
            included_optional_targets: keys,
            included_sections: sections,
            required_modules: Some(self.camera.required_modules.clone()),
            backup_modules: Some(modules),
            backup_has_modules: Some(has_modules),
            image_backup_all: None,
            image_folders: None,
            image_targets: None,
            format: Some(1),
            ours: Some(archived::ours(Software::Allsky, sizes)),
            left_out_here: Vec::new(),
            left_out_here_more: 0,
        })
    }
}
