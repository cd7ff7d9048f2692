//! A small camera home and an image folder, with everything that makes replacing files hard: link
//! groups, setgid folders, stale database files, missing folders, two roots.
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use allsky_backups::base::rel_path::RelPath;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::swap::{Attributes, Error, Moment, Ownership, Planned, Staging, Swaps};

pub struct World {
    pub top: PathBuf,
}

pub fn path(name: &str) -> RelPath {
    RelPath::parse(name).unwrap()
}

/// A small file of ours, written at a time long ago.
pub fn ours(mode: u32) -> Attributes {
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    Attributes { mode, uid, gid, mtime: Moment { seconds: 1_700_000_000, nanos: 5 } }
}

pub fn now() -> jiff::Timestamp {
    "2026-11-17T22:33:44Z".parse().unwrap()
}

impl World {
    /// The old files below `top`, which is empty.
    pub fn build(top: &Path) -> World {
        let world = World::at(top);
        let home = world.home();
        for folder in ["config/overlay", "config/myFiles", "config/modules"] {
            fs::create_dir_all(home.join(folder)).unwrap();
        }
        fs::create_dir_all(world.images().join("20261117")).unwrap();
        fs::set_permissions(home.join("config"), fs::Permissions::from_mode(0o2775)).unwrap();
        for (name, text) in [
            ("config/settings_RPi_HQ.json", "{\"gain\": 1}"),
            ("config/cc_RPi_HQ.json", "{\"sensor\": \"old\"}"),
            ("config/overlay/overlay1.json", "old overlay"),
            ("config/myFiles/allsky.db", "old database"),
            ("config/myFiles/allsky.db-wal", "stale"),
            ("env.json", "old login"),
        ] {
            fs::write(home.join(name), text).unwrap();
            fs::set_permissions(home.join(name), fs::Permissions::from_mode(0o664)).unwrap();
        }
        fs::hard_link(home.join("config/settings_RPi_HQ.json"), home.join("config/settings.json")).unwrap();
        fs::hard_link(home.join("config/cc_RPi_HQ.json"), home.join("config/cc.json")).unwrap();
        fs::write(world.images().join("20261117/image-1.jpg"), "old picture").unwrap();
        world
    }

    pub fn at(top: &Path) -> World {
        World { top: top.to_owned() }
    }

    pub fn home(&self) -> PathBuf {
        self.top.join("home")
    }
    pub fn images(&self) -> PathBuf {
        self.top.join("images")
    }
    pub fn state(&self) -> PathBuf {
        self.top.join("state")
    }
    pub fn swaps(&self) -> Swaps {
        Swaps::below(&self.state())
    }

    pub fn begin(&self) -> Staging {
        self.try_begin().unwrap()
    }

    pub fn try_begin(&self) -> Result<Staging, Error> {
        self.swaps().begin(&[self.home(), self.images()], Ownership::Insist, now())
    }

    /// The swap of all crash stories, as far as its plan.
    pub fn plan_new(&self) -> Result<Planned, Error> {
        let mut staging = self.try_begin()?;
        let mut put = |root: usize, name: &str, mode: u32, text: &str| {
            staging.put(root, &path(name), ours(mode), text.as_bytes(), &Unwatched).map(|_| ())
        };
        put(0, "config/settings_RPi_HQ.json", 0o644, "{\"gain\": 2}")?;
        put(0, "config/cc_RPi_HQ.json", 0o664, "{\"sensor\": \"new\"}")?;
        put(0, "config/overlay/myTemplates/deep/overlay2.json", 0o664, "new overlay")?;
        put(0, "config/myFiles/allsky.db", 0o664, "new database")?;
        put(0, "env.json", 0o600, "new login")?;
        put(1, "20261117/image-1.jpg", 0o644, "new picture")?;
        put(1, "20261118/image-2.jpg", 0o644, "another picture")?;
        staging.link(0, &path("config/settings.json"), &path("config/settings_RPi_HQ.json"))?;
        staging.link(0, &path("config/cc.json"), &path("config/cc_RPi_HQ.json"))?;
        staging.remove(0, &path("config/myFiles/allsky.db-wal"))?;
        staging.folder(1, &path("20261118"), Attributes { mode: 0o750, ..ours(0) })?;
        staging.plan(&Unwatched)
    }

    pub fn apply_new(&self) -> Result<String, Error> {
        finish(self.plan_new()?)
    }

    /// Content, owner, mode, time and link group of everything that the camera sees.
    pub fn live(&self) -> Tree {
        let mut tree = Tree::new();
        let mut groups = BTreeMap::new();
        look(&self.home(), Path::new("home"), &mut groups, &mut tree);
        look(&self.images(), Path::new("images"), &mut groups, &mut tree);
        tree
    }

    /// What we keep beside the live files and in the state folder: names of folders.
    pub fn litter(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (folder, ours) in [
            (self.home(), ".allsky-restore-"),
            (self.images(), ".allsky-restore-"),
            (self.state().join("restores"), "2"),
        ] {
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                if name.starts_with(ours) {
                    names.push(format!("{}/{name}", folder.file_name().unwrap().to_str().unwrap()));
                }
            }
        }
        names
    }

    /// Nothing of ours is left but the kept files of `swaps` swaps.
    #[track_caller]
    pub fn only_keeps(&self, swaps: usize) {
        let litter = self.litter();
        assert_eq!(litter.len(), swaps * 3, "{litter:?}");
        for root in [self.home(), self.images()] {
            for entry in fs::read_dir(&root).unwrap() {
                let entry = entry.unwrap();
                if entry.file_name().to_str().unwrap().starts_with(".allsky-restore-") {
                    assert_eq!(entry.metadata().unwrap().mode() & 0o7777, 0o700);
                    let inside: Vec<_> = fs::read_dir(entry.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
                    assert_eq!(inside, ["old"], "{}", entry.path().display());
                }
            }
        }
    }
}

pub fn finish(planned: Planned) -> Result<String, Error> {
    Ok(planned.save(&Unwatched)?.commit(&Unwatched)?.id.as_str().to_owned())
}

/// One line for each name.
pub type Tree = BTreeMap<PathBuf, String>;

fn look(folder: &Path, shown: &Path, groups: &mut BTreeMap<u64, PathBuf>, tree: &mut Tree) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap()).collect();
    entries.sort_by_key(|e| e.file_name());
    for entry in entries {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(".allsky-restore-")) {
            continue;
        }
        let (at, meta) = (shown.join(entry.file_name()), entry.metadata().unwrap());
        let common = format!("{:o} {} {}", meta.mode(), meta.uid(), meta.gid());
        let line = if meta.is_dir() {
            look(&entry.path(), &at, groups, tree);
            common
        } else if meta.is_file() {
            let group = groups.entry(meta.ino()).or_insert_with(|| at.clone()).clone();
            let text = String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned();
            format!("{common} {}.{} like {} {text:?}", meta.mtime(), meta.mtime_nsec(), group.display())
        } else {
            format!("{common} special")
        };
        tree.insert(at, line);
    }
}
