//! Nights on a drive: a folder for each below `nights`, with its manifest and the list of its files.
//!
//! A folder counts as a saved night only with a manifest, which is written last. A night that goes is
//! renamed first, so that a half-deleted one is never seen.
use std::io::{self, Read};

use crate::base::attributes::{Kind, Seen};
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::night::Night;
use crate::domain::nights::file_list::{self, Filed};
use crate::domain::nights::manifest::Manifest;

const MANIFEST: &str = "manifest.txt";
const FILES: &str = "files.tsv";
/// Files of a night that its list no longer has.
pub const SUPERSEDED: &str = ".superseded";
const TRASH: &str = ".trash-";
/// More than any honest manifest, and than a list of a hundred thousand files.
const MOST_BYTES: u64 = 32 << 20;

/// The nights of one drive.
pub struct Shelf<'a> {
    drive: &'a Dir,
}

impl<'a> Shelf<'a> {
    pub fn new(drive: &'a Dir) -> Self {
        Shelf { drive }
    }

    /// `nights/2025-12-24`.
    pub fn folder(night: Night) -> RelPath {
        RelPath::of_our_own(&format!("nights/{}", night.date()))
    }

    /// `timelapse/2025-12-24`: stays when the pictures of the night make room.
    pub fn film_folder(night: Night) -> RelPath {
        RelPath::of_our_own(&format!("timelapse/{}", night.date()))
    }

    /// Every folder that is named like a night, oldest first.
    pub fn nights(&self) -> io::Result<Vec<Night>> {
        let names = match self.drive.dir(&RelPath::of_our_own("nights")) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?.entries()?,
        };
        let dashed = |name: &str| (name.len() == 10).then(|| Night::parse_any(name).ok()).flatten();
        let mut nights: Vec<Night> = names.iter().filter_map(|name| dashed(name.to_str()?)).collect();
        nights.sort();
        Ok(nights)
    }

    /// `None` when there is none, or nothing in it that we understand.
    pub fn manifest(&self, night: Night) -> io::Result<Option<Manifest>> {
        let text = self.small(&Self::of(night, MANIFEST))?;
        Ok(text.and_then(|text| Manifest::parse(&String::from_utf8_lossy(&text), night)))
    }

    pub fn put_manifest(&self, manifest: &Manifest) -> io::Result<()> {
        self.drive.write_atomic(&Self::of(manifest.night, MANIFEST), manifest.to_string().as_bytes())
    }

    /// Paths are below the night's folder. `None` when there is no list, or it was cut off.
    pub fn file_list(&self, night: Night) -> io::Result<Option<Vec<Filed>>> {
        Ok(self.small(&Self::of(night, FILES))?.and_then(|text| file_list::read(&text)))
    }

    pub fn put_file_list(&self, night: Night, files: &[Filed]) -> io::Result<()> {
        self.drive.write_atomic(&Self::of(night, FILES), &file_list::write(files))
    }

    /// The same of its timelapses, paths below their folder.
    pub fn film_list(&self, night: Night) -> io::Result<Option<Vec<Filed>>> {
        let name = Self::film_list_name(night)?;
        Ok(self.small(&name)?.and_then(|text| file_list::read(&text)))
    }

    pub fn put_film_list(&self, night: Night, films: &[Filed]) -> io::Result<()> {
        self.drive.write_atomic(&Self::film_list_name(night)?, &file_list::write(films))
    }

    /// Every file of a night, paths below its folder; without our own two and what was superseded.
    pub fn files(&self, night: Night) -> io::Result<Vec<(RelPath, Seen)>> {
        let mut found = Vec::new();
        let top = match self.drive.dir(&Self::folder(night)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(found),
            other => other?,
        };
        walk(&top, None, &mut found)?;
        found.retain(|(path, _)| {
            let first = path.parts().next().unwrap_or_default();
            first != SUPERSEDED.as_bytes() && ![MANIFEST.as_bytes(), FILES.as_bytes()].contains(&path.as_bytes())
        });
        Ok(found)
    }

    /// Takes a night out of sight in one step; it is gone when [`Shelf::remove`] is done.
    pub fn put_in_trash(&self, night: Night, epoch: i64) -> io::Result<RelPath> {
        let trash = RelPath::of_our_own(&format!("{TRASH}{}-{epoch}", night.date()));
        self.drive.rename_new(&Self::folder(night), self.drive, &trash)?;
        self.drive.sync()?;
        Ok(trash)
    }

    /// What an earlier run did not finish deleting.
    pub fn trash(&self) -> io::Result<Vec<(RelPath, Night)>> {
        let names = self.drive.entries()?;
        let ours = |name: &str| {
            let night = Night::parse_any(name.strip_prefix(TRASH)?.get(..10)?).ok()?;
            Some((RelPath::parse(name).ok()?, night))
        };
        Ok(names.iter().filter_map(|name| ours(name.to_str()?)).collect())
    }

    pub fn remove(&self, trash: &RelPath) -> io::Result<()> {
        self.drive.remove_tree(trash)
    }

    fn of(night: Night, name: &str) -> RelPath {
        RelPath::of_our_own(&format!("nights/{}/{name}", night.date()))
    }

    fn film_list_name(night: Night) -> io::Result<RelPath> {
        Self::film_folder(night).join(FILES).map_err(io::Error::other)
    }

    fn small(&self, path: &RelPath) -> io::Result<Option<Vec<u8>>> {
        let file = match self.drive.read(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let mut text = Vec::new();
        file.take(MOST_BYTES).read_to_end(&mut text)?;
        Ok(Some(text))
    }
}

fn walk(dir: &Dir, above: Option<&RelPath>, found: &mut Vec<(RelPath, Seen)>) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let odd = |why| io::Error::new(io::ErrorKind::InvalidData, why);
    for name in dir.entries()? {
        let here = RelPath::parse(name.as_bytes()).map_err(odd)?;
        let Some(seen) = dir.seen(&here)? else { continue };
        let path = match above {
            Some(above) => above.join(name.as_bytes()).map_err(odd)?,
            None => here.clone(),
        };
        match seen.kind {
            Kind::Folder => walk(&dir.dir(&here)?, Some(&path), found)?,
            _ => found.push((path, seen)),
        }
    }
    Ok(())
}

/// Makes `folder` below `drive` with all that is missing above it.
pub fn make_folders(drive: &Dir, folder: &RelPath) -> io::Result<()> {
    match drive.make_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            if let Some(above) = folder.parent() {
                make_folders(drive, &above)?;
            }
            drive.make_dir(folder)
        }
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}
