//! Pictures by night, although they lie by camera and by kind.
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::base::rel_path::{RelPath, printable};
use crate::domain::archive::listing::{Listing, Source};
use crate::domain::night::Night;
use crate::domain::order::NightChoice;
use crate::site::pictures::{STRIP, TOP};
use crate::site::walk::{PYCACHE, Walk, names};
use crate::site::{Error, PictureFolder};

/// Each name that a page shows, with the folders below images that belong to it.
type Folders = BTreeMap<String, Vec<RelPath>>;

/// Nights, newest first, then other folders such as `darks`, by name.
pub(super) fn folders(images: &Path) -> Result<Vec<PictureFolder>, Error> {
    let mut folders = Vec::new();
    for (name, places) in look(images)? {
        let picture = |kind: &str| places.iter().find_map(|place| summary(images, place, kind));
        let (keogram, startrails) = (picture("keogram"), picture("startrail"));
        folders.push(PictureFolder { night: Night::parse(&name).ok(), keogram, startrails, name });
    }
    folders.sort_by(|a, b| b.night.cmp(&a.night).then_with(|| a.name.cmp(&b.name)));
    Ok(folders)
}

/// `ccd_…/timelapse/20261117/allsky-keogram_ccd1_20261117_night_….jpg`: the night's, else the day's.
fn summary(images: &Path, place: &RelPath, kind: &str) -> Option<RelPath> {
    if place.parent()?.name() != b"timelapse" {
        return None;
    }
    let start = format!("allsky-{kind}_");
    let mut found = names(&images.join(place.as_path())).ok()?;
    found.retain(|name| name.starts_with(start.as_bytes()) && !name.ends_with(b".mp4") && !name.ends_with(b".webm"));
    let is_of_day = |name: &[u8]| !name.windows(7).any(|part| part == b"_night_");
    found.sort_by_key(|name| (is_of_day(name), std::cmp::Reverse(name.clone())));
    place.join(found.first()?).ok()
}

fn look(images: &Path) -> Result<Folders, Error> {
    let mut folders = Folders::new();
    for top in below(images, None)? {
        if !top.name().starts_with(b"ccd_") {
            put(&mut folders, top);
            continue;
        }
        for kind in below(images, Some(&top)).unwrap_or_default() {
            if night(&kind).is_some() {
                put(&mut folders, kind);
                continue;
            }
            let nights = below(images, Some(&kind)).unwrap_or_default();
            nights.into_iter().filter(|place| night(place).is_some()).for_each(|place| put(&mut folders, place));
        }
    }
    Ok(folders)
}

fn night(place: &RelPath) -> Option<Night> {
    Night::parse(std::str::from_utf8(place.name()).ok()?).ok()
}

/// A page cannot show a name that is no text; "all folders" takes it along all the same.
fn put(folders: &mut Folders, place: RelPath) {
    if let Ok(name) = std::str::from_utf8(place.name()) {
        folders.entry(name.to_owned()).or_default().push(place);
    }
}

/// Real folders, sorted; links are none.
fn below(images: &Path, folder: Option<&RelPath>) -> Result<Vec<RelPath>, Error> {
    let path = folder.map_or_else(|| images.to_owned(), |folder| images.join(folder.as_path()));
    let mut found = names(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
    found.retain(|name| {
        let place = path.join(OsStr::from_bytes(name));
        name != PYCACHE && fs::symlink_metadata(place).is_ok_and(|looks| looks.is_dir())
    });
    found.sort_unstable();
    let named = found.iter().filter_map(|name| match folder {
        Some(folder) => folder.join(name).ok(),
        None => RelPath::parse(name).ok(),
    });
    Ok(named.collect())
}

/// Everything that an images archive takes.
pub(super) fn list(images: &Path, choice: &NightChoice, warn: &mut dyn FnMut(String)) -> Result<Listing, Error> {
    let top = RelPath::of_our_own(TOP);
    let NightChoice::Folders(wanted) = choice else {
        let mut walk = Walk::new(images, STRIP, warn);
        walk.add(images, &top, &|_| false);
        return Ok(walk.listing);
    };
    let folders = look(images)?;
    let mut chosen: Vec<RelPath> = Vec::new();
    for name in wanted {
        let places = folders.get(name).ok_or_else(|| Error::NoFolder(printable(name.as_bytes())))?;
        chosen.extend_from_slice(places);
    }
    chosen.sort();
    chosen.dedup();
    let mut walk = Walk::new(images, STRIP, warn);
    let mut told: Vec<RelPath> = Vec::new();
    for place in chosen {
        for above in aboves(&place) {
            // The folders above tell whether something was added beside.
            if let (false, Ok(looks)) = (told.contains(&above), fs::symlink_metadata(images.join(above.as_path()))) {
                if let Ok(name) = member(&top, &above) {
                    walk.push(&name, Source::Directory, &looks);
                }
                told.push(above);
            }
        }
        if let Ok(name) = member(&top, &place) {
            walk.add(&images.join(place.as_path()), &name, &|_| false);
        }
    }
    Ok(walk.listing)
}

fn member(top: &RelPath, place: &RelPath) -> Result<RelPath, crate::base::rel_path::Refused> {
    RelPath::parse([top.as_bytes(), b"/", place.as_bytes()].concat())
}

/// Folders above `place`, outermost first.
fn aboves(place: &RelPath) -> Vec<RelPath> {
    let mut above = Vec::new();
    let mut here = place.parent();
    while let Some(folder) = here {
        here = folder.parent();
        above.push(folder);
    }
    above.reverse();
    above
}
