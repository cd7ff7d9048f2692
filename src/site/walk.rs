//! Goes through a folder and writes down what an archive takes: files and folders in sorted order.
//!
//! Links are not followed, what is neither file nor folder is left out, and both are said by name. A
//! folder that cannot be read is a warning, not the end: the rest is still worth having.
use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::accounts::Accounts;
use crate::base::rel_path::{RelPath, printable};
use crate::base::size::Bytes;
use crate::base::space::room_at;
use crate::domain::archive::left_out::LeftOut;
use crate::domain::archive::listing::{Entry, Listing, Source};
use crate::domain::litter::is_litter;

/// Compiled Python, made anew by each run.
pub const PYCACHE: &[u8] = b"__pycache__";

/// Collects entries below one root.
pub struct Walk<'a> {
    pub listing: Listing,
    accounts: Accounts,
    warn: &'a mut dyn FnMut(String),
    strip: u16,
}

impl<'a> Walk<'a> {
    /// Members are read below `root`, at their name without its first `strip` bytes.
    pub fn new(root: &Path, strip: u16, warn: &'a mut dyn FnMut(String)) -> Self {
        let listing = Listing { roots: vec![root.to_owned()], ..Listing::default() };
        Walk { listing, accounts: Accounts::read(), warn, strip }
    }

    /// Adds the file or folder at `path` under `name`, a folder with all it holds but what `skip`
    /// leaves out.
    pub fn add(&mut self, path: &Path, name: &RelPath, skip: &dyn Fn(&RelPath) -> bool) {
        if name.name() == PYCACHE || skip(name) {
            return;
        }
        if is_litter(name.name()) {
            // Nobody misses it, so it is written down and no warning.
            let left_out = LeftOut::missing(name, "belongs to a storage box or a desktop and is left out");
            return self.listing.left_out.push(left_out);
        }
        match fs::symlink_metadata(path) {
            Ok(found) => self.add_found(path, name, &found, skip),
            // The folder listed it a moment ago, but the camera deletes files while we look.
            Err(why) if why.kind() == io::ErrorKind::NotFound => self.leave_out(name, "vanished while we looked"),
            Err(why) => self.leave_out(name, format!("cannot be looked at and is left out: {why}")),
        }
    }

    fn add_found(&mut self, path: &Path, name: &RelPath, found: &Metadata, skip: &dyn Fn(&RelPath) -> bool) {
        if found.is_dir() {
            self.push(name, Source::Directory, found);
            self.add_children(path, name, skip);
        } else if let Some(disk) = disk_of_a_larger_file(path, found) {
            let (bytes, disk) = (Bytes(found.len()), Bytes(disk));
            self.leave_out(name, format!("is a file of {bytes} with gaps, on a disk of {disk}, and is left out"));
        } else if found.is_file() {
            self.push(name, Source::File { root: 0, strip: self.strip }, found);
        } else if found.is_symlink() {
            self.leave_out(name, "is a link; it is not followed and not backed up");
        } else {
            self.leave_out(name, "is neither a file nor a folder and is left out");
        }
    }

    fn add_children(&mut self, path: &Path, name: &RelPath, skip: &dyn Fn(&RelPath) -> bool) {
        let mut children = match names(path) {
            Ok(children) => children,
            Err(why) => return self.leave_out(name, format!("is a folder that cannot be read and is left out: {why}")),
        };
        children.sort_unstable();
        for child in children {
            match name.join(&child) {
                Ok(below) => self.add(&path.join(OsStr::from_bytes(&child)), &below, skip),
                Err(why) => self.leave_out(format!("{name}/{}", printable(&child)), format!("{why} and is left out")),
            }
        }
    }

    /// Warns the watchers and keeps the remark for the archive.
    fn leave_out(&mut self, path: impl fmt::Display, why: impl Into<String>) {
        let left_out = LeftOut::missing(path, why);
        (self.warn)(left_out.to_string());
        self.listing.left_out.push(left_out);
    }

    /// Adds one member whose bytes come from elsewhere, with the looks of the file that it stands for.
    pub fn push(&mut self, name: &RelPath, source: Source, looks: &Metadata) {
        let (uid, gid) = (looks.uid(), looks.gid());
        if let Some(user) = self.accounts.user(uid) {
            self.listing.users.entry(uid).or_insert_with(|| user.clone());
        }
        if let Some(group) = self.accounts.group(gid) {
            self.listing.groups.entry(gid).or_insert_with(|| group.clone());
        }
        let size = if source == Source::Directory { 0 } else { looks.len() };
        let mode = looks.mode() & 0o777;
        self.listing.entries.push(Entry { name: name.clone(), source, size, mtime: looks.mtime(), mode, uid, gid });
    }
}

/// The size of the disk of a file that is larger than all of it, and so holds gaps. No disk of a camera could take
/// it back, and its zeros would keep everything else waiting for days.
fn disk_of_a_larger_file(path: &Path, found: &Metadata) -> Option<u64> {
    if !found.is_file() || found.len() < LARGE_BYTES {
        return None;
    }
    let room = room_at(path).ok().filter(|room| room.is_told())?;
    (found.len() > room.total_bytes).then_some(room.total_bytes)
}

/// Smaller files are not asked for their disk.
const LARGE_BYTES: u64 = 1 << 30;

/// Names directly in a folder, unsorted.
pub fn names(folder: &Path) -> io::Result<Vec<Vec<u8>>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().into_vec())).collect()
}
