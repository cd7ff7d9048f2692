//! AllskyTeam: `~/allsky`.
//!
//! Everything is read afresh for each question: the panel, an upgrade or the owner may have changed
//! it a moment ago. Reading never changes anything.
mod camera;
mod config;
mod images;
mod login;
mod modules;
mod overlays;
mod remarks;
mod restoring;
mod scripts;
mod sections;
mod targets;

use std::path::{Path, PathBuf};

use super::{Camera, DatabaseCopy, Error, PictureFolder, Restoring, Site, pictures};
use crate::base::rel_path::RelPath;
use crate::domain::archive::listing::Listing;
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::section::Section;
use crate::domain::order::{NightChoice, SectionChoice};
use crate::domain::software::Software;
use crate::domain::unit::Unit;

pub(in crate::site) use camera::{json, owner};

/// The camera's systemd unit, as its installer names it.
pub const UNIT: &str = "allsky.service";

/// Opens the installation at `home`.
pub fn open(home: &Path) -> Result<Box<dyn Site>, Error> {
    open_as(home, UNIT)
}

/// Opens a camera whose service is `unit`.
pub fn open_as(home: &Path, unit: &str) -> Result<Box<dyn Site>, Error> {
    // A file named `version` is nothing special; beside one of the others it is the camera's.
    let has = |name: &str| home.join(name).is_file();
    let is_ours = has("variables.json") || has("config/settings.json");
    let is_version = has("version") && (has("allsky.sh") || home.join("config").is_dir());
    if !is_ours && !is_version {
        return Err(Error::NoSite(home.to_owned()));
    }
    let home = std::path::absolute(home).map_err(|source| Error::Read { path: home.to_owned(), source })?;
    Ok(Box::new(Allsky { home, unit: unit.to_owned() }))
}

struct Allsky {
    home: PathBuf,
    unit: String,
}

impl Site for Allsky {
    fn software(&self) -> Software {
        Software::Allsky
    }
    fn home(&self) -> &Path {
        &self.home
    }
    fn camera(&self) -> Result<Camera, Error> {
        Ok(camera::read(&self.home))
    }
    fn sections(&self) -> Result<Vec<Section>, Error> {
        Ok(sections::read(&self.home, &camera::read(&self.home)))
    }
    fn databases(&self, choice: &SectionChoice) -> Result<Vec<RelPath>, Error> {
        let config = config::Config::read(&self.home);
        Ok(config.databases(&config.chosen(choice)?))
    }
    fn picture_folders(&self) -> Result<Vec<PictureFolder>, Error> {
        images::folders(&self.images_dir()?)
    }
    fn images_dir(&self) -> Result<PathBuf, Error> {
        pictures::real_folder(camera::images_place(&self.home))
    }
    fn images_place(&self) -> PathBuf {
        self.images_dir().unwrap_or_else(|_| camera::images_place(&self.home))
    }
    fn list_config(
        &self,
        choice: &SectionChoice,
        copies: &[DatabaseCopy],
        warn: &mut dyn FnMut(String),
    ) -> Result<Listing, Error> {
        config::Config::read(&self.home).list(choice, copies, warn)
    }
    fn list_images(&self, choice: &NightChoice, warn: &mut dyn FnMut(String)) -> Result<Listing, Error> {
        images::list(&self.images_dir()?, choice, warn)
    }
    fn config_metadata(&self, choice: &SectionChoice, listing: &Listing) -> Result<Metadata, Error> {
        if listing.files() == 0 {
            // An archive of nothing would count as a backup.
            return Err(Error::NoSettings(self.home.clone()));
        }
        config::Config::read(&self.home).metadata(choice, listing)
    }
    fn images_metadata(&self, choice: &NightChoice, listing: &Listing) -> Result<Metadata, Error> {
        Ok(pictures::metadata(&camera::read(&self.home), Software::Allsky, choice, listing))
    }
    fn restoring(&self) -> Result<Restoring, Error> {
        restoring::read(&self.home, self.images_place())
    }
    fn place(&self, member: &RelPath) -> PathBuf {
        let elsewhere = modules::ModulesElsewhere::find(&self.home).and_then(|modules| modules.place(member));
        elsewhere.unwrap_or_else(|| self.home.join(member.as_path()))
    }
    fn roots(&self) -> Vec<PathBuf> {
        let elsewhere = modules::ModulesElsewhere::find(&self.home).map(|modules| modules.location);
        [self.home.clone(), self.images_place()].into_iter().chain(elsewhere).collect()
    }
    fn top_folders(&self) -> Vec<PathBuf> {
        ["config", "html", "images"].map(|name| self.home.join(name)).into()
    }
    fn asks_for_login(&self) -> bool {
        login::is_wanted(&self.home)
    }
    fn unit(&self) -> Unit {
        Unit::of_system(&self.unit)
    }
}
