//! The camera that the owner named, and its stand-in while it cannot be found.
//!
//! Archives, history and drive are there without the camera, so a camera that is missing (a home that is not
//! mounted, a card that is not set up yet) costs only the questions about it. Each question looks for it again.
use std::path::{Path, PathBuf};

use super::{Camera, DatabaseCopy, Error, PictureFolder, Restoring, Site, allsky, indi};
use crate::base::rel_path::RelPath;
use crate::domain::archive::listing::Listing;
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::section::Section;
use crate::domain::order::{NightChoice, SectionChoice};
use crate::domain::software::Software;
use crate::domain::system::System;
use crate::domain::unit::Unit;

/// Where a camera was said to be.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub home: PathBuf,
    pub system: System,
    /// `flask.json` of indi-allsky, where it is not in its usual place.
    pub flask: Option<PathBuf>,
    /// The systemd unit of an AllskyTeam camera.
    pub unit: String,
}

impl Wanted {
    /// The camera as it is now.
    pub fn open(&self) -> Result<Box<dyn Site>, Error> {
        let allsky = || allsky::open_as(&self.home, &self.unit);
        let indi = || indi::open(&self.home, self.flask.as_deref());
        match self.system {
            System::Allsky => allsky(),
            System::IndiAllsky => indi(),
            System::Auto => match allsky() {
                Err(Error::NoSite(_)) => indi(),
                other => other,
            },
        }
    }

    /// The camera, or a stand-in that looks for it with each question.
    pub fn open_or_wait(self) -> Box<dyn Site> {
        self.open().unwrap_or_else(|_| Box::new(Absent(self)))
    }
}

struct Absent(Wanted);

impl Absent {
    fn open(&self) -> Result<Box<dyn Site>, Error> {
        self.0.open()
    }
}

impl Site for Absent {
    fn software(&self) -> Software {
        let usual = match self.0.system {
            System::IndiAllsky => Software::IndiAllsky,
            System::Allsky | System::Auto => Software::Allsky,
        };
        self.open().map_or(usual, |site| site.software())
    }
    fn home(&self) -> &Path {
        &self.0.home
    }
    fn absence(&self) -> Option<Error> {
        self.open().err()
    }
    fn camera(&self) -> Result<Camera, Error> {
        self.open()?.camera()
    }
    fn sections(&self) -> Result<Vec<Section>, Error> {
        self.open()?.sections()
    }
    fn databases(&self, choice: &SectionChoice) -> Result<Vec<RelPath>, Error> {
        self.open()?.databases(choice)
    }
    fn picture_folders(&self) -> Result<Vec<PictureFolder>, Error> {
        self.open()?.picture_folders()
    }
    fn images_dir(&self) -> Result<PathBuf, Error> {
        self.open()?.images_dir()
    }
    fn images_place(&self) -> PathBuf {
        self.open().map_or_else(|_| self.0.home.join("images"), |site| site.images_place())
    }
    fn list_config(
        &self,
        choice: &SectionChoice,
        copies: &[DatabaseCopy],
        warn: &mut dyn FnMut(String),
    ) -> Result<Listing, Error> {
        self.open()?.list_config(choice, copies, warn)
    }
    fn list_images(&self, choice: &NightChoice, warn: &mut dyn FnMut(String)) -> Result<Listing, Error> {
        self.open()?.list_images(choice, warn)
    }
    fn config_metadata(&self, choice: &SectionChoice, listing: &Listing) -> Result<Metadata, Error> {
        self.open()?.config_metadata(choice, listing)
    }
    fn images_metadata(&self, choice: &NightChoice, listing: &Listing) -> Result<Metadata, Error> {
        self.open()?.images_metadata(choice, listing)
    }
    fn restoring(&self) -> Result<Restoring, Error> {
        self.open()?.restoring()
    }
    fn place(&self, member: &RelPath) -> PathBuf {
        self.open().map_or_else(|_| self.0.home.join(member.as_path()), |site| site.place(member))
    }
    fn own_folder(&self) -> PathBuf {
        self.open().map_or_else(|_| self.0.home.clone(), |site| site.own_folder())
    }
    fn roots(&self) -> Vec<PathBuf> {
        self.open().map_or_else(|_| vec![self.0.home.clone()], |site| site.roots())
    }
    fn unit(&self) -> Unit {
        let usual = || match self.0.system {
            System::IndiAllsky => Unit::of_owner(indi::UNIT),
            System::Allsky | System::Auto => Unit::of_system(&self.0.unit),
        };
        self.open().map_or_else(|_| usual(), |site| site.unit())
    }
    fn units(&self) -> Vec<Unit> {
        self.open().map_or_else(|_| vec![self.unit()], |site| site.units())
    }
    /// Whether the camera's pages ask for a login; true when that cannot be read.
    fn asks_for_login(&self) -> bool {
        self.open().map_or(true, |site| site.asks_for_login())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_that_comes_later_is_found_by_the_next_question() {
        let top = tempfile::tempdir().unwrap();
        let home = top.path().join("allsky");
        let wanted = Wanted { home: home.clone(), system: System::Auto, flask: None, unit: allsky::UNIT.into() };
        let site = wanted.open_or_wait();
        assert!(matches!(site.absence(), Some(Error::NoSite(_))));
        assert!(matches!(site.camera(), Err(Error::NoSite(_))));
        assert!(site.asks_for_login(), "an absent camera must open no page to everybody");
        std::fs::create_dir_all(home.join("config")).unwrap();
        std::fs::write(home.join("version"), "v2025.01.01\n").unwrap();
        assert!(site.absence().is_none());
        assert_eq!(site.camera().unwrap().version, "v2025.01.01");
    }
}
