//! The nights of a camera, read from its own database and never written to.
//!
//! Two camera systems and one fallback answer the same questions: which nights are there and how
//! good were they, is the newest over, and which files belong to one. A database that is missing,
//! half made or of another kind is no error: its nights are counted from the folders, unrated.
mod camera_choice;
mod course;
mod folders;
mod frame_rule;
mod indi;
mod indi_folders;
pub(in crate::site) mod sqlite;
mod team;

use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use serde::Serialize;

use crate::base::rel_path::RelPath;
use crate::domain::believable::is_day_ahead;
use crate::domain::failure::{Advice, Code};
use crate::domain::night::Night;
use crate::domain::nights::closed::{TimelapseSeen, Traces, is_closed};
use crate::domain::nights::course::Shot;
use crate::domain::nights::measure::Measure;
use crate::domain::software::Software;

pub use camera_choice::CameraChoice;
pub use indi::IndiNights;
pub use team::TeamNights;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}: the image folder could not be read", .path.display())]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("{}: no camera has taken a night picture yet", .0.display())]
    NoCamera(PathBuf),
}

impl Error {
    /// In one line, with what the system says.
    pub fn with_source(&self) -> String {
        match self {
            Error::Folder { source, .. } => format!("{self}: {source}"),
            Error::NoCamera(_) => self.to_string(),
        }
    }
}

impl Advice for Error {
    fn code(&self) -> Code {
        Code::Failed
    }
    fn advice(&self) -> String {
        match self {
            Error::Folder { .. } => "Is the disk with the images there, and may this user read it?",
            Error::NoCamera(_) => "Come back after the first night.",
        }
        .to_owned()
    }
}

/// A file of a night, below the images folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NightFile {
    pub path: RelPath,
    /// The size in the database; `None` where it has none.
    pub recorded_size: Option<u64>,
}

/// What belongs to a night.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NightFiles {
    /// Night frames in the order in which they were taken. Never thumbnails.
    pub frames: Vec<NightFile>,
    pub timelapses: Vec<NightFile>,
    pub keograms: Vec<NightFile>,
    pub startrails: Vec<NightFile>,
    /// Rows that point outside the images folder or only at a bucket; they cannot be saved.
    pub elsewhere: u64,
}

/// Pictures of a whole night that are there, below the images folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stills {
    pub keogram: Option<RelPath>,
    /// The camera's own small one where it makes any, else the keogram itself.
    pub small_keogram: Option<RelPath>,
    pub startrail: Option<RelPath>,
}

/// Where the measures come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    Database,
    /// Why there is no rating, for the page.
    Folders(String),
}

/// All nights at one moment.
#[derive(Debug, Clone)]
pub struct Survey {
    /// Oldest first; closed or not.
    pub nights: Vec<Measure>,
    pub rating: Rating,
    /// Nights in which only another camera took pictures.
    pub other_camera: Vec<Night>,
    /// First folder below images of the active camera, `ccd_<uuid>`; `None` where there is but one.
    pub camera_dir: Option<String>,
    /// Nights whose folder could not be read, and why. Each is among `nights`, without pictures.
    pub unreadable: Vec<(Night, String)>,
    newest_day_at: Option<DateTime>,
    newest_film: Option<Night>,
}

impl Survey {
    /// Newest night known, closed or not. What is dated ahead of `now` was written by a clock that was wrong.
    fn newest(&self, now: DateTime) -> Option<Night> {
        self.nights.iter().map(|measure| measure.night).rfind(|night| !is_day_ahead(night.date(), now.date()))
    }

    /// Nights that are dated ahead of the local time `now`.
    pub fn ahead(&self, now: DateTime) -> Vec<Night> {
        let nights = self.nights.iter().map(|measure| measure.night);
        nights.filter(|night| is_day_ahead(night.date(), now.date())).collect()
    }

    /// The night that is not over at the local time `now`. The camera has the same clock, so it is none that is dated
    /// ahead.
    pub fn running(&self, now: DateTime) -> Option<Night> {
        let open =
            |measure: &&Measure| !is_day_ahead(measure.night.date(), now.date()) && !self.is_closed(measure, now);
        self.nights.iter().find(open).map(|measure| measure.night)
    }

    /// Whether `measure` is over at the local time `now`.
    pub fn is_closed(&self, measure: &Measure, now: DateTime) -> bool {
        let film = self.newest_film.filter(|film| !is_day_ahead(film.date(), now.date()));
        let has_timelapse =
            if film.is_some_and(|film| film >= measure.night) { TimelapseSeen::Finished } else { TimelapseSeen::No };
        let traces = Traces {
            newest_night: self.newest(now),
            newest_day_at: self.newest_day_at,
            last_night_at: measure.last_at,
            has_timelapse,
        };
        is_closed(measure.night, &traces, now)
    }
}

/// What a picture means that the database lists and that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The camera deletes pictures and leaves their rows.
    Normal,
    /// Something went wrong.
    Fault,
}

/// One camera's nights.
pub trait NightSource: Send + Sync {
    fn software(&self) -> Software;
    fn images_dir(&self) -> &Path;
    fn missing(&self) -> Missing;
    /// After how many days the camera deletes pictures; `None` = never, or not known.
    fn days_kept(&self) -> Result<Option<u32>, Error>;
    /// The camera's own folder of `night`, below which all its pictures lie; `None` where they are
    /// spread over several.
    fn night_folder(&self, night: Night) -> Option<RelPath>;
    /// Where the timelapse of `night` by the camera of `camera_dir` (`ccd_<uuid>`, or empty) lies.
    fn film_folder(&self, night: Night, camera_dir: &str) -> Option<RelPath>;
    fn survey(&self) -> Result<Survey, Error>;
    fn files(&self, night: Night) -> Result<NightFiles, Error>;
    /// Its frames in the order in which they were taken; none when only folders are known.
    fn course(&self, night: Night) -> Result<Vec<Shot>, Error>;
    /// A look at few names; nothing is walked.
    fn stills(&self, night: Night) -> Result<Stills, Error>;
}
