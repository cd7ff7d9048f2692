//! indi-allsky: settings in `/etc/indi-allsky`, everything else in one database.
//!
//! Its parts lie all over the system, so members have names of their own (`etc/indi-allsky/…`,
//! `var/lib/indi-allsky/…`) and one table says where each belongs, in both directions. The database is
//! worth less without the `PASSWORD_KEY` of `flask.json`: an archive that has to do without it says so.
mod camera;
mod config;
mod database_uri;
mod images;
mod login;
mod places;
mod restoring;
mod spots;

use std::path::{Path, PathBuf};

use super::{Camera, DatabaseCopy, Error, PictureFolder, Restoring, Site, pictures};
use crate::base::rel_path::RelPath;
use crate::domain::archive::listing::Listing;
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::section::Section;
use crate::domain::order::{NightChoice, SectionChoice};
use crate::domain::software::Software;
use crate::domain::unit::Unit;

use config::Config;
use spots::Spots;

pub use database_uri::Database;
pub use places::{Flask, IndiPlaces, find};

/// The camera's systemd unit, as its setup names it.
pub(in crate::site) const UNIT: &str = "indi-allsky.service";

/// Opens the installation at `home`, whose `flask.json` may be named.
pub fn open(home: &Path, flask: Option<&Path>) -> Result<Box<dyn Site>, Error> {
    let places = find(home, flask).ok_or_else(|| Error::NoSite(home.to_owned()))?;
    let home = std::path::absolute(home).map_err(|source| Error::Read { path: home.to_owned(), source })?;
    Ok(Box::new(Indi { spots: Spots::of(&places), home, places }))
}

struct Indi {
    home: PathBuf,
    places: IndiPlaces,
    spots: Spots,
}

impl Indi {
    fn config(&self) -> Config<'_> {
        Config { places: &self.places, spots: &self.spots }
    }
}

impl Site for Indi {
    fn software(&self) -> Software {
        Software::IndiAllsky
    }
    fn home(&self) -> &Path {
        &self.home
    }
    fn camera(&self) -> Result<Camera, Error> {
        Ok(camera::read(&self.home, &self.places))
    }
    fn sections(&self) -> Result<Vec<Section>, Error> {
        Ok(self.config().sections())
    }
    fn databases(&self, choice: &SectionChoice) -> Result<Vec<RelPath>, Error> {
        self.config().databases(choice)
    }
    fn picture_folders(&self) -> Result<Vec<PictureFolder>, Error> {
        images::folders(&self.places.images)
    }
    fn images_dir(&self) -> Result<PathBuf, Error> {
        pictures::real_folder(self.places.images.clone())
    }
    fn images_place(&self) -> PathBuf {
        self.images_dir().unwrap_or_else(|_| self.places.images.clone())
    }
    fn top_folders(&self) -> Vec<PathBuf> {
        // In its usual place the folder above is the web server's.
        let images = Some(&self.places.images).filter(|images| images.ends_with("html/allsky/images"));
        images.and_then(|images| images.parent()).map(Path::to_owned).into_iter().collect()
    }
    fn list_config(
        &self,
        choice: &SectionChoice,
        copies: &[DatabaseCopy],
        warn: &mut dyn FnMut(String),
    ) -> Result<Listing, Error> {
        self.config().list(choice, copies, warn)
    }
    fn list_images(&self, choice: &NightChoice, warn: &mut dyn FnMut(String)) -> Result<Listing, Error> {
        images::list(&self.images_dir()?, choice, warn)
    }
    fn config_metadata(&self, choice: &SectionChoice, listing: &Listing) -> Result<Metadata, Error> {
        self.config().metadata(&self.camera()?, choice, listing)
    }
    fn images_metadata(&self, choice: &NightChoice, listing: &Listing) -> Result<Metadata, Error> {
        Ok(pictures::metadata(&self.camera()?, Software::IndiAllsky, choice, listing))
    }
    fn restoring(&self) -> Result<Restoring, Error> {
        restoring::read(self, self.images_place())
    }
    fn place(&self, member: &RelPath) -> PathBuf {
        self.spots.place(member).unwrap_or_else(|| self.home.join(member.as_path()))
    }
    fn own_folder(&self) -> PathBuf {
        let beside = self.places.flask.as_ref().and_then(|flask| flask.migrations.parent());
        beside.unwrap_or(&self.home).to_owned()
    }
    fn roots(&self) -> Vec<PathBuf> {
        let restore_roots = self.spots.restore_roots().into_iter().map(|restore_root| restore_root.root);
        restore_roots.chain([self.images_place()]).collect()
    }
    fn asks_for_login(&self) -> bool {
        self.places.flask.as_ref().is_none_or(|flask| login::is_wanted(&flask.path))
    }
    fn unit(&self) -> Unit {
        let flask = self.places.flask.as_ref();
        Unit::of_owner(flask.map_or(UNIT, |flask| &flask.camera_unit))
    }
    fn units(&self) -> Vec<Unit> {
        // The web application has the database open, and its socket would start it again.
        let web = self.places.flask.iter().flat_map(|flask| flask.web_units.iter().map(Unit::of_owner));
        web.chain([self.unit()]).collect()
    }
}
