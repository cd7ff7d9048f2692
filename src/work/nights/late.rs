//! Timelapses that the camera made, or made anew, after their night was saved: they are brought to its
//! copy on their own and read back; the pictures of the night are left alone.
use serde::Serialize;

use super::Error;
use super::save::list_films;
use super::survey::films;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::destination::drive::Ready;
use crate::destination::night_store::NightStore;
use crate::domain::night::Night;
use crate::domain::nights::file_list::Filed;
use crate::domain::nights::frame::flaw;
use crate::transfer::copy_files::{Came, FileCopier, TOO_LARGE, largest_file};
use crate::transfer::wanted::{Wanted, compare_with_list, is_there};
use crate::work::Tools;

/// A late timelapse that a run tried to copy.
#[derive(Debug, Clone, Serialize)]
pub struct LateFilm {
    pub night: String,
    pub name: String,
    pub bytes: u64,
    /// Why its copy does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<&'static str>,
}

/// The timelapses of `night` that the drive does not have as the camera has them.
pub(super) fn missing(tools: &Tools, images: &Dir, ready: &Ready, night: Night) -> Result<Vec<Wanted>, Error> {
    if !tools.nights.settings.timelapse {
        return Ok(Vec::new());
    }
    let listed = tools.nights.source.files(night)?.timelapses;
    let mut missing = Vec::new();
    let mut wanted = films(images, night, &listed)?;
    let store = NightStore::new(ready.dir());
    let known = store.film_list(night).map_err(Error::io("a list of timelapses could not be read"))?;
    compare_with_list(&mut wanted, &NightStore::film_folder(night), &known.unwrap_or_default());
    for film in wanted {
        // The owner was told of a film too large for the drive when its night was saved.
        if film.bytes <= largest_file(ready.dir()) && !is_there(ready.dir(), &film)? {
            missing.push(film);
        }
    }
    Ok(missing)
}

pub(super) fn bring(
    ready: &Ready,
    night: Night,
    films: &[Wanted],
    copier: &mut FileCopier<'_>,
) -> Result<Vec<LateFilm>, Error> {
    let mut copied: Vec<Came> = Vec::with_capacity(films.len());
    copier.copy(films, &mut |_, film| copied.push(film))?;
    ready.dir().sync_file_system().map_err(Error::io("the drive did not take what was written"))?;
    let (mut whole, mut tried) = (Vec::new(), Vec::new());
    for (film, copied) in films.iter().zip(copied) {
        let trouble = match &copied {
            Came::Changed => Some("it changed while it was copied"),
            Came::TooLarge => Some(TOO_LARGE),
            Came::Copied(copied) => match flaw(film.from.name(), film.bytes, &copied.tail) {
                Some(flaw) => Some(flaw),
                None if copier.read_back(&film.to)? == Some((film.bytes, copied.hash)) => None,
                None => Some("it came back from the drive changed"),
            },
        };
        let odd = |why| Error::io("a name on the drive is odd")(std::io::Error::other(why));
        let path = RelPath::parse(film.to.name()).map_err(odd)?;
        let night = night.date().to_string();
        tried.push(LateFilm { night, name: path.to_string(), bytes: film.bytes, trouble });
        if let (None, Came::Copied(copied)) = (trouble, copied) {
            whole.push(Filed { path, bytes: film.bytes, mtime: film.mtime.seconds, hash: copied.hash });
        }
    }
    ready.recheck()?;
    list_films(ready, night, whole)?;
    Ok(tried)
}
