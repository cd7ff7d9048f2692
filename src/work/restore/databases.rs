//! Databases that backup and camera both have, counted on copies of ours.
//!
//! The invariant: what keeps rows from being counted is an answer in words, and never a restore that
//! replaces rows nobody looked at.
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Error;
use super::item::Item;
use super::roots::RestoreRoots;
use super::source::Source;
use crate::archive::index::Row;
use crate::archive::sweep;
use crate::base::rel_path::RelPath;
use crate::destination::workspace::Workspace;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::monitor::Monitor;
use crate::domain::restore::database::{DatabaseChange, DatabaseWay, TableRows, Uncounted, is_database};
use crate::domain::restore::preview::Change;
use crate::domain::restore::request::RestoreRequest;
use crate::site::database::{self, rows};
use crate::work::{Tools, aside};

/// A database, and how its files looked when it was counted.
pub(super) struct Known {
    pub change: DatabaseChange,
    pub seen: [Option<Seen>; 2],
}

/// Size and time of the last change.
pub(super) type Seen = (u64, i64, i64);

/// The database and its log, which changes while the database itself does not.
pub(super) fn seen(live: &Path) -> [Option<Seen>; 2] {
    let mut log = live.as_os_str().to_owned();
    log.push("-wal");
    [live, Path::new(&log)].map(|path| {
        let found = std::fs::metadata(path).ok()?;
        Some((found.len(), found.mtime(), found.mtime_nsec()))
    })
}

/// Decides about every database that is on the camera already, and marks those that stay.
pub(super) fn look(
    tools: &Tools,
    request: &RestoreRequest,
    source: &Source,
    restore_roots: &RestoreRoots,
    items: &mut [Item],
    monitor: &dyn Monitor,
) -> Result<Vec<Known>, Error> {
    let mut changes = Vec::new();
    if request.to.is_some() || source.metadata.backup_type != ArchiveKind::Config {
        return Ok(changes);
    }
    // One whose owner or mode is mended is replaced as well, and rows may come to it until then.
    let is_replaced = |item: &&mut Item| matches!(item.change, Change::Changed | Change::Rights);
    for item in items.iter_mut().filter(is_replaced).filter(|item| is_database(&item.row.path)) {
        let Some((folder, live)) = live(restore_roots, &item.row.path) else { continue };
        let seen = seen(&live);
        let counted = count(tools, source, &item.row, (folder, &live), monitor)?;
        let change = DatabaseChange::decide(item.row.path.clone(), counted, request.databases.of(&item.row.path));
        if change.way == DatabaseWay::Keep {
            item.change = Change::Kept;
        }
        changes.push(Known { change, seen });
    }
    Ok(changes)
}

/// Where the database lies on the camera, and the folder below which no link is followed to it.
pub(super) fn live<'g>(restore_roots: &'g RestoreRoots, member: &RelPath) -> Option<(&'g Path, PathBuf)> {
    let target = restore_roots.target(member)?;
    let folder = restore_roots.roots.get(target.root)?;
    Some((folder, folder.join(target.path.as_path())))
}

/// Counts on copies in a workspace; what keeps it from being counted is part of the answer.
pub(super) fn count(
    tools: &Tools,
    source: &Source,
    row: &Row,
    (folder, live): (&Path, &Path),
    monitor: &dyn Monitor,
) -> Result<Result<Vec<TableRows>, Uncounted>, Error> {
    let size = std::fs::metadata(live).map_or(0, |found| found.len());
    let workspace = match aside::workspace(tools, size.saturating_mul(2) + row.size) {
        Ok(workspace) => workspace,
        Err(why) => return Ok(Err(Uncounted::NotRead(why.to_string()))),
    };
    let (theirs, ours) = (unpacked(source, row, &workspace, monitor)?, workspace.path().join("camera"));
    match database::copy_to_look(folder, live, &ours, monitor) {
        Ok(()) => {}
        Err(database::Error::Cancelled(cancelled)) => return Err(cancelled.into()),
        Err(database::Error::Damaged { finding, .. }) => return Ok(Err(Uncounted::CameraDamaged(finding))),
        Err(why @ database::Error::Copy { .. }) => return Ok(Err(Uncounted::NotRead(in_full(&why)))),
    }
    Ok(match rows::compare(&ours, &theirs, monitor) {
        Ok(tables) => Ok(tables),
        Err(rows::Unequal::Camera(database::Error::Cancelled(cancelled))) => return Err(cancelled.into()),
        Err(rows::Unequal::Backup(database::Error::Cancelled(cancelled))) => return Err(cancelled.into()),
        Err(rows::Unequal::Camera(why)) => Err(Uncounted::CameraDamaged(finding(&why))),
        Err(rows::Unequal::Backup(why)) => Err(Uncounted::BackupDamaged(finding(&why))),
    })
}

/// What was found, without the name of our copy.
fn finding(why: &database::Error) -> String {
    match why {
        database::Error::Damaged { finding, .. } => finding.clone(),
        database::Error::Copy { source, .. } => source.to_string(),
        database::Error::Cancelled(_) => String::new(),
    }
}

fn in_full(why: &database::Error) -> String {
    match why {
        database::Error::Copy { path, source } => format!("{}: {source}", path.display()),
        other => other.to_string(),
    }
}

/// The backup's database as a file of its own.
pub(super) fn unpacked(source: &Source, row: &Row, to: &Workspace, monitor: &dyn Monitor) -> Result<PathBuf, Error> {
    let name = RelPath::of_our_own("backup");
    let mut write = |_: &Row, content: &mut dyn Read| {
        let mut file = to.dir().create_new(&name)?;
        std::io::copy(content, &mut file).map(drop)
    };
    sweep::sweep(&source.file, [row], &mut write, monitor)?;
    Ok(to.path().join(name.as_path()))
}
