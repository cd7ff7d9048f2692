//! Writes the new files beside the live ones: several at once, each proved, with owner, group and
//! mode of our table.
use std::collections::HashSet;
use std::io::Read;
use std::sync::{Mutex, PoisonError};

use super::Error;
use super::owners::Owners;
use super::plan::Plan;
use super::roots::Target;
use super::stream::stream;
use crate::archive::index::Row;
use crate::archive::sweep;
use crate::base::rel_path::RelPath;
use crate::domain::monitor::{Monitor, Progress};
use crate::domain::restore::attributes::Shape;
use crate::domain::restore::content::HEAD_BYTES;
use crate::domain::restore::program::{Programs, runs};
use crate::swap::{self, Filled, StagedFile, Staging};

/// Puts everything that the plan writes into the staging; `also` are targets to be written although
/// they are the same, because they get a second name. Returns what was left in the archive, because its
/// content is not what its name says and programs are not wanted.
pub(super) fn unpack(
    plan: &Plan,
    staging: &mut Staging,
    owners: &Owners,
    also: &HashSet<RelPath>,
    monitor: &dyn Monitor,
) -> Result<Vec<Row>, Error> {
    let mut folders = Folders::new(owners);
    for own in &plan.own {
        if own.is_work() || also.contains(&own.path) {
            let Some(target) = plan.restore_roots.target(&own.path) else { continue };
            folders.above(&target, staging)?;
            let attributes = owners.of(&own.path, Shape::File, own.mtime);
            staging.put(target.root, &target.path, attributes, own.bytes.as_slice(), monitor)?;
        }
    }
    for target in plan.folders.iter().filter_map(|folder| plan.restore_roots.target(folder)) {
        folders.down_to(target.root, Some(target.path), staging)?;
    }
    let rows: Vec<&Row> = plan
        .items
        .iter()
        .filter(|item| item.is_work() || also.contains(&item.row.path))
        .filter(|item| !plan.merges(&item.row.path))
        .map(|item| &item.row)
        .collect();
    let progress = Progress {
        total_bytes: rows.iter().map(|row| row.size).sum(),
        total_files: rows.len() as u64,
        ..Progress::default()
    };
    let shared = Mutex::new(SharedStaging { folders, staging, progress, left: Vec::new() });
    let shared = || shared.lock().unwrap_or_else(PoisonError::into_inner);
    let (restore_roots, programs) = (&plan.restore_roots, plan.programs);
    let put = |row: &Row, content: &mut dyn Read| {
        let Some(target) = restore_roots.target(&row.path) else { return Ok(()) };
        let head = head_of(row, content)?;
        if programs == Programs::Leave && runs(&row.path, &head) {
            shared().left.push(row.clone());
            return Ok(());
        }
        let content = &mut head.as_slice().chain(content);
        let attributes = owners.of(&row.path, Shape::File, row.mtime);
        let staged = shared().staged(row, &target, attributes, monitor)?;
        let filled = staged.fill(content, monitor)?;
        shared().keep(row, filled, monitor)
    };
    stream(&plan.source.file, &rows, &put, monitor)?;
    Ok(std::mem::take(&mut shared().left))
}

/// The beginning of a content.
fn head_of(row: &Row, content: &mut dyn Read) -> Result<Vec<u8>, Error> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    let read = content.take(HEAD_BYTES as u64).read_to_end(&mut head);
    read.map_err(|source| sweep::Error::Read { member: row.path.clone(), source })?;
    Ok(head)
}

/// What those who unpack share: names are given out and taken in one at a time.
struct SharedStaging<'s, 'o> {
    folders: Folders<'o>,
    staging: &'s mut Staging,
    progress: Progress,
    left: Vec<Row>,
}

impl SharedStaging<'_, '_> {
    fn staged(
        &mut self,
        row: &Row,
        target: &Target,
        attributes: swap::Attributes,
        monitor: &dyn Monitor,
    ) -> Result<StagedFile, Error> {
        self.progress.now = row.path.to_string();
        monitor.progress(self.progress.clone());
        self.folders.above(target, self.staging)?;
        Ok(self.staging.staged(target.root, &target.path, attributes)?)
    }

    fn keep(&mut self, row: &Row, filled: Filled, monitor: &dyn Monitor) -> Result<(), Error> {
        self.staging.keep(filled, monitor)?;
        self.progress.done_bytes += row.size;
        self.progress.done_files += 1;
        Ok(())
    }
}

/// Missing folders are made as our table says, each told once.
pub(super) struct Folders<'o> {
    seen: HashSet<Target>,
    owners: &'o Owners,
}

impl<'o> Folders<'o> {
    pub fn new(owners: &'o Owners) -> Self {
        Folders { seen: HashSet::new(), owners }
    }

    pub fn above(&mut self, target: &Target, staging: &mut Staging) -> Result<(), Error> {
        self.down_to(target.root, target.path.parent(), staging)
    }

    fn down_to(&mut self, root: usize, folder: Option<RelPath>, staging: &mut Staging) -> Result<(), Error> {
        let mut here = folder;
        while let Some(path) = here {
            if !self.seen.insert(Target { root, path: path.clone() }) {
                return Ok(());
            }
            let attributes = self.owners.of(&path, Shape::Folder, self.owners.now());
            staging.folder(root, &path, attributes)?;
            here = path.parent();
        }
        Ok(())
    }
}
