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

/// Pictures of a night by the panel's own rule, by name, which is by time.
pub fn frames(images: &Path, night: Night) -> Result<Vec<NightFile>, Error> {
    let mut frames: Vec<NightFile> = names(&images.join(night.to_string()))?
        .into_iter()
        .filter(|name| is_frame(name))
        .filter_map(|name| RelPath::parse([night.to_string().as_bytes(), b"/", &name].concat()).ok())
        .map(|path| NightFile { path, recorded_size: None })
        .collect();
    frames.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(frames)
}

/// `image-20261117213000.jpg`: letters, digits and `_`, a dash, anything, the moment in 14 digits, and
/// the ending of a picture.
fn is_frame(name: &[u8]) -> bool {
    let Ok(name) = std::str::from_utf8(name) else { return false };
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    let is_picture = ["jpg", "jpeg", "png"].iter().any(|known| ending.eq_ignore_ascii_case(known));
    let Some((start, rest)) = stem.split_once('-') else { return false };
    let is_word = !start.is_empty() && start.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let digits = rest.bytes().rev().take_while(u8::is_ascii_digit).count();
    is_picture && is_word && digits >= 14
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_what_the_panel_shows_as_pictures_of_a_night() {
        for (name, is) in [
            ("image-20261117213000.jpg", true),
            ("roof_2-20261117213000.png", true),
            ("image-resized-20261117213000.JPEG", true),
            ("image-20261117.jpg", false),
            ("image.jpg", false),
            ("-20261117213000.jpg", false),
            ("a b-20261117213000.jpg", false),
            ("image-20261117213000.jpg.part", false),
            ("allsky-20261117.mp4", false),
        ] {
            assert_eq!(is_frame(name.as_bytes()), is, "{name}");
        }
    }
}
