//! The one way into the backups folder: a name is reserved, a proved file is renamed to it.
//!
//! The reservation covers archive, sidecar and index of one stem, against every process that asks
//! here. Programs that do not ask are met by a rename that never replaces.
use std::fs::{File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;

use jiff::civil::DateTime;

use super::folder::{Error, Folder};
use super::workspace::{RESERVED, Workspace, is_still, lock};
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::archive_name::{ArchiveKind, ArchiveName};
use crate::domain::proof::Verified;

/// Longest stem that leaves room for `-9999` and the ending in an archive's name.
const STEM_BYTES: usize = 115;

/// How the final name is chosen.
#[derive(Debug, Clone)]
pub enum Naming {
    /// First free name for this local time.
    Made { kind: ArchiveKind, at: DateTime },
    /// Keep this name; when taken, `-2`, `-3` … is added.
    Given(ArchiveName),
}

impl Naming {
    fn nth(&self, n: u32) -> Option<ArchiveName> {
        match self {
            Naming::Made { kind, at } => Some(ArchiveName::new(*kind, *at, n)),
            Naming::Given(name) if n == 1 => Some(name.clone()),
            Naming::Given(name) => {
                let stem = name.stem();
                ArchiveName::parse(&format!("{}-{n}.tar.gz", &stem[..stem.len().min(STEM_BYTES)])).ok()
            }
        }
    }
}

/// A name that nobody else gets while this lives.
#[derive(Debug)]
pub struct Reservation {
    name: ArchiveName,
    dir: Dir,
    mark: RelPath,
    _lock: File,
}

impl Reservation {
    pub fn name(&self) -> &ArchiveName {
        &self.name
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // A mark that stays is unlocked, and swept at the next start.
        let _ = self.dir.remove_file(&self.mark);
    }
}

/// Where a proved file goes. Sidecar and index are names inside the workspace.
#[derive(Debug)]
pub struct StoreAs {
    pub name: Reservation,
    pub sidecar: Option<RelPath>,
    pub index: Option<RelPath>,
}

impl Folder {
    /// Reserves the first name that is free.
    pub fn reserve(&self, naming: &Naming) -> Result<Reservation, Error> {
        let dir = self.dir()?;
        let mut last = None;
        for name in (1..10_000).map_while(|n| naming.nth(n)) {
            if let Some(reservation) = self.reserve_one(&dir, &name)? {
                return Ok(reservation);
            }
            last = Some(name);
        }
        match last {
            Some(name) => Err(Error::Taken(name)),
            None => Err(self.trouble(ErrorKind::InvalidInput.into())),
        }
    }

    fn reserve_one(&self, dir: &Dir, name: &ArchiveName) -> Result<Option<Reservation>, Error> {
        let mark = self.inside(&format!("{RESERVED}{}", name.stem()))?;
        let file = match dir.create_new(&mark) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => return Ok(None),
            other => other.map_err(|e| self.trouble(e))?,
        };
        if lock(&file).is_err() || !is_still(dir, mark.as_bytes(), &file) {
            // Another process sweeps at this very moment; the next name will do.
            return Ok(None);
        }
        let reservation = Reservation { name: name.clone(), dir: self.dir()?, mark, _lock: file };
        // Any kind of file under this name is in the way, not only a regular one.
        let taken = rustix::fs::statat(dir.as_fd(), name.as_str(), rustix::fs::AtFlags::SYMLINK_NOFOLLOW).is_ok();
        Ok((!taken).then_some(reservation))
    }

    /// Puts a proved file under its reserved name, with its sidecar and index; fsync of the folder
    /// before it returns. Never replaces an archive.
    pub fn store(&self, from: &Workspace, proved: Verified, to: StoreAs) -> Result<ArchiveName, Error> {
        let dir = self.dir()?;
        let name = to.name.name().clone();
        let trouble = |e| self.trouble_at(name.as_str(), e);
        let file_name = proved.path().file_name().ok_or_else(|| trouble(ErrorKind::InvalidInput.into()))?;
        let file_name = self.inside(&file_name.to_string_lossy())?;
        let file = from.dir().read(&file_name).map_err(trouble)?;
        file.set_permissions(Permissions::from_mode(0o600)).map_err(trouble)?;
        file.sync_all().map_err(trouble)?;
        let beside = [(format!("{}.json", name.stem()), to.sidecar), (format!("{}.index", name.stem()), to.index)];
        // Left by an archive of this name that is gone: nobody may take them for the new one's.
        for (stale, _) in &beside {
            match dir.remove_file(&self.inside(stale)?) {
                Err(e) if e.kind() != ErrorKind::NotFound => return Err(self.trouble_at(stale, e)),
                _ => {}
            }
        }
        // The archive goes first. It is whole without the others, which are nothing without it.
        match from.dir().rename_new(&file_name, &dir, &self.inside(name.as_str())?) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => return Err(Error::Taken(name)),
            other => other.map_err(trouble)?,
        }
        for (place, source) in beside {
            if let Some(source) = source {
                self.place(&dir, from, &source, &place)?;
            }
        }
        dir.sync().map_err(|e| self.trouble(e))?;
        Ok(name)
    }

    /// Gives the archive `name` an index that was built in a workspace, in place of an older one.
    pub fn put_index(&self, from: &Workspace, index: &RelPath, name: &ArchiveName) -> Result<(), Error> {
        self.place(&self.dir()?, from, index, &format!("{}.index", name.stem()))
    }

    fn place(&self, dir: &Dir, from: &Workspace, source: &RelPath, place: &str) -> Result<(), Error> {
        let trouble = |e| self.trouble_at(place, e);
        let file = from.dir().read(source).map_err(trouble)?;
        file.set_permissions(Permissions::from_mode(0o600)).map_err(trouble)?;
        file.sync_all().map_err(trouble)?;
        let source = from.name().join(source.as_bytes()).map_err(|_| trouble(ErrorKind::InvalidInput.into()))?;
        dir.rename(&source, &self.inside(place)?).map_err(trouble)
    }
}
