//! The one way into the backups folder: a name is reserved, a proved file is renamed to it.
//!
//! The reservation covers archive, sidecar and index of one stem, against every process that asks
//! here. Programs that do not ask, and files of the owner, are met by renames that never replace.
use std::fs::File;
use std::io::{ErrorKind, Write};

use jiff::civil::DateTime;
use uuid::Uuid;

use super::folder::{Error, Folder};
use super::own::{self, RESERVED, RESERVING};
use super::workspace::{Workspace, is_still, lock};
use crate::base::attributes::put_mode;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::archive::name::{ArchiveKind, ArchiveName};
use crate::domain::archive::proof::Verified;

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
    /// The file to remove with the reservation; `None` once another owner removes it.
    mark: Option<RelPath>,
    lock: File,
}

impl Reservation {
    pub fn name(&self) -> &ArchiveName {
        &self.name
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if let Some(mark) = &self.mark {
            // A mark that cannot be removed loses its lock here, and the next start sweeps it.
            let _ = self.dir.remove_file(mark);
        }
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
        self.refuse_to_write()?;
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
            None => Err(self.io_error(ErrorKind::InvalidInput.into())),
        }
    }

    fn reserve_one(&self, dir: &Dir, name: &ArchiveName) -> Result<Option<Reservation>, Error> {
        if self.is_in_use(dir, name)? {
            return Ok(None);
        }
        let id = Uuid::now_v7();
        let draft = self.inside(&format!("{RESERVING}{id}"))?;
        let lock_file = dir.create_new(&draft).map_err(|e| self.io_error(e))?;
        let (name, mark) = (name.clone(), Some(draft.clone()));
        let mut reservation = Reservation { name, dir: self.dir()?, mark, lock: lock_file };
        let stem = reservation.name.stem().to_owned();
        // The mark gets its line before its name: a file of that name without a line is not ours.
        let written = lock(&reservation.lock).and_then(|()| {
            reservation.lock.write_all(own::line(id, &stem).as_bytes())?;
            reservation.lock.sync_all()
        });
        written.map_err(|e| self.io_error(e))?;
        let mark = self.inside(&format!("{RESERVED}{stem}"))?;
        match dir.rename_new(&draft, dir, &mark) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => return Ok(None),
            other => other.map_err(|e| self.io_error(e))?,
        }
        reservation.mark = None;
        if !is_still(dir, mark.as_bytes(), &reservation.lock) {
            // Shares that number files by their names show the renamed one as another: its line says whose it is.
            let line = own::small(dir, &mark).map_err(|e| self.io_error(e))?;
            let renamed = dir.read(&mark).ok().filter(|file| lock(file).is_ok());
            match renamed.filter(|_| line == Some(own::line(id, &stem).into_bytes())) {
                Some(renamed) => reservation.lock = renamed,
                // Another process reserves or sweeps at this very moment; the next name will do.
                None => return Ok(None),
            }
        }
        reservation.mark = Some(mark);
        Ok((!self.is_in_use(dir, &reservation.name)?).then_some(reservation))
    }

    /// Anything that bears the name of the archive is in the way, not only a regular file. An index of ours
    /// that lost its archive is not: it is a cache.
    fn is_in_use(&self, dir: &Dir, name: &ArchiveName) -> Result<bool, Error> {
        let (sidecar, index) = (format!("{}.json", name.stem()), format!("{}.index", name.stem()));
        let beside = self.inside(&index)?;
        for file in [name.as_str(), &sidecar] {
            if own::is_taken(dir, file).map_err(|e| self.io_error_at(file, e))? {
                return Ok(true);
            }
        }
        let foreign = || Ok(own::is_taken(dir, &index)? && !own::is_index(dir, &beside)?);
        foreign().map_err(|e: std::io::Error| self.io_error_at(&index, e))
    }

    /// Puts a proved file under its reserved name, with its sidecar and index; fsync of the folder
    /// before it returns. Never replaces an archive.
    pub fn store(&self, from: &Workspace, proved: Verified, to: StoreAs) -> Result<ArchiveName, Error> {
        let dir = self.dir()?;
        let name = to.name.name().clone();
        let io_error = |e| self.io_error_at(name.as_str(), e);
        let file_name = proved.path().file_name().ok_or_else(|| io_error(ErrorKind::InvalidInput.into()))?;
        let file_name = self.inside(&file_name.to_string_lossy())?;
        let file = from.dir().read(&file_name).map_err(io_error)?;
        close_to_others(&file).map_err(io_error)?;
        file.sync_all().map_err(io_error)?;
        let index = format!("{}.index", name.stem());
        // An older archive of this name may have left its index, which must not pass for that of the new one.
        self.remove_index(&dir, &index)?;
        // The archive goes first. It is whole without the others, which are nothing without it.
        match from.dir().rename_new(&file_name, &dir, &self.inside(name.as_str())?) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => return Err(Error::Taken(name)),
            other => other.map_err(io_error)?,
        }
        for (place, source) in [(format!("{}.json", name.stem()), to.sidecar), (index, to.index)] {
            if let Some(source) = source {
                self.place(&dir, from, &source, &place)?;
            }
        }
        dir.sync().map_err(|e| self.io_error(e))?;
        self.recheck()?;
        Ok(name)
    }

    /// Gives the archive `name` an index that was built in a workspace, in place of an older one. Where the
    /// owner has a file of that name the archive goes without.
    pub fn put_index(&self, from: &Workspace, index: &RelPath, name: &ArchiveName) -> Result<(), Error> {
        let place = format!("{}.index", name.stem());
        let dir = self.place_for_work()?;
        self.remove_index(&dir, &place)?;
        self.place(&dir, from, index, &place)
    }

    /// Removes an index of ours; a file of the owner stays.
    pub(super) fn remove_index(&self, dir: &Dir, index: &str) -> Result<(), Error> {
        let name = self.inside(index)?;
        let remove = || if own::is_index(dir, &name)? { dir.remove_file(&name) } else { Ok(()) };
        remove().map_err(|e| self.change_error(index, e))
    }

    /// Puts a file beside its archive; one that somebody has put there meanwhile stays.
    fn place(&self, dir: &Dir, from: &Workspace, source: &RelPath, place: &str) -> Result<(), Error> {
        let io_error = |e| self.io_error_at(place, e);
        let file = from.dir().read(source).map_err(io_error)?;
        close_to_others(&file).map_err(io_error)?;
        file.sync_all().map_err(io_error)?;
        match from.dir().rename_new(source, dir, &self.inside(place)?) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
            other => other.map_err(io_error),
        }
    }
}

/// Only we may read it. Where the disk knows no modes, `prepare` has told.
fn close_to_others(file: &File) -> std::io::Result<()> {
    put_mode(file, 0o600).map(drop)
}
