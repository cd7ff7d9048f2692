//! Which folders of the configuration lie within which: a backup that backs up itself never ends.
use std::path::PathBuf;

use crate::base::resolved::resolved;
use crate::domain::settings::Settings;
use crate::domain::settings::mistake::Rule;

/// A folder and the key that names it.
struct Place {
    /// `backups.dir`, or of an entry of a list `destination.usb.path`.
    key: String,
    path: PathBuf,
}

/// Something that is wrong on this machine.
pub(super) struct Told {
    /// The key: `backups.dir`, or of an entry of a list `destination.usb.path`.
    pub place: String,
    pub code: Rule,
    pub message: String,
}

impl Told {
    pub fn new(place: &str, code: Rule, message: String) -> Told {
        Told { place: place.to_owned(), code, message }
    }
}

/// Every folder that is two things at once, or lies in another that it must not lie in.
pub(super) fn overlaps(settings: &Settings) -> Vec<Told> {
    let place = |key: &str, path: &Option<PathBuf>| {
        path.as_deref().map(|path| Place { key: key.to_owned(), path: resolved(path) })
    };
    let home = place("site.home", &settings.site.home);
    let images = place("nights.images", &settings.nights.images)
        .or_else(|| place("site.home", &settings.site.home.as_ref().map(|home| home.join("images"))));
    let backups = place("backups.dir", &settings.backups.dir);
    let state = place("state.dir", &settings.state.dir);
    let drives: Vec<Place> = settings
        .destinations
        .iter()
        .map(|one| Place { key: format!("destination.{}.path", one.name), path: resolved(&one.path) })
        .collect();
    let mut told = Vec::new();
    let each: Vec<&Place> = [&home, &backups, &state].into_iter().flatten().chain(&drives).collect();
    for (at, one) in each.iter().enumerate() {
        if let Some(other) = each.iter().take(at).find(|other| other.path == one.path) {
            told.push(Told::new(&one.key, Rule::DuplicateDir, format!("{} is the same folder", other.key)));
        }
    }
    // The archives may lie in the camera's home: it is not backed up as a whole, its pictures are.
    let of_drives = drives.iter().flat_map(|drive| [(home.as_ref(), drive), (images.as_ref(), drive)]);
    for (source, copies) in of_drives.chain(backups.as_ref().map(|backups| (images.as_ref(), backups))) {
        told.extend(source.and_then(|source| nested(source, copies)));
    }
    // Home and pictures in it say the same of the drive.
    told.dedup_by(|one, before| (&one.place, one.code) == (&before.place, before.code));
    told
}

fn nested(source: &Place, copies: &Place) -> Option<Told> {
    if source.path == copies.path {
        return None;
    }
    if copies.path.starts_with(&source.path) {
        let message = format!("this is inside {}, whose files are copied to it", source.path.display());
        return Some(Told::new(&copies.key, Rule::DestInsideSource, message));
    }
    source.path.starts_with(&copies.path).then(|| {
        let message = format!("{} is inside this folder, and is copied to it", source.path.display());
        Told::new(&copies.key, Rule::SourceInsideDest, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::Reading;

    fn told(text: &str) -> Vec<(String, Rule)> {
        overlaps(&Reading::of(text).settings).into_iter().map(|told| (told.place, told.code)).collect()
    }

    fn one(place: &str, code: Rule) -> [(String, Rule); 1] {
        [(place.to_owned(), code)]
    }

    #[test]
    fn a_folder_is_one_thing_and_no_copy_lies_within_what_is_copied() {
        let of = |home: &str, backups: &str, state: &str, drive: &str| {
            told(&format!(
                "[site]\nhome = '{home}'\n[backups]\ndir = '{backups}'\n[state]\ndir = '{state}'\n[[destination]]\nname = 'usb'\npath = '{drive}'\n"
            ))
        };
        assert_eq!(of("/p/a", "/p/b", "/p/s", "/mnt/d"), []);
        assert_eq!(of("/p/a", "/p/a/backups", "/p/s", "/mnt/d"), []);
        assert_eq!(of("/p/a", "/p/b", "/p/b/", "/mnt/d"), one("state.dir", Rule::DuplicateDir));
        assert_eq!(of("/p/a", "/p/b", "/p/s", "/p/a/d"), one("destination.usb.path", Rule::DestInsideSource));
        assert_eq!(of("/p/a", "/p/b", "/p/s", "/p/a/images/d"), one("destination.usb.path", Rule::DestInsideSource));
        assert_eq!(of("/p/a", "/p/a/images/b", "/p/s", "/mnt/d"), one("backups.dir", Rule::DestInsideSource));
        assert_eq!(of("/mnt/d/a", "/p/b", "/p/s", "/mnt/d"), one("destination.usb.path", Rule::SourceInsideDest));
        let elsewhere = "[site]\nhome = '/p/a'\n[nights]\nimages = '/mnt/d/images'\n[[destination]]\nname = 'usb'\npath = '/mnt/d'\n";
        assert_eq!(told(elsewhere), one("destination.usb.path", Rule::SourceInsideDest));
    }

    #[test]
    fn every_destination_of_the_list_is_looked_at() {
        let drive = |name: &str, path: &str| format!("[[destination]]\nname = '{name}'\npath = '{path}'\n");
        let home = "[site]\nhome = '/p/a'\n";
        assert_eq!(told(&format!("{home}{}{}", drive("usb", "/mnt/a"), drive("nas", "/mnt/b"))), []);
        let twice = format!("{home}{}{}", drive("usb", "/mnt/a"), drive("nas", "/mnt/a/"));
        assert_eq!(told(&twice), one("destination.nas.path", Rule::DuplicateDir));
        let both = format!("{home}{}{}", drive("usb", "/p/a/b"), drive("nas", "/p/a/c"));
        let inside = |name: &str| (format!("destination.{name}.path"), Rule::DestInsideSource);
        assert_eq!(told(&both), [inside("usb"), inside("nas")]);
    }

    #[test]
    fn a_link_does_not_hide_where_a_folder_is() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("a")).unwrap();
        std::os::unix::fs::symlink("a", dir.path().join("b")).unwrap();
        let root = dir.path().display();
        let text = format!("[site]\nhome = '{root}/a'\n[[destination]]\nname = 'usb'\npath = '{root}/b/new'\n");
        assert_eq!(told(&text), one("destination.usb.path", Rule::DestInsideSource));
    }
}
