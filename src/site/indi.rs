//! indi-allsky: its nights and pictures.
//!
//! Its settings live in its database and in `/etc`; they are no archive of ours, so it has no sections.
use std::path::{Path, PathBuf};

use super::allsky::images;
use super::nights::{self, IndiPlaces};
use super::{Camera, DatabaseCopy, Error, PictureFolder, Restoring, Site};
use crate::base::rel_path::RelPath;
use crate::domain::listing::Listing;
use crate::domain::metadata::Metadata;
use crate::domain::order::{NightChoice, SectionChoice};
use crate::domain::section::Section;

/// Opens the installation at `home`; `None` when there is none.
pub fn open(home: &Path) -> Option<Box<dyn Site>> {
    let places = nights::find_indi(home).ok().flatten()?;
    Some(Box::new(Indi { home: home.to_owned(), places }))
}

struct Indi {
    home: PathBuf,
    places: IndiPlaces,
}

impl Indi {
    fn look(&self) -> Camera {
        Camera {
            version: "unknown".to_owned(),
            camera_type: None,
            camera_model: None,
            settings_file: None,
            cc_file: None,
            owner: super::allsky::owner(&self.home),
            required_modules: Vec::new(),
        }
    }

    fn no_settings(&self) -> Error {
        let why = "settings of indi-allsky cannot be archived yet; its nights and pictures can".to_owned();
        Error::Odd { path: self.home.clone(), why }
    }
}

impl Site for Indi {
    fn kind(&self) -> &'static str {
        "indi-allsky"
    }
    fn home(&self) -> &Path {
        &self.home
    }
    fn camera(&self) -> Result<Camera, Error> {
        Ok(self.look())
    }
    fn sections(&self) -> Result<Vec<Section>, Error> {
        Ok(Vec::new())
    }
    fn databases(&self, _: &SectionChoice) -> Result<Vec<RelPath>, Error> {
        Ok(Vec::new())
    }
    fn picture_folders(&self) -> Result<Vec<PictureFolder>, Error> {
        images::folders(&self.places.images)
    }
    fn images_dir(&self) -> Result<PathBuf, Error> {
        Ok(self.places.images.clone())
    }
    fn list_config(&self, _: &SectionChoice, _: &[DatabaseCopy], _: &mut dyn FnMut(String)) -> Result<Listing, Error> {
        Err(self.no_settings())
    }
    fn list_images(&self, choice: &NightChoice, warn: &mut dyn FnMut(String)) -> Result<Listing, Error> {
        images::list(&self.places.images, choice, warn)
    }
    fn config_metadata(&self, _: &SectionChoice, _: &Listing) -> Result<Metadata, Error> {
        Err(self.no_settings())
    }
    fn images_metadata(&self, choice: &NightChoice, listing: &Listing) -> Result<Metadata, Error> {
        Ok(images::metadata(&self.look(), choice, listing))
    }
    fn restoring(&self) -> Result<Restoring, Error> {
        let why = "archives cannot be restored into indi-allsky yet".to_owned();
        Err(Error::Odd { path: self.home.clone(), why })
    }
    fn unit(&self) -> &str {
        "indi-allsky.service"
    }
}
