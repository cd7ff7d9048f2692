//! The archive that a restore reads, opened once: its bytes, its index, what it says of itself, and
//! whether it is whole.
use std::collections::HashSet;
use std::fs::File;

use super::Error;
use crate::archive::about_itself::is_about_itself;
use crate::archive::agreement::agree;
use crate::archive::index::{Index, Row};
use crate::base::rel_path::RelPath;
use crate::catalog::Knowledge;
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::name::{ArchiveKind, ArchiveName};
use crate::domain::monitor::Monitor;
use crate::domain::restore::program::Origin;
use crate::work;
use crate::work::Tools;
use crate::work::archive::checked::Finding;
use crate::work::archive::salvage::{Salvaged, salvage};
use crate::work::archive::{inspect, verify};
use crate::work::noted::PartMonitor;

pub(super) struct Source {
    pub file: File,
    pub index: Index,
    pub metadata: Metadata,
    /// Changes when the archive file does.
    pub fingerprint: String,
    /// Members that were read, or where it is damaged.
    pub integrity: Result<u64, String>,
    /// What is wrong with a damaged archive from which files can be restored nevertheless.
    pub damage: Option<String>,
    /// Files of such an archive that are not whole; all others can be restored.
    pub damaged: Vec<RelPath>,
    pub origin: Origin,
}

impl Source {
    /// Opens and proves it. A config archive is read in full each time; of an images archive every
    /// restored file is proved while it is unpacked, so one full reading of this very file will do.
    pub fn open(tools: &Tools, name: &ArchiveName, monitor: &dyn Monitor) -> Result<Self, Error> {
        let found = tools.folder.found(name)?;
        let (fingerprint, bytes) = (found.fingerprint, found.bytes);
        // Reading it is part of the checks here, and no stage of its own.
        let monitor = &PartMonitor { inner: monitor, before: 0, share: bytes, total: bytes };
        let file = tools.folder.open(name)?;
        let index = match open_index(tools, name, &file)? {
            Some(index) => index,
            None => {
                let checked = inspect::inspect(tools, name, monitor)?;
                if checked.finding == Finding::Foreign {
                    return Err(checked.into_not_a_backup(name).into());
                }
                let index = match open_index(tools, name, &file)? {
                    Some(index) => Some(index),
                    None => inspect::index_apart(tools, &tools.folder.found(name)?, monitor)?,
                };
                index.ok_or_else(|| Error::Damaged {
                    name: name.clone(),
                    why: checked.error.unwrap_or_else(|| "its members could not be listed".into()),
                })?
            }
        };
        let metadata = index.metadata().map_err(work::Error::from)?;
        let known = tools.records().recall(name, &fingerprint).map_err(work::Error::from)?;
        let origin = known.as_ref().map_or(Origin::Elsewhere, |known| known.origin);
        let proved = known.is_some_and(|known| known.state == Knowledge::Verified);
        let integrity = if proved && metadata.backup_type == ArchiveKind::Images {
            let (files, _) = index.totals().map_err(work::Error::from)?;
            Ok(files)
        } else {
            let checked = verify::verify(tools, name, monitor)?;
            if checked.ok { Ok(checked.members) } else { Err(checked.error.unwrap_or_default()) }
        };
        let whole = match &integrity {
            Ok(_) => None,
            Err(_) => what_is_whole(tools, name, &metadata, monitor)?,
        };
        let (integrity, damage, damaged) = match (integrity, whole) {
            (Err(why), Some(Salvaged { whole, unproved, damaged, .. })) => (Ok(whole + unproved), Some(why), damaged),
            (integrity, _) => (integrity, None, Vec::new()),
        };
        Ok(Source { file, index, metadata, fingerprint, integrity, damage, damaged, origin })
    }

    /// True for a file of that name.
    pub fn has(&self, path: &RelPath) -> Result<bool, Error> {
        Ok(self.index.find(path).map_err(work::Error::from)?.is_some_and(|row| !row.is_dir))
    }

    /// The empty folders that `takes`.
    pub fn empty_folders(&self, takes: &mut dyn FnMut(&RelPath) -> bool) -> Result<Vec<RelPath>, Error> {
        let mut folders = self.index.empty_folders().map_err(work::Error::from)?;
        folders.retain(|path| takes(path));
        Ok(folders)
    }

    /// The files that `takes`, in archive order.
    pub fn rows(&self, takes: &mut dyn FnMut(&RelPath) -> bool) -> Result<Vec<Row>, Error> {
        let damaged: HashSet<&RelPath> = self.damaged.iter().collect();
        let mut rows = Vec::new();
        let mut keep = |row: Row| {
            if !row.is_dir && !is_about_itself(&row.path) && !damaged.contains(&row.path) && takes(&row.path) {
                rows.push(row);
            }
        };
        self.index.each(&mut keep).map_err(work::Error::from)?;
        Ok(rows)
    }
}

/// What can be restored from a damaged archive: of pictures, all that are whole, because they do not need each other.
/// Settings do, so of them everything must be whole, and keep the rules that no reader without `SHA256SUMS` asks.
fn what_is_whole(
    tools: &Tools,
    name: &ArchiveName,
    metadata: &Metadata,
    monitor: &dyn Monitor,
) -> Result<Option<Salvaged>, Error> {
    let found = tools.folder.found(name)?;
    let salvaged = salvage(tools, &found, Some(metadata.clone()), monitor)?.filter(|all| all.whole + all.unproved > 0);
    if metadata.backup_type == ArchiveKind::Images {
        return Ok(salvaged);
    }
    let Some(all) = salvaged.filter(|salvaged| salvaged.damaged.is_empty()) else { return Ok(None) };
    Ok(inspect::keeps_the_rules(tools, &found, monitor)?.is_ok().then_some(all))
}

/// Opens the index; `None` when it does not agree with the archive, so that the caller makes it again.
fn open_index(tools: &Tools, name: &ArchiveName, file: &File) -> Result<Option<Index>, Error> {
    let index = Index::open(&tools.folder.index_path(name), file).map_err(work::Error::from)?;
    Ok(index.filter(|index| agree(index, file).unwrap_or(false)))
}
