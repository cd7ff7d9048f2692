//! What keeps a file from being put in its place: another thing under its name, and folders on the way that
//! are none, are links, or lie on another mount. Each costs the files that belong there, and no others.
use std::collections::HashMap;
use std::io;

use crate::base::attributes::Kind;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::swap::{Error, Obstacle};

/// What was found of the folders on the way, each looked at once.
#[derive(Default)]
pub(super) struct Obstacles {
    seen: HashMap<(usize, RelPath), Option<String>>,
}

impl Obstacles {
    /// Why nothing can be put at `path` below `dir`, the root with the number `root`; `None` where it can.
    pub fn obstacle(&mut self, root: usize, dir: &Dir, path: &RelPath) -> Option<String> {
        self.above(root, dir, path).or_else(|| in_its_place(dir, path))
    }

    fn above(&mut self, root: usize, dir: &Dir, path: &RelPath) -> Option<String> {
        let folder = path.parent()?;
        let key = (root, folder.clone());
        if let Some(known) = self.seen.get(&key) {
            return known.clone();
        }
        let found = self.above(root, dir, &folder).or_else(|| in_the_way(dir, &folder));
        self.seen.insert(key, found.clone());
        found
    }
}

/// Why the file at `path` could not be read, after an attempt that ended with `error`.
pub(super) fn in_words(dir: &Dir, path: &RelPath, error: &io::Error) -> String {
    let found = Obstacles::default().obstacle(0, dir, path);
    found.unwrap_or_else(|| format!("it is there and cannot be read: {error}"))
}

fn in_its_place(dir: &Dir, path: &RelPath) -> Option<String> {
    let obstacle = match dir.seen(path).ok()??.kind {
        Kind::File => return None,
        Kind::Link => Obstacle::Link,
        Kind::Folder => Obstacle::Folder,
        Kind::Special => Obstacle::Special,
    };
    Some(obstacle.to_string())
}

fn in_the_way(dir: &Dir, folder: &RelPath) -> Option<String> {
    let path = dir.path().join(folder.as_path());
    let obstacle = match dir.seen(folder).ok()??.kind {
        Kind::Folder => {
            let below = match dir.dir(folder).and_then(|below| below.mount()) {
                Ok(below) => below,
                Err(why) => return Some(format!("its folder {} cannot be opened: {why}", path.display())),
            };
            let is_other = dir.mount().is_ok_and(|here| here != below);
            return is_other.then(|| Error::OtherDisk { path, root: dir.path().to_owned() }.to_string());
        }
        Kind::Link => Obstacle::Link,
        Kind::File | Kind::Special => Obstacle::NoFolder,
    };
    Some(Error::InTheWay { path, obstacle }.to_string())
}
