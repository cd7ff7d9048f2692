//! What a drive can do, found by trying: names of file systems promise less than they keep.
use std::io;
use std::os::fd::AsFd;

use rustix::fs::AtFlags;
use serde::{Deserialize, Serialize};

use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::base::space::room_at;

/// Answers of the drive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    pub hard_links: bool,
    pub symlinks: bool,
    pub case_sensitive: bool,
    /// Files of more than 4 GiB.
    pub large_files: bool,
    /// `None` where inodes are made as needed.
    pub free_inodes: Option<u64>,
}

/// Tries each in a folder of its own, which is gone afterwards. An error means that not even a file
/// can be made.
pub fn probe(drive: &Dir) -> io::Result<Capabilities> {
    let name = |text: &str| RelPath::parse(text).map_err(io::Error::other);
    let bench = name(&format!(".allsky-backups-probe-{}", uuid::Uuid::now_v7()))?;
    drive.make_dir(&bench)?;
    let tried = try_all(&drive.dir(&bench)?);
    drive.remove_tree(&bench)?;
    Ok(Capabilities { free_inodes: room_at(drive.path())?.free_inodes, ..tried? })
}

fn try_all(bench: &Dir) -> io::Result<Capabilities> {
    let file = bench.create_new(&RelPath::parse("a").map_err(io::Error::other)?)?;
    let fd = bench.as_fd();
    let hard_links = rustix::fs::linkat(fd, "a", fd, "b", AtFlags::empty()).is_ok();
    let symlinks = rustix::fs::symlinkat("a", fd, "l").is_ok();
    let case_sensitive = rustix::fs::statat(fd, "A", AtFlags::SYMLINK_NOFOLLOW).is_err();
    // A hole: nothing is written, and file systems with 32-bit sizes refuse it.
    let large_files = rustix::fs::ftruncate(file.as_fd(), (4 << 30) + 1).is_ok();
    Ok(Capabilities { hard_links, symlinks, case_sensitive, large_files, free_inodes: None })
}
