//! How pictures lie below `images/`, and which folder of a page they belong to.
//!
//! One camera software keeps a folder for each night, the other one for each camera with the nights
//! below it, by kind. An owner chooses nights either way.
use super::night::Night;
use super::restore::attributes::Shape;
use crate::base::rel_path::RelPath;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureLayout {
    /// `images/20261117/image-….jpg`
    ByNight,
    /// `images/ccd_UUID/exposures/20261117/night/17_22/ccd1_….jpg`, `images/ccd_UUID/timelapse/20261117/…`
    ByCamera,
}

/// Where a folder of a page begins in the name of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureTop {
    /// `20261117`, or another name such as `darks`.
    pub folder: String,
    /// Parts of the name that lead to it, itself included.
    pub parts: usize,
}

impl PictureLayout {
    /// The folder that holds `member`, or is it; `None` for what lies beside all folders, and where
    /// the folder's name is no text.
    pub fn top_of(self, member: &RelPath, shape: Shape) -> Option<PictureTop> {
        let parts: Vec<&[u8]> = member.parts().collect();
        let at = match (self, parts.get(1)?) {
            (PictureLayout::ByCamera, camera) if camera.starts_with(b"ccd_") => {
                (2..4).find(|at| parts.get(*at).is_some_and(|part| night(part).is_some()))?
            }
            _ => 1,
        };
        // A file of that name is no folder.
        let is_inside = parts.len() > at + 1 || shape == Shape::Folder;
        let folder = std::str::from_utf8(parts.get(at)?).ok().filter(|_| is_inside)?;
        Some(PictureTop { folder: folder.to_owned(), parts: at + 1 })
    }
}

fn night(part: &[u8]) -> Option<Night> {
    Night::parse(std::str::from_utf8(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_belongs_to_its_night_in_both_layouts() {
        use PictureLayout::{ByCamera, ByNight};
        for (layout, member, top) in [
            (ByNight, "images/20261117/image-1.jpg", Some(("20261117", 2))),
            (ByNight, "images/test/a/b.jpg", Some(("test", 2))),
            (ByNight, "images/latest.jpg", None),
            (ByCamera, "images/ccd_a/exposures/20261117/night/17_22/ccd1_1.jpg", Some(("20261117", 4))),
            (ByCamera, "images/ccd_a/timelapse/20261117/allsky-keogram_ccd1.jpg", Some(("20261117", 4))),
            (ByCamera, "images/ccd_a/20261117/night/x.jpg", Some(("20261117", 3))),
            (ByCamera, "images/ccd_a/realtime_keogram.jpg", None),
            (ByCamera, "images/ccd_a/exposures/20261117", None),
            (ByCamera, "images/darks/dark.fit", Some(("darks", 2))),
            (ByCamera, "images/latest.jpg", None),
        ] {
            let found = layout.top_of(&RelPath::parse(member).unwrap(), Shape::File);
            assert_eq!(found.as_ref().map(|top| (top.folder.as_str(), top.parts)), top, "{member}");
        }
        let folder = RelPath::parse("images/ccd_a/exposures/20261117").unwrap();
        assert_eq!(ByCamera.top_of(&folder, Shape::Folder).unwrap().folder, "20261117");
        assert_eq!(ByCamera.top_of(&RelPath::parse("images/ccd_a/exposures").unwrap(), Shape::Folder), None);
    }
}
