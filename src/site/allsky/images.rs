//! The folders of pictures, wherever they lie, under the names that they have in an archive.
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::base::rel_path::{RelPath, printable};
use crate::domain::archive::listing::Listing;
use crate::domain::litter::is_litter;
use crate::domain::night::Night;
use crate::domain::order::NightChoice;
use crate::site::pictures::{STRIP, TOP};
use crate::site::walk::{PYCACHE, Walk, names};
use crate::site::{Error, PictureFolder};

/// Folders directly in `images`, newest night first, then those that are no nights, by name. One look
/// at the folder and at most four files each.
pub fn folders(images: &Path) -> Result<Vec<PictureFolder>, Error> {
    let mut folders = Vec::new();
    for name in real_folders(images)? {
        // A page cannot show a name that is no text; "all folders" takes it along all the same.
        let Ok(name) = String::from_utf8(name) else { continue };
        let picture = |kind: &str| {
            let paths = ["jpg", "png"].into_iter().flat_map(|ending| {
                [
                    format!("{name}/{kind}thumbnail/{kind}-{name}.{ending}"),
                    format!("{name}/{kind}/{kind}-{name}.{ending}"),
                ]
            });
            paths.filter_map(|path| RelPath::parse(path).ok()).find(|path| images.join(path.as_path()).is_file())
        };
        let (keogram, startrails) = (picture("keogram"), picture("startrails"));
        folders.push(PictureFolder { night: Night::parse(&name).ok(), keogram, startrails, name });
    }
    folders.sort_by(|a, b| b.night.cmp(&a.night).then_with(|| a.name.cmp(&b.name)));
    Ok(folders)
}

/// Names of the folders in `images`, sorted; links are none.
fn real_folders(images: &Path) -> Result<Vec<Vec<u8>>, Error> {
    let mut names = names(images).map_err(|source| Error::Read { path: images.to_owned(), source })?;
    names.retain(|name| {
        let place = images.join(OsStr::from_bytes(name));
        name != PYCACHE && !is_litter(name) && fs::symlink_metadata(place).is_ok_and(|found| found.is_dir())
    });
    names.sort_unstable();
    Ok(names)
}

/// Everything that an images archive takes.
pub fn list(images: &Path, choice: &NightChoice, warn: &mut dyn FnMut(String)) -> Result<Listing, Error> {
    let top = RelPath::parse(TOP).map_err(|why| Error::Odd { path: images.to_owned(), why: why.to_string() })?;
    let chosen = match choice {
        NightChoice::All => None,
        NightChoice::Folders(wanted) => Some(checked(images, wanted)?),
    };
    let mut walk = Walk::new(images, STRIP, warn);
    match chosen {
        None => walk.add(images, &top, &|_| false),
        Some(chosen) => chosen.iter().for_each(|folder| {
            if let Ok(name) = top.join(folder) {
                walk.add(&images.join(folder), &name, &|_| false);
            }
        }),
    }
    Ok(walk.listing)
}

/// The chosen folders, sorted, each once; every one must be a folder directly in `images`.
fn checked(images: &Path, wanted: &[String]) -> Result<Vec<String>, Error> {
    let mut chosen = wanted.to_vec();
    chosen.sort_unstable();
    chosen.dedup();
    for folder in &chosen {
        let direct = RelPath::parse(folder).is_ok_and(|path| path.parts().count() == 1);
        let place = images.join(folder);
        match fs::symlink_metadata(&place) {
            Ok(found) if direct && found.is_dir() => {}
            Ok(found) if direct && found.is_symlink() => {
                return Err(Error::Odd { path: place, why: "it is a link, and links are not followed".to_owned() });
            }
            _ => return Err(Error::NoFolder(printable(folder.as_bytes()))),
        }
    }
    Ok(chosen)
}
