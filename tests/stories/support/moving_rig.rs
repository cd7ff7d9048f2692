//! A host with a set of snapshots on one drive, and a second, larger drive that the set can go to.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use super::host_rig::{HostRig, hour, looks, name};
use super::terminal::Terminal;

/// What each snapshot and golden month holds, by its path below the folder of the host.
pub type Contents = BTreeMap<String, BTreeMap<Vec<u8>, String>>;

pub struct MovingRig {
    pub rig: HostRig,
    /// The drive called `big`.
    pub big: PathBuf,
}

impl MovingRig {
    /// Nothing is taken yet. In memory where the machine has such a folder, so that nothing waits for a disk.
    pub fn new() -> MovingRig {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let terminal = Terminal::below(folder);
        let big = terminal.path("big");
        fs::create_dir(&big).unwrap();
        MovingRig::with(terminal, big)
    }

    /// The new drive is `big`.
    pub fn with(terminal: Terminal, big: PathBuf) -> MovingRig {
        let drive = terminal.path("usb");
        fs::create_dir(&drive).unwrap();
        let path = big.display();
        let keys = format!("[[destination]]\nname = \"big\"\npath = \"{path}\"\nrequire_mount = false\n");
        let rig = HostRig::on(terminal, drive, &keys);
        rig.terminal.ask("dest init big");
        MovingRig { rig, big }
    }

    /// Ten snapshots between which a few files change, with links within the host; the newest but one is pinned.
    pub fn take_ten(&self) {
        let rig = &self.rig;
        for n in 0..20 {
            rig.write(&format!("stays/{n}.txt"), &format!("text {n}"));
        }
        rig.write("empty/.keep", "");
        rig.write("two.txt", "two names");
        fs::hard_link(rig.home.join("two.txt"), rig.home.join("stays/second.txt")).unwrap();
        symlink("stays/1.txt", rig.home.join("link")).unwrap();
        for n in 0..10 {
            rig.write("changes.txt", &format!("version {n}"));
            rig.write(&format!("new/{n}.txt"), "new");
            if n == 5 {
                rig.remove("stays/7.txt");
            }
            // Twice nothing changes, so that two snapshots have one manifest.
            if n == 9 {
                rig.write("changes.txt", "version 8");
                rig.remove("new/9.txt");
            }
            rig.take(n);
        }
        rig.terminal.ask(&format!("snapshots pin pi {}", name(8)));
    }

    /// With a golden month and an archive, which has a note of its own.
    pub fn take_all(&self) {
        self.take_ten();
        self.rig.terminal.ask(&format!("snapshots golden pi --now {}", hour(10)));
        self.rig.terminal.ask(&format!("snapshots archive pi --now {}", hour(10)));
    }

    pub fn config(&self) -> String {
        fs::read_to_string(self.rig.terminal.path("nobody/.config/allsky-backups/config.toml")).unwrap()
    }
}

/// Everything in the snapshots and golden months on `drive`, with kind, mode, owner, time and bytes.
pub fn contents(drive: &Path) -> Contents {
    let store = drive.join("hosts/pi");
    let mut all = BTreeMap::new();
    for kind in ["hourly", "golden"] {
        for entry in fs::read_dir(store.join(kind)).into_iter().flatten() {
            let entry = entry.unwrap();
            all.insert(format!("{kind}/{}", entry.file_name().display()), looks(&entry.path()));
        }
    }
    all
}

/// How many inodes the set on `drive` has, without what says where it came from.
pub fn inodes(drive: &Path) -> usize {
    let all = walkdir::WalkDir::new(drive.join("hosts/pi")).into_iter().map(Result::unwrap);
    let ours = all.filter(|entry| entry.file_name() != ".moved.json");
    ours.map(|entry| entry.path().symlink_metadata().unwrap().ino()).collect::<BTreeSet<_>>().len()
}

/// Which paths of the set are one file, sorted; paths with one name alone are left out.
pub fn shared(drive: &Path) -> BTreeSet<Vec<PathBuf>> {
    let store = drive.join("hosts/pi");
    let mut files: BTreeMap<u64, Vec<PathBuf>> = BTreeMap::new();
    for entry in walkdir::WalkDir::new(&store).sort_by_file_name().into_iter().map(Result::unwrap) {
        let about = entry.path().symlink_metadata().unwrap();
        if !about.is_dir() {
            files.entry(about.ino()).or_default().push(entry.path().strip_prefix(&store).unwrap().to_owned());
        }
    }
    files.into_values().filter(|names| names.len() > 1).collect()
}
