//! Which folders of the configuration lie within which: a backup that backs up itself never ends.
use std::path::{Path, PathBuf};

use crate::domain::settings::Settings;
use crate::domain::settings::mistake::Rule;

/// A folder and the key that names it.
struct Place {
    key: &'static str,
    path: PathBuf,
}

/// A key, the rule, and what is wrong.
pub(super) type Told = (&'static str, Rule, String);

/// Every folder that is two things at once, or lies in another that it must not lie in.
pub(super) fn overlaps(settings: &Settings) -> Vec<Told> {
    let place = |key, path: &Option<PathBuf>| path.as_deref().map(|path| Place { key, path: real(path) });
    let home = place("site.home", &settings.site.home);
    let images = place("nights.images", &settings.nights.images)
        .or_else(|| place("site.home", &settings.site.home.as_ref().map(|home| home.join("images"))));
    let backups = place("backups.dir", &settings.backups.dir);
    let state = place("state.dir", &settings.state.dir);
    let drive = place("destination.path", &settings.destination.path);
    let mut told = Vec::new();
    let each = [&home, &backups, &state, &drive].map(Option::as_ref);
    for (at, one) in each.iter().enumerate() {
        for other in each.iter().take(at) {
            if let (Some(one), Some(other)) = (one, other)
                && one.path == other.path
            {
                told.push((one.key, Rule::DuplicateDir, format!("{} is the same folder", other.key)));
            }
        }
    }
    // The archives may lie in the camera's home: it is not backed up as a whole, its pictures are.
    for (source, copies) in [(&home, &drive), (&images, &drive), (&images, &backups)] {
        if let (Some(source), Some(copies)) = (source, copies) {
            told.extend(nested(source, copies));
        }
    }
    // Home and pictures in it say the same of the drive.
    told.dedup_by_key(|(key, code, _)| (*key, *code));
    told
}

fn nested(source: &Place, copies: &Place) -> Option<Told> {
    if source.path == copies.path {
        return None;
    }
    if copies.path.starts_with(&source.path) {
        let message = format!("this is inside {}, whose files are copied to it", source.path.display());
        return Some((copies.key, Rule::DestInsideSource, message));
    }
    source.path.starts_with(&copies.path).then(|| {
        let message = format!("{} is inside this folder, and is copied to it", source.path.display());
        (copies.key, Rule::SourceInsideDest, message)
    })
}

/// With links followed, as far as the path exists.
fn real(path: &Path) -> PathBuf {
    for ancestor in path.ancestors() {
        if let (Ok(found), Ok(rest)) = (ancestor.canonicalize(), path.strip_prefix(ancestor)) {
            return found.join(rest);
        }
    }
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::Reading;

    fn told(text: &str) -> Vec<(&'static str, Rule)> {
        overlaps(&Reading::of(text).settings).into_iter().map(|(key, code, _)| (key, code)).collect()
    }

    #[test]
    fn a_folder_is_one_thing_and_no_copy_lies_within_what_is_copied() {
        let of = |home: &str, backups: &str, state: &str, drive: &str| {
            told(&format!(
                "[site]\nhome = '{home}'\n[backups]\ndir = '{backups}'\n[state]\ndir = '{state}'\n[destination]\npath = '{drive}'\n"
            ))
        };
        assert_eq!(of("/p/a", "/p/b", "/p/s", "/mnt/d"), []);
        assert_eq!(of("/p/a", "/p/a/backups", "/p/s", "/mnt/d"), []);
        assert_eq!(of("/p/a", "/p/b", "/p/b/", "/mnt/d"), [("state.dir", Rule::DuplicateDir)]);
        assert_eq!(of("/p/a", "/p/b", "/p/s", "/p/a/d"), [("destination.path", Rule::DestInsideSource)]);
        assert_eq!(of("/p/a", "/p/b", "/p/s", "/p/a/images/d"), [("destination.path", Rule::DestInsideSource)]);
        assert_eq!(of("/p/a", "/p/a/images/b", "/p/s", "/mnt/d"), [("backups.dir", Rule::DestInsideSource)]);
        assert_eq!(of("/mnt/d/a", "/p/b", "/p/s", "/mnt/d"), [("destination.path", Rule::SourceInsideDest)]);
        let elsewhere = "[site]\nhome = '/p/a'\n[nights]\nimages = '/mnt/d/images'\n[destination]\npath = '/mnt/d'\n";
        assert_eq!(told(elsewhere), [("destination.path", Rule::SourceInsideDest)]);
    }

    #[test]
    fn a_link_does_not_hide_where_a_folder_is() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("a")).unwrap();
        std::os::unix::fs::symlink("a", dir.path().join("b")).unwrap();
        let root = dir.path().display();
        let text = format!("[site]\nhome = '{root}/a'\n[destination]\npath = '{root}/b/new'\n");
        assert_eq!(told(&text), [("destination.path", Rule::DestInsideSource)]);
    }
}
