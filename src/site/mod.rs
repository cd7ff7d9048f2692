//! Floor 2: the camera software. One trait, one adapter for each layout.
mod accounts;
pub mod allsky;
mod archived;
pub mod camera;
pub mod database;
pub mod held;
pub mod indi;
pub mod nights;
mod pictures;
pub mod restoring;
pub mod service;
mod walk;
pub mod wanted;

use std::path::{Path, PathBuf};

use crate::base::io_advice;
use crate::base::rel_path::RelPath;
use crate::domain::archive::listing::Listing;
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::section::Section;
use crate::domain::failure::{Advice, Code};
use crate::domain::order::{NightChoice, SectionChoice};
use crate::domain::software::Software;
use crate::domain::unit::Unit;

pub use camera::{Camera, PictureFolder};
pub use restoring::Restoring;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}: no camera software found here", .0.display())]
    NoSite(PathBuf),
    #[error("{}: cannot be read", .path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{}: not what the camera writes: {why}", .path.display())]
    Odd { path: PathBuf, why: String },
    #[error("{}: no settings of the camera are there that could be backed up", .0.display())]
    NoSettings(PathBuf),
    #[error("there is no section {key:?}")]
    NoSection { key: String, known: String },
    #[error("there is no image folder {0:?}")]
    NoFolder(String),
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::NoSite(_) | Error::NoSection { .. } => Code::Usage,
            Error::NoFolder(_) => Code::NotFound,
            Error::Read { .. } | Error::Odd { .. } | Error::NoSettings(_) => Code::Failed,
        }
    }
    fn advice(&self) -> String {
        match self {
            Error::NoSite(_) => {
                "Name the folder that it is installed in, such as --site /home/pi/allsky or --site /home/pi/indi-allsky.".into()
            }
            Error::Read { path, source } => io_advice::advice(path, source).unwrap_or_else(|| {
                "Check that the disk is connected and that this program runs as the camera's owner.".into()
            }),
            Error::NoSettings(_) => "Nothing was changed. Connect its disk, or restore an older backup of the settings.".into(),
            Error::Odd { .. } => "Look at this file or folder; Allsky may have been moved or changed by hand.".into(),
            Error::NoSection { known, .. } => format!("Choose from: {known}."),
            Error::NoFolder(_) => "Choose a folder directly in the images folder, such as 20261117.".into(),
        }
    }
}

/// What was taken of a live database, to be archived in place of the file at `path`.
#[derive(Debug, Clone)]
pub struct DatabaseCopy {
    /// Below the camera's home.
    pub path: RelPath,
    pub taken: Taken,
}

/// How much of a database could be had.
#[derive(Debug, Clone)]
pub enum Taken {
    /// A checked copy of one moment, in this file.
    Whole(PathBuf),
    /// A checked copy of one moment without a single table: nothing can come back from it.
    Empty(PathBuf),
    /// SQLite cannot copy it, so this file has its bytes as they lie on the disk. They are archived under
    /// a name of their own and never replace a good database.
    AsItLies { copy: PathBuf, why: String },
    /// The file could not even be copied byte for byte.
    Nothing { why: String },
}

/// A camera software installation.
pub trait Site: Send + Sync {
    fn software(&self) -> Software;
    fn home(&self) -> &Path;
    /// Why there is no camera here at all; `None` when there is one.
    fn absence(&self) -> Option<Error> {
        None
    }
    /// What the camera is, read afresh.
    fn camera(&self) -> Result<Camera, Error>;
    /// All sections, `core` first, with what exists now.
    fn sections(&self) -> Result<Vec<Section>, Error>;
    /// The chosen sections' databases that must be copied live.
    fn databases(&self, choice: &SectionChoice) -> Result<Vec<RelPath>, Error>;
    /// Folders directly below images, newest night first, without walking them.
    fn picture_folders(&self) -> Result<Vec<PictureFolder>, Error>;
    /// Where pictures really lie (link or `ALLSKY_IMAGES` resolved).
    fn images_dir(&self) -> Result<PathBuf, Error>;
    /// Where pictures belong, also while nothing is there: resolved as [`Site::images_dir`] when it can be.
    fn images_place(&self) -> PathBuf;
    /// Everything a config archive takes; databases from their copies.
    fn list_config(
        &self,
        choice: &SectionChoice,
        copies: &[DatabaseCopy],
        warn: &mut dyn FnMut(String),
    ) -> Result<Listing, Error>;
    /// Everything an images archive takes, named `images/FOLDER/…` wherever the pictures lie.
    fn list_images(&self, choice: &NightChoice, warn: &mut dyn FnMut(String)) -> Result<Listing, Error>;
    /// Metadata of a config archive of `listing`, all but `backup_file`, `created` and `ours.created`/`ours.tool`.
    fn config_metadata(&self, choice: &SectionChoice, listing: &Listing) -> Result<Metadata, Error>;
    fn images_metadata(&self, choice: &NightChoice, listing: &Listing) -> Result<Metadata, Error>;
    /// What a restore must know, read afresh.
    fn restoring(&self) -> Result<Restoring, Error>;
    /// Where a member of a config archive lies on this machine.
    fn place(&self, member: &RelPath) -> PathBuf {
        self.home().join(member.as_path())
    }
    /// Where it is noted beside the camera that it rests; every program that serves it may write there.
    fn own_folder(&self) -> PathBuf {
        self.home().to_owned()
    }
    /// Folders below which a restore changes files.
    fn roots(&self) -> Vec<PathBuf> {
        vec![self.home().to_owned(), self.images_place()]
    }
    /// Folders of the camera that are more than one section: the web server's, and that of all settings.
    fn top_folders(&self) -> Vec<PathBuf> {
        Vec::new()
    }
    /// systemd unit of the camera.
    fn unit(&self) -> Unit;
    /// All units that rest while settings and databases are exchanged, in the order in which they stop.
    fn units(&self) -> Vec<Unit> {
        vec![self.unit()]
    }
    /// Whether the camera's own web pages ask for a login. What cannot be read asks.
    fn asks_for_login(&self) -> bool;
}
