//! Nights of indi-allsky counted from `ccd_<uuid>/exposures/YYYYMMDD/night` alone, where its database
//! is on a server, half made or gone.
//!
//! What a picture is and when it was taken is told by its name, `ccd1_20251224_180000.jpg`; nothing
//! else in those folders counts.
use std::path::Path;

use jiff::civil::DateTime;

use super::{CameraChoice, Error, NightFile, NightFiles, Rating, Stills, Survey, folders};
use crate::base::rel_path::RelPath;
use crate::domain::night::Night;
use crate::domain::nights::measure::Measure;

/// The newest folders that are looked through for daytime pictures: those of a morning lie in the
/// folder of the evening before.
const RECENT: usize = 2;
const FILMS: [&str; 2] = ["mp4", "webm"];

/// What the camera makes of a whole night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    Timelapse,
    Keogram,
    Startrail,
}

impl Made {
    /// The word in names of files.
    fn as_str(self) -> &'static str {
        match self {
            Made::Timelapse => "timelapse",
            Made::Keogram => "keogram",
            Made::Startrail => "startrail",
        }
    }
}

/// The folders of one camera.
pub struct IndiFolders<'a> {
    images: &'a Path,
    /// `ccd_<uuid>`; `None` while no camera has taken a night picture.
    camera_dir: Option<String>,
}

type Shots = Vec<(DateTime, RelPath)>;

impl<'a> IndiFolders<'a> {
    /// The chosen camera, or the one that took the newest night picture.
    pub fn new(images: &'a Path, choice: &CameraChoice) -> Result<Self, Error> {
        let camera_dir = match choice {
            CameraChoice::Uuid(uuid) => Some(format!("ccd_{uuid}")),
            CameraChoice::Active => {
                let mut newest: Vec<(DateTime, String)> = Vec::new();
                for camera in cameras(images)? {
                    let nights = nights(images, &camera)?.into_iter().rev();
                    // A night that cannot be read says nothing of which camera was used last.
                    let mut last =
                        nights.filter_map(|night| shots(images, &camera, night, "night").ok()?.last().map(|s| s.0));
                    if let Some(at) = last.next() {
                        newest.push((at, camera));
                    }
                }
                newest.into_iter().max().map(|(_, camera)| camera)
            }
        };
        Ok(IndiFolders { images, camera_dir })
    }

    /// `why` there is no database to ask.
    pub fn survey(&self, why: String) -> Result<Survey, Error> {
        let (mut measures, mut other_camera, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
        for camera in cameras(self.images)? {
            for night in nights(self.images, &camera)? {
                let shots = match shots(self.images, &camera, night, "night") {
                    Ok(shots) => shots,
                    Err(why) => {
                        if self.camera_dir.as_ref() == Some(&camera) {
                            unreadable.push((night, why.with_source()));
                            measures.push(Measure::unrated(night, 0));
                        }
                        continue;
                    }
                };
                let (Some(first), Some(last)) = (shots.first(), shots.last()) else { continue };
                if self.camera_dir.as_ref() == Some(&camera) {
                    let (first_at, last_at) = (Some(first.0), Some(last.0));
                    measures.push(Measure { first_at, last_at, ..Measure::unrated(night, shots.len() as u64) });
                } else {
                    other_camera.push(night);
                }
            }
        }
        other_camera.retain(|night| measures.iter().all(|measure| measure.night != *night));
        Ok(Survey {
            newest_day_at: self.newest_day()?,
            nights: measures,
            rating: Rating::Folders(why),
            other_camera,
            camera_dir: self.camera_dir.clone(),
            unreadable,
            // Whether a film is finished is known to the database alone.
            newest_film: None,
        })
    }

    pub fn files(&self, night: Night) -> Result<NightFiles, Error> {
        let Some(camera) = &self.camera_dir else { return Ok(NightFiles::default()) };
        let file = |path| NightFile { path, recorded_size: None };
        Ok(NightFiles {
            frames: shots(self.images, camera, night, "night")?.into_iter().map(|(_, path)| file(path)).collect(),
            timelapses: self.made(night, Made::Timelapse)?.into_iter().map(file).collect(),
            keograms: self.made(night, Made::Keogram)?.into_iter().map(file).collect(),
            startrails: self.made(night, Made::Startrail)?.into_iter().map(file).collect(),
            elsewhere: 0,
        })
    }

    pub fn stills(&self, night: Night) -> Result<Stills, Error> {
        let keogram = self.made(night, Made::Keogram)?.pop();
        let startrail = self.made(night, Made::Startrail)?.pop();
        Ok(Stills { small_keogram: keogram.clone(), keogram, startrail })
    }

    fn newest_day(&self) -> Result<Option<DateTime>, Error> {
        let Some(camera) = &self.camera_dir else { return Ok(None) };
        let mut newest = None;
        for night in nights(self.images, camera)?.into_iter().rev().take(RECENT) {
            let shots = shots(self.images, camera, night, "day").unwrap_or_default();
            newest = newest.max(shots.last().map(|shot| shot.0));
        }
        Ok(newest)
    }

    /// `allsky-KIND_ccd1_20251224_night_1766642400.EXT`, oldest first: films of a timelapse, else pictures.
    fn made(&self, night: Night, made: Made) -> Result<Vec<RelPath>, Error> {
        let Some(camera) = &self.camera_dir else { return Ok(Vec::new()) };
        let folder = format!("{camera}/timelapse/{night}");
        let (start, marked) = (format!("allsky-{}_", made.as_str()), format!("_{night}_night_"));
        let is_kind = |name: &str| {
            let is_film = FILMS.iter().any(|film| name.ends_with(&format!(".{film}")));
            name.starts_with(&start) && name.contains(&marked) && is_film == (made == Made::Timelapse)
        };
        let mut names = texts(self.images, &folder)?;
        names.retain(|name| is_kind(name));
        names.sort();
        Ok(names.iter().filter_map(|name| RelPath::parse(format!("{folder}/{name}")).ok()).collect())
    }
}

fn cameras(images: &Path) -> Result<Vec<String>, Error> {
    let mut names = texts(images, "")?;
    names.retain(|name| name.starts_with("ccd_"));
    names.sort();
    Ok(names)
}

/// Oldest first.
fn nights(images: &Path, camera: &str) -> Result<Vec<Night>, Error> {
    folders::nights(&images.join(camera).join("exposures"))
}

/// Pictures of a night, or of the day that belongs to it, in the order in which they were taken.
fn shots(images: &Path, camera: &str, night: Night, time: &str) -> Result<Shots, Error> {
    let top = format!("{camera}/exposures/{night}/{time}");
    let mut found = Vec::new();
    for hour in texts(images, &top)? {
        for name in texts(images, &format!("{top}/{hour}"))? {
            let path = RelPath::parse(format!("{top}/{hour}/{name}"));
            found.extend(taken_at(&name).zip(path.ok()));
        }
    }
    found.sort();
    Ok(found)
}

/// `ccd1_20251224_180000.jpg`; `None` for what is no picture.
fn taken_at(name: &str) -> Option<DateTime> {
    let (stem, _) = name.split_once('.')?;
    let time = stem.get(stem.len().checked_sub(15)?..)?;
    DateTime::strptime("%Y%m%d_%H%M%S", time).ok()
}

/// Names below `images` that are text, as the camera's are.
fn texts(images: &Path, folder: &str) -> Result<Vec<String>, Error> {
    let names = folders::names(&images.join(folder))?;
    Ok(names.into_iter().filter_map(|name| String::from_utf8(name).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_picture_tells_when_it_was_taken() {
        let at = taken_at("ccd1_20251224_180000.jpg").unwrap();
        assert_eq!(at.to_string(), "2025-12-24T18:00:00");
        for other in ["thumbnails", "ccd1_20251324_180000.jpg", "20251224.jpg", "ccd1_20251224_180000", ".tmp", "é.jpg"]
        {
            assert_eq!(taken_at(other), None, "{other}");
        }
    }
}
