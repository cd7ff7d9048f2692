//! Nights on a drive: a folder for each below `nights`, with its manifest and the list of its files.
//!
//! A folder counts as a saved night only with a manifest, which is written last. A night that goes is
//! renamed first, so that a half-deleted one is never seen. Only what its list names is deleted with it.
use std::collections::HashSet;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;

use uuid::Uuid;

use super::half_written;
use crate::base::attributes::{Kind, Seen};
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::litter::is_litter;
use crate::domain::night::Night;
use crate::domain::nights::file_list::{self, Filed};
use crate::domain::nights::manifest::Manifest;

const MANIFEST: &str = "manifest.txt";
const FILES: &str = "files.tsv";
/// Files of a night that its list no longer has.
pub const SUPERSEDED: &str = ".superseded";
const TRASH: &str = ".trash-";
/// What others had put into the folders of nights that are gone.
const LEFT_BEHIND: &str = "left-behind";
/// More than any honest manifest, and than a list of a hundred thousand files.
const MOST_BYTES: u64 = 32 << 20;

/// The nights of one drive.
pub struct NightStore<'a> {
    drive: &'a Dir,
}

impl<'a> NightStore<'a> {
    pub fn new(drive: &'a Dir) -> Self {
        NightStore { drive }
    }

    /// `nights/2025-12-24`.
    pub fn folder(night: Night) -> RelPath {
        RelPath::of_our_own(&format!("nights/{}", night.date()))
    }

    /// Whether a path below the folder of a night is the manifest or the list before it has its name: by its
    /// content, not by its name alone.
    pub fn is_half_written(&self, night: Night, path: &RelPath) -> io::Result<bool> {
        let whole = Self::folder(night).join(path.as_bytes()).map_err(io::Error::other)?;
        let begins = |wanted: &[u8], text: &[u8]| text.starts_with(wanted) || wanted.starts_with(text);
        match path.as_bytes().strip_suffix(b".new") {
            Some(name) if name == MANIFEST.as_bytes() => {
                let text = self.small(&whole)?.unwrap_or_default();
                Ok(begins(format!("night={}\nclass=", night.date()).as_bytes(), &text))
            }
            Some(name) if name == FILES.as_bytes() => {
                let text = self.small(&whole)?.unwrap_or_default();
                // The last line may be cut off.
                let lines = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
                Ok(file_list::read(&text[..lines]).is_some() && (lines > 0 || text.is_empty()))
            }
            _ => Ok(false),
        }
    }

    /// What is not finished has an id in its name, like pictures that are not.
    fn put(&self, name: &RelPath, bytes: &[u8]) -> io::Result<()> {
        if let Some(folder) = name.parent() {
            half_written::sweep(&self.drive.dir(&folder)?, &String::from_utf8_lossy(name.name()))?;
        }
        self.drive.write_atomic_with(name, &format!(".{}.part", Uuid::now_v7()), bytes)
    }

    /// `timelapse/2025-12-24`: stays when the pictures of the night make room.
    pub fn film_folder(night: Night) -> RelPath {
        RelPath::of_our_own(&format!("timelapse/{}", night.date()))
    }

    /// Every folder that is named like a night, oldest first. One that holds nothing but the litter of a
    /// storage box is none any more.
    pub fn nights(&self) -> io::Result<Vec<Night>> {
        let names = match self.drive.dir(&RelPath::of_our_own("nights")) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?.entries()?,
        };
        let dashed = |name: &str| (name.len() == 10).then(|| Night::parse_any(name).ok()).flatten();
        let mut nights: Vec<Night> = names.iter().filter_map(|name| dashed(name.to_str()?)).collect();
        nights.retain(|night| !self.is_litter_alone(*night));
        nights.sort();
        Ok(nights)
    }

    /// Whether the folder holds litter alone. False when it cannot be read: it may be a night.
    fn is_litter_alone(&self, night: Night) -> bool {
        if !matches!(self.drive.seen(&Self::of(night, MANIFEST)), Ok(None)) {
            return false;
        }
        let names = self.drive.dir(&Self::folder(night)).and_then(|folder| folder.entries());
        names.is_ok_and(|names| !names.is_empty() && names.iter().all(|name| is_litter(name.as_bytes())))
    }

    /// `None` when there is none, or nothing in it that we understand.
    pub fn manifest(&self, night: Night) -> io::Result<Option<Manifest>> {
        let text = self.small(&Self::of(night, MANIFEST))?;
        Ok(text.and_then(|text| Manifest::parse(&String::from_utf8_lossy(&text), night)))
    }

    pub fn put_manifest(&self, manifest: &Manifest) -> io::Result<()> {
        self.put(&Self::of(manifest.night, MANIFEST), manifest.to_string().as_bytes())
    }

    /// Paths are below the night's folder. `None` when there is no list, or it was cut off.
    pub fn file_list(&self, night: Night) -> io::Result<Option<Vec<Filed>>> {
        Ok(self.small(&Self::of(night, FILES))?.and_then(|text| file_list::read(&text)))
    }

    pub fn put_file_list(&self, night: Night, files: &[Filed]) -> io::Result<()> {
        self.put(&Self::of(night, FILES), &file_list::write(files))
    }

    /// The list of the timelapses of a night, with paths below their folder.
    pub fn film_list(&self, night: Night) -> io::Result<Option<Vec<Filed>>> {
        let name = Self::film_list_name(night)?;
        Ok(self.small(&name)?.and_then(|text| file_list::read(&text)))
    }

    pub fn put_film_list(&self, night: Night, films: &[Filed]) -> io::Result<()> {
        self.put(&Self::film_list_name(night)?, &file_list::write(films))
    }

    /// What lies in the folder of a night, paths below it; without our own two and what was superseded.
    pub fn contents(&self, night: Night) -> io::Result<Contents> {
        let mut found = Contents::default();
        let top = match self.drive.dir(&Self::folder(night)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(found),
            other => other?,
        };
        walk(&top, None, &mut found)?;
        found.files.retain(|(path, _)| {
            let first = path.parts().next().unwrap_or_default();
            first != SUPERSEDED.as_bytes() && !is_bookkeeping(path)
        });
        Ok(found)
    }

    /// Every file of it, without what storage boxes and desktops leave.
    pub fn files(&self, night: Night) -> io::Result<Vec<(RelPath, Seen)>> {
        Ok(self.contents(night)?.files)
    }

    /// Takes a night out of sight in one step; it is gone when [`NightStore::remove`] is done.
    pub fn put_in_trash(&self, night: Night, epoch: i64) -> io::Result<RelPath> {
        let trash = RelPath::of_our_own(&format!("{TRASH}{}-{epoch}", night.date()));
        self.drive.rename_new(&Self::folder(night), self.drive, &trash)?;
        self.drive.sync()?;
        Ok(trash)
    }

    /// What an earlier run did not finish deleting: named as we name it, and with the manifest or the list
    /// that we wrote. Whatever else is called like that is the owner's.
    pub fn trash(&self) -> io::Result<Vec<(RelPath, Night)>> {
        let mut found = Vec::new();
        for name in self.drive.entries()? {
            let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(TRASH)) else { continue };
            let parts = rest.get(..10).zip(rest.get(10..).and_then(|end| end.strip_prefix('-')));
            let Some((date, epoch)) = parts else { continue };
            let (Ok(night), Ok(_)) = (Night::parse_any(date), epoch.parse::<i64>()) else { continue };
            let trash = RelPath::of_our_own(&format!("{TRASH}{rest}"));
            let is_ours = self.inside(&trash, MANIFEST)?.is_some() || self.inside(&trash, FILES)?.is_some();
            if is_ours || self.drive.dir(&trash)?.entries()?.is_empty() {
                found.push((trash, night));
            }
        }
        Ok(found)
    }

    /// Deletes the files of a night in the trash, and its folder with them. Where somebody else has put
    /// files into it, these move out of the way to a place of their own, which is returned.
    pub fn remove(&self, trash: &RelPath, night: Night) -> io::Result<Option<LeftBehind>> {
        let folder = self.drive.dir(trash)?;
        let list = self.inside(trash, FILES)?.and_then(|text| file_list::read(&text));
        let listed: Option<HashSet<RelPath>> = list.map(|list| list.into_iter().map(|file| file.path).collect());
        let has_manifest = self.inside(trash, MANIFEST)?.is_some();
        let mut found = Contents::default();
        walk(&folder, None, &mut found)?;
        let (ours, foreign): (Vec<_>, Vec<_>) =
            found.files.into_iter().map(|(path, _)| path).partition(|path| match &listed {
                Some(listed) => listed.contains(path),
                None => has_manifest && is_of_a_camera(path),
            });
        for path in ours.iter().filter(|path| !is_bookkeeping(path)) {
            folder.remove_file(path)?;
        }
        remove_empty_folders(&folder, None)?;
        let foreign = foreign.iter().filter(|path| !is_bookkeeping(path)).count() as u64 + found.litter;
        let (place, left) = match foreign {
            0 => (trash.clone(), None),
            files => {
                let place = self.set_aside(trash, night)?;
                (place.clone(), Some(LeftBehind { place, files }))
            }
        };
        // Last: as long as they are there, the deletion can go on.
        for name in [MANIFEST, FILES] {
            match self.drive.remove_file(&place.join(name).map_err(io::Error::other)?) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        if left.is_none() {
            self.drive.remove_dir(trash)?;
        }
        Ok(left)
    }

    fn set_aside(&self, trash: &RelPath, night: Night) -> io::Result<RelPath> {
        let all = RelPath::of_our_own(LEFT_BEHIND);
        self.drive.make_folders(&all)?;
        for n in 1.. {
            let again = if n > 1 { format!("-{n}") } else { String::new() };
            let place = RelPath::of_our_own(&format!("{LEFT_BEHIND}/{}{again}", night.date()));
            match self.drive.rename_new(trash, self.drive, &place) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                other => return other.map(|()| place),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn inside(&self, folder: &RelPath, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.small(&folder.join(name).map_err(io::Error::other)?)
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

/// What a folder of a night holds.
#[derive(Debug, Default)]
pub struct Contents {
    pub files: Vec<(RelPath, Seen)>,
    /// Names that storage boxes and desktops leave; a folder of them counts once.
    pub litter: u64,
}

/// Files of other programs or people that were in the folder of a deleted night.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftBehind {
    /// Below the drive.
    pub place: RelPath,
    /// A folder of litter counts once.
    pub files: u64,
}

/// A picture, a film or raw data by its ending: what a camera may have made.
pub fn is_of_a_camera(path: &RelPath) -> bool {
    const ENDINGS: [&[u8]; 14] = [
        b"jpg", b"jpeg", b"png", b"webp", b"tif", b"tiff", b"fit", b"fits", b"fts", b"dng", b"mp4", b"webm", b"mov",
        b"avi",
    ];
    let ending = path.name().rsplit(|byte| *byte == b'.').next().unwrap_or_default().to_ascii_lowercase();
    ENDINGS.contains(&ending.as_slice())
}

fn is_bookkeeping(path: &RelPath) -> bool {
    [MANIFEST, FILES].iter().any(|name| name.as_bytes() == path.as_bytes())
}

fn walk(dir: &Dir, above: Option<&RelPath>, found: &mut Contents) -> io::Result<()> {
    let odd = |why| io::Error::new(io::ErrorKind::InvalidData, why);
    for name in dir.entries()? {
        if is_litter(name.as_bytes()) {
            found.litter += 1;
            continue;
        }
        let here = RelPath::parse(name.as_bytes()).map_err(odd)?;
        let Some(seen) = dir.seen(&here)? else { continue };
        let path = match above {
            Some(above) => above.join(name.as_bytes()).map_err(odd)?,
            None => here.clone(),
        };
        match seen.kind {
            Kind::Folder => walk(&dir.dir(&here)?, Some(&path), found)?,
            _ => found.files.push((path, seen)),
        }
    }
    Ok(())
}

/// Removes the folders that hold nothing, the deepest first.
fn remove_empty_folders(dir: &Dir, folder: Option<&RelPath>) -> io::Result<()> {
    let here = folder.map_or_else(|| dir.seen_itself().map(|_| None), |folder| dir.dir(folder).map(Some))?;
    for name in here.as_ref().unwrap_or(dir).entries()? {
        if is_litter(name.as_bytes()) {
            continue;
        }
        let path = match folder {
            Some(folder) => folder.join(name.as_bytes()),
            None => RelPath::parse(name.as_bytes()),
        };
        let path = path.map_err(io::Error::other)?;
        if dir.seen(&path)?.is_some_and(|seen| seen.kind == Kind::Folder) {
            remove_empty_folders(dir, Some(&path))?;
            match dir.remove_dir(&path) {
                Err(e) if e.kind() != io::ErrorKind::DirectoryNotEmpty => return Err(e),
                _ => {}
            }
        }
    }
    Ok(())
}
