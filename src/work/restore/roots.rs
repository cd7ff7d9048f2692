//! The folders that a restore writes to, and which part of an archive each of them stands for.
use std::path::{Path, PathBuf};

use super::Error;
use super::source::Source;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::restore::request::RestoreRequest;
use crate::site::Restoring;
use crate::site::restoring;

/// Where members go: the camera's folders, or one other folder.
pub(super) struct RestoreRoots {
    /// Each once; places name them by number.
    pub roots: Vec<PathBuf>,
    parts: Vec<Share>,
}

/// Members at and below `member` lie at and below `path` in a root.
struct Share {
    member: Option<RelPath>,
    root: usize,
    path: Option<RelPath>,
}

/// Where a member goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Target {
    pub root: usize,
    /// Below the root.
    pub path: RelPath,
}

impl RestoreRoots {
    /// A place beside the home is opened and locked only when something of the choice goes there: its owner
    /// may be another.
    pub fn of(request: &RestoreRequest, source: &Source, camera: &Restoring, chosen: &[&RelPath]) -> Self {
        let is_used = |member: &RelPath| chosen.iter().any(|path| path.is_within(member));
        let has_home = camera.restore_roots.iter().any(|restore_root| restore_root.member.is_none());
        let whole = |member, root: &Path| restoring::RestoreRoot { member, root: root.to_owned(), path: None };
        Self::new(match (&request.to, source.metadata.backup_type) {
            (Some(to), _) => vec![whole(None, to)],
            (None, ArchiveKind::Images) => vec![whole(Some(RelPath::of_our_own("images")), &camera.images)],
            (None, ArchiveKind::Config) => {
                let wanted = |restore_root: &&restoring::RestoreRoot| {
                    !has_home || restore_root.member.as_ref().is_none_or(is_used)
                };
                camera.restore_roots.iter().filter(wanted).cloned().collect()
            }
        })
    }

    fn new(restore_roots: Vec<restoring::RestoreRoot>) -> Self {
        // The home is the first, whatever takes a member before it.
        let mut roots: Vec<PathBuf> = restore_roots
            .iter()
            .filter(|restore_root| restore_root.member.is_none())
            .map(|restore_root| restore_root.root.clone())
            .collect();
        let mut parts = Vec::new();
        for restoring::RestoreRoot { member, root, path } in restore_roots {
            let at = roots.iter().position(|known| *known == root).unwrap_or_else(|| {
                roots.push(root);
                roots.len() - 1
            });
            parts.push(Share { member, root: at, path });
        }
        RestoreRoots { roots, parts }
    }

    /// Where a member goes; `None` for one that has no place here.
    pub fn target(&self, member: &RelPath) -> Option<Target> {
        self.parts.iter().find_map(|part| {
            let path = match (&part.member, &part.path) {
                (None, None) => member.clone(),
                (start, path) => exchange(member, start.as_ref(), path.as_ref())?,
            };
            Some(Target { root: part.root, path })
        })
    }

    /// The name in an archive of the file at `target`: the reverse of [`RestoreRoots::target`].
    pub fn member(&self, target: &Target) -> Option<RelPath> {
        let parts = self.parts.iter().filter(|part| part.root == target.root);
        parts.into_iter().find_map(|part| match (&part.member, &part.path) {
            (None, None) => Some(target.path.clone()),
            (member, path) => exchange(&target.path, path.as_ref(), member.as_ref()),
        })
    }

    pub fn open(&self) -> Result<Vec<Option<Dir>>, Error> {
        self.roots.iter().map(|root| open(root)).collect()
    }
}

/// `name` with `to` in place of its start `from`; `None` when it does not start so, or nothing is left.
fn exchange(name: &RelPath, from: Option<&RelPath>, to: Option<&RelPath>) -> Option<RelPath> {
    let rest = match from {
        None => name.as_bytes(),
        Some(from) if name == from => b"",
        Some(from) => name.is_within(from).then(|| name.as_bytes().get(from.as_bytes().len() + 1..))??,
    };
    match (to, rest) {
        (Some(to), b"") => Some(to.clone()),
        (Some(to), rest) => RelPath::parse([to.as_bytes(), b"/", rest].concat()).ok(),
        (None, rest) => RelPath::parse(rest).ok(),
    }
}

/// `None` when it does not exist yet.
fn open(path: &Path) -> Result<Option<Dir>, Error> {
    match Dir::open(path) {
        Ok(dir) => Ok(Some(dir)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Target { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_to_a_place_comes_back_under_its_name() {
        let path = |text: &str| RelPath::parse(text).unwrap();
        let restore_root = |member: &str, root: &str, at: Option<&str>| restoring::RestoreRoot {
            member: Some(path(member)),
            root: root.into(),
            path: at.map(path),
        };
        let restore_roots = RestoreRoots::new(vec![
            restore_root("etc/indi-allsky", "/e", None),
            restore_root("var/lib/indi-allsky/indi-allsky.sqlite", "/v", Some("my.sqlite")),
            restore_root("var/lib/indi-allsky/migrations", "/v", Some("migrations")),
        ]);
        assert_eq!(restore_roots.roots.len(), 2);
        for (member, root, at) in [
            ("etc/indi-allsky/flask.json", 0, "flask.json"),
            ("var/lib/indi-allsky/indi-allsky.sqlite", 1, "my.sqlite"),
            ("var/lib/indi-allsky/migrations/versions/a.py", 1, "migrations/versions/a.py"),
        ] {
            let target = restore_roots.target(&path(member)).unwrap();
            assert_eq!(target, Target { root, path: path(at) });
            assert_eq!(restore_roots.member(&target), Some(path(member)));
        }
        for stray in ["etc/passwd", "etc/indi-allsky2/x", "var/lib/indi-allsky/other", "env.json", "etc/indi-allsky"] {
            assert_eq!(restore_roots.target(&path(stray)), None, "{stray}");
        }
    }
}
