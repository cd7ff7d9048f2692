//! What a night consists of at the camera: which files are copied to where, and what is wrong with
//! them before a byte is read.
use super::Error;
use super::places::place_of;
use crate::base::attributes::Kind;
use crate::base::counted::counted;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::destination::night_store::NightStore;
use crate::domain::night::Night;
use crate::domain::nights::file_list::is_listable;
use crate::site::nights::{Missing, NightFile};
use crate::transfer::wanted::Wanted;
use crate::work::Tools;

/// How many names a message lists; it counts the rest.
const NAMED: usize = 5;

/// The files of a night, and what is wrong.
pub(super) struct Parts {
    /// First the frames, then keograms and startrails when the owner wants them.
    pub files: Vec<Wanted>,
    pub frames: u64,
    pub timelapses: Vec<Wanted>,
    pub missing: u64,
    pub troubles: Vec<String>,
}

impl Parts {
    pub fn bytes(&self) -> u64 {
        self.files.iter().chain(&self.timelapses).map(|file| file.bytes).sum()
    }
}

pub(super) fn parts(tools: &Tools, images: &Dir, night: Night) -> Result<Parts, Error> {
    let (source, settings) = (&tools.nights.source, &tools.nights.settings);
    let listed = source.files(night)?;
    let mut parts = Parts { files: Vec::new(), frames: 0, timelapses: Vec::new(), missing: 0, troubles: Vec::new() };
    let mut missing = Vec::new();
    for frame in &listed.frames {
        match find(images, frame, place_of(source.as_ref(), night, &frame.path))? {
            Found::Whole(wanted) => parts.files.push(wanted),
            Found::Missing => missing.push(frame.path.to_string()),
            Found::Odd(why) => parts.troubles.push(why),
        }
    }
    parts.frames = parts.files.len() as u64;
    parts.missing = missing.len() as u64;
    if !missing.is_empty() && (source.missing() == Missing::Fault || parts.frames == 0) {
        parts.troubles.push(some("pictures are missing at the camera", &missing));
    }
    if listed.elsewhere > 0 {
        let pictures = counted(listed.elsewhere, "picture");
        parts.troubles.push(format!("the camera's database names {pictures} outside the image folder"));
    }
    let stills = [(settings.keogram, &listed.keograms), (settings.startrail, &listed.startrails)];
    for file in stills.iter().filter(|(wanted, _)| *wanted).flat_map(|(_, files)| files.iter()) {
        if let Found::Whole(wanted) = find(images, file, place_of(source.as_ref(), night, &file.path))? {
            parts.files.push(wanted);
        }
    }
    if settings.timelapse {
        parts.timelapses = films(images, night, &listed.timelapses)?;
    }
    Ok(parts)
}

/// The timelapses of `night` that are there.
pub(super) fn films(images: &Dir, night: Night, listed: &[NightFile]) -> Result<Vec<Wanted>, Error> {
    let mut films = Vec::new();
    for film in listed {
        let to = NightStore::film_folder(night).join(film.path.name()).ok();
        if let Found::Whole(wanted) = find(images, film, to)? {
            films.push(wanted);
        }
    }
    Ok(films)
}

enum Found {
    Whole(Wanted),
    Missing,
    Odd(String),
}

fn find(images: &Dir, file: &NightFile, to: Option<RelPath>) -> Result<Found, Error> {
    let Some(to) = to.filter(is_listable) else {
        return Ok(Found::Odd(format!("{} has a name that cannot be listed", file.path)));
    };
    let seen = match images.seen(&file.path) {
        Ok(Some(seen)) => seen,
        Ok(None) => return Ok(Found::Missing),
        Err(why) => return Ok(Found::Odd(format!("{} cannot be read: {why}", file.path))),
    };
    if seen.kind != Kind::File {
        return Ok(Found::Odd(format!("{} is no file", file.path)));
    }
    if let Some(recorded) = file.recorded_size.filter(|recorded| *recorded != seen.bytes) {
        let now = seen.bytes;
        return Ok(Found::Odd(format!("{} has {now} bytes, and the camera wrote {recorded}", file.path)));
    }
    let mtime = seen.attributes.mtime;
    Ok(Found::Whole(Wanted { from: file.path.clone(), to, bytes: seen.bytes, mtime, is_listed: false }))
}

/// "3 pictures are missing: a, b, c".
pub(super) fn some(what: &str, names: &[String]) -> String {
    let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = if names.len() > NAMED { " …" } else { "" };
    format!("{} {what}: {shown}{more}", names.len())
}
