//! How a whole tree looks, so that two moments can be compared to the last bit.
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// One entry: mode, owner, group, the first name of its inode, and its bytes. Folders have no time,
/// because every look for litter in them changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub mtime: i64,
    pub first_name: String,
    pub content: Vec<u8>,
}

/// Everything below `top`, but for what restores keep for themselves and tell about themselves.
pub fn looks(top: &Path) -> BTreeMap<String, Look> {
    let mut all = BTreeMap::new();
    let mut first = BTreeMap::new();
    for entry in walkdir::WalkDir::new(top).sort_by_file_name() {
        let entry = entry.unwrap();
        let name = String::from_utf8_lossy(entry.path().strip_prefix(top).unwrap().as_os_str().as_bytes()).into_owned();
        if name.is_empty() || name.contains(".allsky-restore-") || name.starts_with("config/logs") {
            continue;
        }
        let stat = fs::symlink_metadata(entry.path()).unwrap();
        let first_name = first.entry((stat.dev(), stat.ino())).or_insert_with(|| name.clone()).clone();
        let (mtime, content) = if stat.is_file() {
            (stat.mtime(), fs::read(entry.path()).unwrap())
        } else if stat.is_symlink() {
            (0, fs::read_link(entry.path()).unwrap().as_os_str().as_bytes().to_vec())
        } else {
            (0, Vec::new())
        };
        let look = Look { mode: stat.mode(), uid: stat.uid(), gid: stat.gid(), mtime, first_name, content };
        all.insert(name, look);
    }
    all
}

/// Names whose looks differ, for messages that a person can read.
pub fn differences(one: &BTreeMap<String, Look>, other: &BTreeMap<String, Look>) -> Vec<String> {
    let names = one.keys().chain(other.keys()).filter(|name| one.get(*name) != other.get(*name));
    let mut names: Vec<String> = names.cloned().collect();
    names.sort();
    names.dedup();
    names
}
