//! Nights counted from `images/YYYYMMDD` alone, where no database helps.
use std::fs;
use std::io;
use std::path::Path;

use jiff::civil::DateTime;

use super::frame_rule::{FrameRule, Light};
use super::{Error, NightFile, Rating, Survey};
use crate::base::rel_path::RelPath;
use crate::domain::night::Night;
use crate::domain::nights::measure::Measure;

/// Folders that are nights, oldest first.
pub fn nights(images: &Path) -> Result<Vec<Night>, Error> {
    let mut nights: Vec<Night> =
        names(images)?.into_iter().filter_map(|name| Night::parse(std::str::from_utf8(&name).ok()?).ok()).collect();
    nights.sort();
    Ok(nights)
}

/// What lies in the folder of a night.
#[derive(Debug, Default)]
pub struct Contents {
    /// Frames of the night by name, which is by time.
    pub frames: Vec<NightFile>,
    pub first_at: Option<DateTime>,
    pub last_at: Option<DateTime>,
    pub newest_day_at: Option<DateTime>,
}

impl Contents {
    pub fn measure(&self, night: Night) -> Measure {
        let (first_at, last_at) = (self.first_at, self.last_at);
        Measure { first_at, last_at, ..Measure::unrated(night, self.frames.len() as u64) }
    }
}

/// Frames by `rule`; those that a database knows as `daytime` are none of the night.
pub fn contents(images: &Path, night: Night, rule: &FrameRule, daytime: &[String]) -> Result<Contents, Error> {
    let mut found = Contents::default();
    for name in names(&images.join(night.to_string()))? {
        let Some(frame) = rule.frame(&name) else { continue };
        if frame.light == Light::Day || daytime.iter().any(|day| day.as_bytes() == name) {
            found.newest_day_at = found.newest_day_at.max(frame.at);
            continue;
        }
        let Ok(path) = RelPath::parse([night.to_string().as_bytes(), b"/", &name].concat()) else { continue };
        found.first_at = found.first_at.into_iter().chain(frame.at).min();
        found.last_at = found.last_at.max(frame.at);
        found.frames.push(NightFile { path, recorded_size: None });
    }
    found.frames.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

pub fn survey(images: &Path, rule: &FrameRule, why: String) -> Result<Survey, Error> {
    let (mut measures, mut unreadable, mut newest_day_at) = (Vec::new(), Vec::new(), None);
    for night in nights(images)? {
        let contents = match contents(images, night, rule, &[]) {
            Ok(contents) => contents,
            Err(why) => {
                unreadable.push((night, why.with_source()));
                measures.push(Measure::unrated(night, 0));
                continue;
            }
        };
        newest_day_at = newest_day_at.max(contents.newest_day_at);
        if !contents.frames.is_empty() {
            measures.push(contents.measure(night));
        }
    }
    Ok(Survey {
        nights: measures,
        rating: Rating::Folders(why),
        other_camera: Vec::new(),
        camera_dir: None,
        unreadable,
        newest_day_at,
        newest_film: None,
    })
}

/// Names in a folder; a folder that is gone has none, and neither has a file.
pub(super) fn names(folder: &Path) -> Result<Vec<Vec<u8>>, Error> {
    use std::os::unix::ffi::OsStringExt;
    let fault = |source| Error::Folder { path: folder.to_owned(), source };
    match fs::read_dir(folder) {
        Err(e) if is_nothing_there(&e) => Ok(Vec::new()),
        Err(e) => Err(fault(e)),
        Ok(entries) => entries.map(|entry| Ok(entry.map_err(fault)?.file_name().into_vec())).collect(),
    }
}

fn is_nothing_there(error: &io::Error) -> bool {
    use rustix::io::Errno;
    // A link to itself leads nowhere, as a broken one does.
    matches!(Errno::from_io_error(error), Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP))
}
