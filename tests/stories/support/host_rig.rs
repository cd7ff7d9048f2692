//! A host with a folder of files, and a drive for its snapshots.
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::terminal::{Said, Terminal};

/// `pi` is the host; its folder is `home` on the terminal, its drive `usb` unless told otherwise.
pub struct HostRig {
    pub terminal: Terminal,
    pub drive: PathBuf,
    pub home: PathBuf,
}

/// An hour of the story.
pub fn hour(n: u32) -> String {
    format!("2026-03-{:02}T{:02}:10:00+00:00", 1 + n / 24, n % 24)
}

/// What the snapshot of that hour is called.
pub fn name(n: u32) -> String {
    format!("2026-03-{:02}_{:02}00", 1 + n / 24, n % 24)
}

impl HostRig {
    pub fn new() -> HostRig {
        let terminal = Terminal::new();
        let drive = terminal.path("usb");
        fs::create_dir(&drive).unwrap();
        HostRig::on(terminal, drive, "")
    }

    /// With `keys` of the host.
    pub fn with(keys: &str) -> HostRig {
        let terminal = Terminal::new();
        let drive = terminal.path("usb");
        fs::create_dir(&drive).unwrap();
        HostRig::on(terminal, drive, keys)
    }

    pub fn on(terminal: Terminal, drive: PathBuf, keys: &str) -> HostRig {
        let home = terminal.path("home");
        fs::create_dir_all(&home).unwrap();
        let rig = HostRig { terminal, drive, home };
        rig.configure(keys);
        rig.terminal.ask("dest init usb");
        rig
    }

    pub fn configure(&self, keys: &str) {
        let folder = self.terminal.path("nobody/.config/allsky-backups");
        fs::create_dir_all(&folder).unwrap();
        let text = format!(
            "[[destination]]\nname = \"usb\"\npath = \"{}\"\nrequire_mount = false\n\
             [[host]]\nname = \"pi\"\npath = \"{}\"\n{keys}",
            self.drive.display(),
            self.home.display()
        );
        fs::write(folder.join("config.toml"), text).unwrap();
    }

    /// A file of the host, and what it says; its time lies well before the snapshots.
    pub fn write(&self, path: &str, text: &str) {
        let file = self.home.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_nanos(1_600_000_000_123_456_789);
        fs::File::options().write(true).open(&file).unwrap().set_modified(long_ago).unwrap();
    }

    pub fn remove(&self, path: &str) {
        fs::remove_file(self.home.join(path)).unwrap();
    }

    /// Takes the snapshot of an hour.
    pub fn take(&self, n: u32) -> Value {
        self.terminal.ask(&format!("snapshots take pi --now {}", hour(n)))
    }

    /// What the program says when it takes the snapshot of an hour.
    pub fn said(&self, n: u32) -> Said {
        self.terminal.run(["snapshots", "take", "pi", "--now", &hour(n), "--json"])
    }

    /// The error when it must not be taken.
    pub fn refuse(&self, n: u32, code: i32) -> String {
        let error = self.terminal.refuse(&format!("snapshots take pi --now {}", hour(n)), code);
        format!("{}. {}", error["message"].as_str().unwrap(), error["advice"].as_str().unwrap())
    }

    pub fn store(&self) -> PathBuf {
        self.drive.join("hosts/pi")
    }

    pub fn snapshot(&self, n: u32) -> PathBuf {
        self.store().join("hourly").join(name(n))
    }

    /// Names of the complete snapshots, the oldest first.
    pub fn listed(&self) -> Vec<String> {
        let list = self.terminal.ask("snapshots list pi");
        let snapshots = list["items"][0]["snapshots"].as_array().unwrap();
        snapshots.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Everything that lies beside the snapshots and has no place there.
    pub fn litter(&self) -> Vec<String> {
        let names = fs::read_dir(self.store()).unwrap().map(|entry| entry.unwrap().file_name());
        let odd = |name: &str| !["hourly", "marks", "latest", "current", "golden", "archives"].contains(&name);
        let mut litter: Vec<String> =
            names.map(|name| name.to_string_lossy().into_owned()).filter(|name| odd(name)).collect();
        litter.sort();
        litter
    }

    pub fn pointed(&self, pointer: &str) -> String {
        fs::read_link(self.store().join(pointer)).unwrap().to_str().unwrap().to_owned()
    }
}

/// Every path below `folder` with kind, mode, owner, time, and content or target; without what is ours in a snapshot.
pub fn looks(folder: &Path) -> BTreeMap<Vec<u8>, String> {
    let mut all = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder).min_depth(1) {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(folder).unwrap().as_os_str().as_bytes().to_vec();
        if [&b".snapshot_complete"[..], b".snapshot_manifest.gz"].contains(&path.as_slice()) {
            continue;
        }
        let about = entry.path().symlink_metadata().unwrap();
        let content = if about.is_symlink() {
            format!("{:?}", fs::read_link(entry.path()).unwrap())
        } else if about.is_file() {
            format!("{:?}", fs::read(entry.path()).unwrap())
        } else {
            String::new()
        };
        let (mode, time) = (about.mode(), (about.mtime(), about.mtime_nsec()));
        all.insert(path, format!("{mode:o} {} {} {time:?} {content}", about.uid(), about.gid()));
    }
    all
}

pub fn inode(path: &Path) -> u64 {
    path.symlink_metadata().unwrap().ino()
}
