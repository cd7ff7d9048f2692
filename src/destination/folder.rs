//! The backups folder: 0700, ours; archives appear in it only by rename of a proved file.
//!
//! Other files in it belong to the owner: they are never touched and never listed as archives.
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Access, AtFlags, FileType, Stat};

use super::drive::Ready;
pub use super::folder_error::{Error, Holds};
use super::own;
use super::scratch::Scratch;
use crate::base::attributes::put_mode;
use crate::base::dir::Dir;
use crate::base::handover;
use crate::base::rel_path::{RelPath, printable};
use crate::base::size::Bytes;
use crate::base::space::{Room, room_at};
use crate::domain::archive::name::ArchiveName;
use crate::domain::destination::DestinationName;

/// Left free for everything else on the disk.
pub const SPARE_BYTES: u64 = 64 << 20;
const SPARE_INODES: u64 = 16;

/// A `.tar.gz` in the folder, by its directory entry alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub name: ArchiveName,
    pub bytes: u64,
    /// Size and mtime in ns: changes when the content may have changed. Not the inode, whose number is another
    /// one after every mount of many shares.
    pub fingerprint: String,
    /// Unix seconds.
    pub mtime: i64,
}

/// A `.tar.gz` whose name no archive of ours can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    /// Printable, not for opening.
    pub name: String,
    pub bytes: u64,
    /// Unix seconds.
    pub mtime: i64,
}

/// What `prepare` found and its owner should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Something was put right.
    Changed(String),
    /// Something that this program cannot change.
    Lasting(String),
}

#[derive(Debug, Clone)]
pub struct Folder {
    destination: DestinationName,
    /// The path that the owner knows.
    path: PathBuf,
    opened: Opened,
}

/// How the folder is opened.
#[derive(Debug, Clone)]
enum Opened {
    /// By its path, each time anew, so that a disk that was mounted again is found.
    ByPath,
    /// Below a drive that is held open: when the drive is taken away, nothing is written to the disk below it.
    Below { drive: Ready, name: RelPath },
    /// By its path, and for reading alone; whatever is made goes elsewhere.
    ToRead(Arc<Scratch>),
}

impl Folder {
    /// The backups folder at `path`; made (0700) on first use where its parent exists. Nothing is touched yet.
    pub fn new(path: PathBuf) -> Self {
        Folder { destination: DestinationName::backups(), path, opened: Opened::ByPath }
    }

    /// The folder `name` on a drive, whose parent is there, which is the destination `destination`; `prepare` makes it.
    pub fn on_drive(drive: Ready, name: &str, destination: DestinationName) -> Self {
        let name = RelPath::of_our_own(name);
        Folder { destination, path: drive.dir().path().join(name.as_path()), opened: Opened::Below { drive, name } }
    }

    /// What the destination is called that it belongs to.
    pub fn destination(&self) -> &DestinationName {
        &self.destination
    }

    /// The folder at `path` of `destination` for verbs that only read: nothing is made, changed or removed in it.
    pub fn to_read(path: PathBuf, destination: DestinationName) -> Self {
        Folder { destination, path, opened: Opened::ToRead(Arc::default()) }
    }

    /// The path that the owner knows.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes it where it is missing, tightens its mode to 0700, and says what was tightened. Fails
    /// when it cannot be written to.
    pub fn prepare(&self) -> Result<Vec<Note>, Error> {
        match self.make() {
            Err(e) if e.kind() != ErrorKind::AlreadyExists => return Err(self.io_error(e)),
            _ => {}
        }
        let dir = self.dir()?;
        let mode = dir.seen_itself().map_err(|e| self.io_error(e))?.attributes.mode;
        let notes = if mode & 0o077 == 0 { Vec::new() } else { vec![self.tighten(&dir, mode)?] };
        let ways = Access::WRITE_OK | Access::EXEC_OK;
        rustix::fs::accessat(dir.as_fd(), ".", ways, AtFlags::empty()).map_err(|e| self.io_error(e.into()))?;
        Ok(notes)
    }

    /// Refuses when the drive is no longer the one that was opened: what was written since then may be lost.
    pub(super) fn recheck(&self) -> Result<(), Error> {
        match &self.opened {
            Opened::ByPath | Opened::ToRead(_) => Ok(()),
            Opened::Below { drive, .. } => Ok(drive.recheck()?),
        }
    }

    fn make(&self) -> io::Result<()> {
        match &self.opened {
            Opened::ByPath => handover::make_folder(&self.path, 0o700),
            Opened::Below { drive, name } => drive.dir().make_dir(name),
            Opened::ToRead(_) => Err(for_reading()),
        }
    }

    fn tighten(&self, dir: &Dir, mode: u32) -> Result<Note, Error> {
        let open = format!("{} can be opened by other users (mode {mode:04o})", self.path.display());
        if self.archives()?.is_empty() && !self.others()?.names.is_empty() {
            return Ok(Note::Lasting(format!("{open}; it holds other files as well, so that stays.")));
        }
        // vfat and some network shares know no modes: a note, not the end of backups.
        put_mode(dir.as_fd(), 0o700).map_err(|e| self.io_error(e))?;
        let after = dir.seen_itself().map_err(|e| self.io_error(e))?.attributes.mode;
        Ok(if after & 0o077 == 0 {
            let path = self.path.display();
            Note::Changed(format!(
                "{path} could be opened by other users (mode {mode:04o}); now it is yours alone (0700)."
            ))
        } else {
            Note::Lasting(format!("{open}, and its disk does not let that be changed."))
        })
    }

    /// Room where the folder lies or will lie.
    pub fn room(&self) -> Result<Room, Error> {
        let found = match &self.opened {
            Opened::Below { drive, .. } => drive.dir().room(),
            Opened::ByPath | Opened::ToRead(_) => match room_at(&self.path) {
                Err(e) if e.kind() == ErrorKind::NotFound => room_at(self.path.parent().unwrap_or(Path::new("/"))),
                other => other,
            },
        };
        found.map_err(|e| self.io_error(e))
    }

    /// Refuses with numbers when `bytes` (+ 64 MiB) or `inodes` (+ 16) do not fit. A disk that does not tell
    /// its size is tried.
    pub fn preflight(&self, bytes: u64, inodes: u64) -> Result<(), Error> {
        let room = self.room()?;
        if !room.is_told() {
            return Ok(());
        }
        let full = |need, reserve, have| {
            let is_empty = self.archives().is_ok_and(|archives| archives.is_empty());
            let holds = if is_empty { Holds::Nothing } else { Holds::Archives };
            Err(Error::Full { path: self.path.clone(), need, reserve, have, holds })
        };
        let need = bytes.saturating_add(SPARE_BYTES);
        if need > room.free_bytes {
            let [need, reserve, free] = [need, SPARE_BYTES, room.free_bytes].map(|bytes| Bytes(bytes).to_string());
            return full(need, reserve, free);
        }
        let need = inodes.saturating_add(SPARE_INODES);
        match room.free_inodes {
            Some(free) if need > free => {
                full(format!("{need} inodes (files)"), SPARE_INODES.to_string(), free.to_string())
            }
            _ => Ok(()),
        }
    }

    /// Every archive, unsorted, with other files in the folder ignored. A folder that is still to be
    /// made is empty.
    pub fn archives(&self) -> Result<Vec<Found>, Error> {
        let Some(dir) = self.dir_if_made()? else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        for entry in dir.entries().map_err(|e| self.io_error(e))? {
            let name = entry.to_str().and_then(|text| ArchiveName::parse(text).ok());
            if let Some(name) = name
                && let Some(stat) = self.regular(&dir, entry.as_bytes())?
            {
                all.push(found(name, &stat));
            }
        }
        Ok(all)
    }

    /// Files that end in `.tar.gz` under names that no archive can have, unsorted. Hidden
    /// files are left out.
    pub fn strangers(&self) -> Result<Vec<Stranger>, Error> {
        let Some(dir) = self.dir_if_made()? else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        for entry in dir.entries().map_err(|e| self.io_error(e))? {
            let bytes = entry.as_bytes();
            let ours = entry.to_str().is_some_and(|text| ArchiveName::parse(text).is_ok());
            if !ours
                && bytes.ends_with(b".tar.gz")
                && !bytes.starts_with(b".")
                && let Some(stat) = self.regular(&dir, bytes)?
            {
                all.push(Stranger { name: printable(bytes), bytes: stat.st_size.unsigned_abs(), mtime: stat.st_mtime });
            }
        }
        Ok(all)
    }

    pub fn found(&self, name: &ArchiveName) -> Result<Found, Error> {
        let absent = || Error::NoArchive(name.clone());
        let dir = self.dir_if_made()?.ok_or_else(absent)?;
        let stat = self.regular(&dir, name.as_str().as_bytes())?.ok_or_else(absent)?;
        Ok(found(name.clone(), &stat))
    }

    pub fn open(&self, name: &ArchiveName) -> Result<File, Error> {
        let absent = || Error::NoArchive(name.clone());
        let dir = self.dir_if_made()?.ok_or_else(absent)?;
        self.regular(&dir, name.as_str().as_bytes())?.ok_or_else(absent)?;
        dir.read(&self.inside(name.as_str())?).map_err(|e| self.io_error_at(name.as_str(), e))
    }

    /// Removes archive, sidecar and index, the archive last: a crash leaves a whole archive, and nothing
    /// that has lost its own. What the owner put under their names stays.
    pub fn remove(&self, name: &ArchiveName) -> Result<(), Error> {
        self.refuse_to_write()?;
        self.found(name)?;
        let dir = self.dir()?;
        self.remove_index(&dir, &format!("{}.index", name.stem()))?;
        let sidecar = format!("{}.json", name.stem());
        let beside = self.inside(&sidecar)?;
        if own::is_sidecar(&dir, &beside).map_err(|e| self.io_error_at(&sidecar, e))? {
            dir.remove_file(&beside).map_err(|e| self.change_error(&sidecar, e))?;
        }
        dir.remove_file(&self.inside(name.as_str())?).map_err(|e| self.change_error(name.as_str(), e))?;
        dir.sync().map_err(|e| self.io_error(e))
    }

    pub fn index_path(&self, name: &ArchiveName) -> PathBuf {
        let index = format!("{}.index", name.stem());
        let apart = self.scratch().and_then(|scratch| scratch.file(&index));
        apart.unwrap_or_else(|| self.path.join(index))
    }

    pub(super) fn refuse_to_write(&self) -> Result<(), Error> {
        self.scratch().map_or(Ok(()), |_| Err(self.io_error(for_reading())))
    }

    /// Where that is made which a verb makes that only reads; `None` where the folder itself may be written to.
    pub(super) fn scratch(&self) -> Option<&Scratch> {
        match &self.opened {
            Opened::ToRead(scratch) => Some(scratch),
            Opened::ByPath | Opened::Below { .. } => None,
        }
    }

    pub fn sidecar_path(&self, name: &ArchiveName) -> PathBuf {
        self.path.join(format!("{}.json", name.stem()))
    }

    /// With links followed.
    pub(super) fn real(&self) -> io::Result<PathBuf> {
        self.path.canonicalize()
    }

    pub(super) fn dir(&self) -> Result<Dir, Error> {
        match &self.opened {
            Opened::ByPath | Opened::ToRead(_) => Dir::open(&self.path),
            Opened::Below { drive, name } => drive.dir().dir(name),
        }
        .map_err(|e| self.io_error(e))
    }

    /// `None` where the folder is missing and `prepare` could make it.
    pub(super) fn dir_if_made(&self) -> Result<Option<Dir>, Error> {
        let can_be_made = || match &self.opened {
            Opened::ByPath | Opened::ToRead(_) => self.path.parent().is_some_and(Path::is_dir),
            Opened::Below { .. } => true,
        };
        match self.dir() {
            Err(Error::Missing(_)) if can_be_made() => Ok(None),
            other => other.map(Some),
        }
    }

    /// The state of a regular file in the folder; `None` when there is none by that name.
    pub(super) fn regular(&self, dir: &Dir, name: &[u8]) -> Result<Option<Stat>, Error> {
        let name = std::ffi::OsStr::from_bytes(name);
        match rustix::fs::statat(dir.as_fd(), name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok((FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile).then_some(stat)),
            Err(rustix::io::Errno::NOENT) => Ok(None),
            Err(e) => Err(self.io_error_at(name, e.into())),
        }
    }

    pub(super) fn inside(&self, name: &str) -> Result<RelPath, Error> {
        RelPath::parse(name).map_err(|why| self.io_error_at(name, io::Error::new(ErrorKind::InvalidInput, why)))
    }

    pub(super) fn io_error(&self, source: io::Error) -> Error {
        let path = self.path.clone();
        match source.kind() {
            ErrorKind::NotFound => Error::Missing(path),
            ErrorKind::NotADirectory => Error::NotAFolder(path),
            ErrorKind::PermissionDenied if !self.may_be_used(Access::READ_OK) => Error::Shut { path, source },
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Error::ReadOnly { path, source },
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::DiskFull(path),
            _ => Error::Io { path, source },
        }
    }

    /// False when its mode or owner refuse this user.
    fn may_be_used(&self, way: Access) -> bool {
        rustix::fs::access(&self.path, way | Access::EXEC_OK) != Err(rustix::io::Errno::ACCESS)
    }

    /// Of removing or making `name`, for which the folder must let this user write.
    pub(super) fn change_error(&self, name: &str, source: io::Error) -> Error {
        match source.kind() {
            ErrorKind::PermissionDenied if !self.may_be_used(Access::WRITE_OK) => self.io_error(source),
            _ => self.io_error_at(name, source),
        }
    }

    pub(super) fn io_error_at(&self, name: impl AsRef<Path>, source: io::Error) -> Error {
        match source.kind() {
            ErrorKind::ReadOnlyFilesystem | ErrorKind::StorageFull | ErrorKind::QuotaExceeded => self.io_error(source),
            _ => Error::Io { path: self.path.join(name), source },
        }
    }
}

fn for_reading() -> io::Error {
    io::Error::new(ErrorKind::ReadOnlyFilesystem, "it was opened for reading")
}

fn found(name: ArchiveName, stat: &Stat) -> Found {
    let fingerprint = format!("{}-{}.{:09}", stat.st_size, stat.st_mtime, stat.st_mtime_nsec);
    Found { name, bytes: stat.st_size.unsigned_abs(), fingerprint, mtime: stat.st_mtime }
}
