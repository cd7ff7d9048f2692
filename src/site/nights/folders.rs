//! Nights counted from `images/YYYYMMDD` alone, where no database helps.
use std::fs;
use std::io;
use std::path::Path;

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

/// `image-*` files of a night, by name, which is by time.
pub fn frames(images: &Path, night: Night) -> Result<Vec<NightFile>, Error> {
    let mut frames: Vec<NightFile> = names(&images.join(night.to_string()))?
        .into_iter()
        .filter(|name| name.starts_with(b"image-"))
        .filter_map(|name| RelPath::parse([night.to_string().as_bytes(), b"/", &name].concat()).ok())
        .map(|path| NightFile { path, recorded_size: None })
        .collect();
    frames.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(frames)
}

pub fn survey(images: &Path, why: String) -> Result<Survey, Error> {
    let mut measures = Vec::new();
    for night in nights(images)? {
        let count = frames(images, night)?.len() as u64;
        if count > 0 {
            measures.push(Measure::unrated(night, count));
        }
    }
    Ok(Survey {
        nights: measures,
        rating: Rating::Folders(why),
        other_camera: Vec::new(),
        camera_dir: None,
        newest_day_at: None,
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
