//! What else is in the backups folder, and whether a folder may become one.
//!
//! Invariant: a folder that is something else already (a home, the camera, the top of a drive with other
//! things on it) is refused before anything in it is made or changed.
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::folder::{Error, Folder};
use super::own::{self, RESERVED, RESERVING, UPLOAD, WORKSPACE};
use crate::base::dir::Dir;
use crate::base::rel_path::{RelPath, printable};
use crate::domain::archive::name::ArchiveName;
use crate::domain::drives::places::SYSTEM;
use crate::domain::litter::is_litter;

/// How many names a message lists; it counts the rest.
const NAMED: usize = 10;
/// Names that are in every home, and hardly elsewhere.
const OF_HOMES: [&str; 4] = [".profile", ".bashrc", ".ssh", ".bash_history"];
/// The lowest user number of a person; lower ones belong to services.
const FIRST_PERSON: u32 = 1000;

/// What is in the folder and not ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Others {
    /// Printable, sorted.
    pub names: Vec<String>,
    /// What storage boxes and desktops leave.
    pub litter: u64,
}

impl Others {
    /// For terminal and page; `None` where everything is ours.
    pub fn in_words(&self) -> Option<String> {
        let shown = self.names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = if self.names.len() > NAMED { ", …" } else { "" };
        match self.names.len() {
            0 => None,
            1 => Some(format!("1 in the folder is not ours and stays as it is: {shown}")),
            n => Some(format!("{n} in the folder are not ours and stay as they are: {shown}{more}")),
        }
    }
}

impl Folder {
    /// Everything that is neither an archive nor belongs to one, nor is at work.
    pub fn others(&self) -> Result<Others, Error> {
        let Some(dir) = self.dir_if_made()? else { return Ok(Others::default()) };
        let mut others = Others::default();
        for entry in dir.entries().map_err(|e| self.io_error(e))? {
            let name = entry.as_bytes();
            if is_litter(name) {
                others.litter += 1;
            } else if !name.ends_with(b".tar.gz") && !belongs_to_an_archive(&dir, name) && !is_at_work(&dir, name) {
                others.names.push(printable(name));
            }
        }
        others.names.sort();
        Ok(others)
    }

    /// Refuses a folder that is something else already, or lies in one. `camera` is the home of its software, `held`
    /// are the folders whose files are the camera's, resolved.
    pub fn check_place(&self, camera: &Path, held: &[PathBuf]) -> Result<(), Error> {
        let within = held.iter().find(|folder| self.will_be().starts_with(folder));
        if let Some(within) = within {
            return Err(Error::Held { path: self.path().to_owned(), within: within.clone() });
        }
        // A folder that does not exist yet cannot be anything else.
        let Ok(real) = self.real() else { return Ok(()) };
        let unfit = |what| Err(Error::Unfit { path: self.path().to_owned(), what });
        let camera = camera.canonicalize().unwrap_or_else(|_| camera.to_owned());
        if SYSTEM.iter().any(|system| real == Path::new(system)) {
            return unfit("a folder of the system");
        }
        if camera.starts_with(&real) {
            return unfit("the folder of the camera's software, or one that holds it");
        }
        if held.iter().any(|folder| folder.starts_with(&real)) {
            return unfit("a folder that holds files of the camera");
        }
        if homes().contains(&real) || OF_HOMES.iter().any(|name| real.join(name).symlink_metadata().is_ok()) {
            return unfit("the home of a user");
        }
        let is_used = !self.archives()?.is_empty() || self.others()?.names.is_empty();
        if !is_used && is_top_of_a_drive(&real) {
            return unfit("the top of a drive with other things on it");
        }
        if !is_used && self.path().is_symlink() {
            return unfit("a link to a folder with other things in it");
        }
        Ok(())
    }
}

impl Folder {
    /// Where it lies with links followed, or will lie when it is made.
    fn will_be(&self) -> PathBuf {
        let real = self.path().ancestors().find_map(|place| Some((place, place.canonicalize().ok()?)));
        match real.map(|(place, real)| (self.path().strip_prefix(place), real)) {
            Some((Ok(rest), real)) => real.join(rest),
            _ => self.path().to_owned(),
        }
    }
}

/// `STEM.json` or `STEM.index` beside `STEM.tar.gz`.
fn belongs_to_an_archive(dir: &Dir, name: &[u8]) -> bool {
    let text = std::str::from_utf8(name).ok();
    let stem = text.and_then(|text| text.strip_suffix(".json").or_else(|| text.strip_suffix(".index")));
    let archive = stem.and_then(|stem| ArchiveName::parse(&format!("{stem}.tar.gz")).ok());
    archive.is_some_and(|archive| own::is_taken(dir, archive.as_str()).unwrap_or(false))
}

/// Ours while it is unfinished. What cannot be looked at is not known to be.
fn is_at_work(dir: &Dir, name: &[u8]) -> bool {
    let Ok(path) = RelPath::parse(name) else { return false };
    if let Some(id) = own::id_in(name, WORKSPACE).or_else(|| own::id_in(name, UPLOAD)) {
        return dir.dir(&path).and_then(|folder| own::is_signed(&folder, id)).unwrap_or(false);
    }
    let stem = name.strip_prefix(RESERVED.as_bytes()).and_then(|stem| std::str::from_utf8(stem).ok());
    let text = own::small(dir, &path).ok().flatten();
    own::id_in(name, RESERVING).is_some() || stem.zip(text).is_some_and(|(stem, text)| own::reserves(&text, stem))
}

/// The homes of the people of this machine and of root.
fn homes() -> Vec<PathBuf> {
    let text = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let home = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let id: u32 = fields.get(2)?.parse().ok()?;
        fields.get(5).filter(|_| id == 0 || id >= FIRST_PERSON).map(PathBuf::from)
    };
    text.lines().filter_map(home).collect()
}

fn is_top_of_a_drive(folder: &Path) -> bool {
    let mount = |path: &Path| Dir::open(path).and_then(|dir| dir.mount()).ok();
    folder.parent().is_some_and(|above| mount(above) != mount(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(folder: &Path, camera: &Path) -> Option<String> {
        Folder::new(folder.to_owned()).check_place(camera, &held(camera)).err().map(|error| error.to_string())
    }

    fn held(camera: &Path) -> Vec<PathBuf> {
        let real = camera.canonicalize().unwrap();
        ["images", "config"].map(|name| real.join(name)).into()
    }

    #[test]
    fn a_folder_that_the_camera_uses_is_refused_with_all_below_it_also_before_it_is_made() {
        let top = tempfile::tempdir().unwrap();
        let (camera, link) = (top.path().join("allsky"), top.path().join("link"));
        std::fs::create_dir_all(camera.join("images/20261117")).unwrap();
        std::os::unix::fs::symlink(camera.join("images"), &link).unwrap();
        for folder in ["images", "images/20261117", "images/new", "config", "config/a/b"] {
            let said = refusal(&camera.join(folder), &camera).unwrap_or_default();
            assert!(said.contains("belongs to the camera"), "{folder}: {said}");
        }
        assert!(refusal(&link, &camera).is_some() && refusal(&link.join("new"), &camera).is_some());
        assert_eq!(refusal(&camera.join("images-backups"), &camera), None);
    }

    #[test]
    fn a_folder_that_is_something_else_is_refused_in_words_and_one_of_its_own_is_not() {
        let top = tempfile::tempdir().unwrap();
        let camera = top.path().join("pi/allsky");
        let (home, own, link) = (top.path().join("joe"), top.path().join("pi/allskybackups"), top.path().join("link"));
        for folder in [&camera, &home, &own] {
            std::fs::create_dir_all(folder).unwrap();
        }
        std::os::unix::fs::symlink(&own, &link).unwrap();
        let said = |folder: &Path| refusal(folder, &camera).unwrap_or_default();
        assert_eq!(refusal(&home, &camera), None, "empty");
        std::fs::write(home.join(".profile"), "").unwrap();
        assert!(said(&home).contains("home of a user"), "{}", said(&home));
        assert!(said(&camera).contains("camera") && said(&top.path().join("pi")).contains("camera"));
        assert!(said(Path::new("/mnt")).contains("system") && said(Path::new("/root")).contains("system"));
        for fit in [own.as_path(), &link, &camera.join("backups"), &top.path().join("new")] {
            assert_eq!(refusal(fit, &camera), None, "{}", fit.display());
        }
        std::fs::write(own.join("photos.index"), "mine").unwrap();
        assert_eq!(refusal(&own, &camera), None);
        assert!(said(&link).contains("a link to a folder"), "{}", said(&link));
        std::fs::write(own.join("a.tar.gz"), "").unwrap();
        assert_eq!(refusal(&link, &camera), None, "it is in use for archives");
    }

    #[test]
    fn what_is_not_ours_is_named_and_litter_is_counted() {
        let top = tempfile::tempdir().unwrap();
        let folder = Folder::new(top.path().to_owned());
        let (workspace, id) = (folder.workspace().unwrap(), uuid::Uuid::now_v7());
        for name in ["a.tar.gz", "a.json", "a.index", "b.index", "c c.tar.gz", ".DS_Store", "notes.txt", ".reserved-x"]
        {
            std::fs::write(top.path().join(name), "x").unwrap();
        }
        let foreign = format!(".partial-{id}");
        std::fs::create_dir_all(top.path().join(&foreign).join("mine")).unwrap();
        let others = folder.others().unwrap();
        assert_eq!(
            (others.names, others.litter),
            (vec![foreign, ".reserved-x".into(), "b.index".into(), "notes.txt".into()], 1)
        );
        drop(workspace);
    }
}
