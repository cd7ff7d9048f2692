//! Merges of databases, made while the camera rests.
//!
//! The invariant: a merge uses the rows that the paused camera has, so that no row that it wrote since the
//! preview is lost; and a database that is replaced because it had no rows of its own is counted once more
//! before it is replaced.
use std::path::PathBuf;

use super::Error;
use super::databases::{self, Known};
use super::log::Log;
use super::owners::Owners;
use super::plan::Plan;
use crate::archive::index::Row;
use crate::base::counted::counted;
use crate::destination::workspace::Workspace;
use crate::domain::monitor::Monitor;
use crate::domain::restore::attributes::Shape;
use crate::domain::restore::database::{DatabaseChange, DatabaseWay};
use crate::site::database::{self, rows};
use crate::swap::Staging;
use crate::work::{Tools, aside};

/// A database that is to be merged, with the backup's unpacked.
struct Waiting<'p> {
    row: &'p Row,
    workspace: Workspace,
    theirs: PathBuf,
}

/// Merges that wait for the camera to rest.
pub(super) struct Merges<'p> {
    plan: &'p Plan,
    waiting: Vec<Waiting<'p>>,
}

impl<'p> Merges<'p> {
    /// Unpacks what is to be merged, while the camera still runs.
    pub fn prepare(plan: &'p Plan, tools: &Tools, monitor: &dyn Monitor) -> Result<Self, Error> {
        let mut waiting = Vec::new();
        for item in plan.items.iter().filter(|item| plan.merges(&item.row.path)) {
            let live = databases::live(&plan.restore_roots, &item.row.path).and_then(|(_, live)| live.metadata().ok());
            // Today's with the rows that come to it, and the backup's.
            let bytes = live.map_or(0, |live| live.len()).saturating_mul(2).saturating_add(item.row.size);
            let workspace = aside::workspace(tools, bytes)?;
            let theirs = databases::unpacked(&plan.source, &item.row, &workspace, monitor)?;
            waiting.push(Waiting { row: &item.row, workspace, theirs });
        }
        Ok(Merges { plan, waiting })
    }

    /// Copies today's databases, adds the rows, and puts the results beside the live files. The camera rests.
    pub fn stage(self, tools: &Tools, staging: &mut Staging, log: &Log<'_>) -> Result<(), Error> {
        let owners = Owners::new(self.plan.restoring.ownership, (tools.now)().timestamp().as_second());
        for Waiting { row, workspace, theirs } in self.waiting {
            let Some(target) = self.plan.restore_roots.target(&row.path) else { continue };
            let folder = &self.plan.restore_roots.roots[target.root];
            let live = folder.join(target.path.as_path());
            let ours = workspace.path().join("camera");
            let unmerged = |source| Error::Merge { path: live.clone(), source };
            database::copy_live(folder, &live, &ours, log).map_err(unmerged)?;
            let merged = rows::merge(&ours, &theirs, log).map_err(unmerged)?;
            log.line(&format!("{}: {} came back", row.path, counted(merged.rows, "row")));
            if merged.refused > 0 {
                log.warn(format!(
                    "{}: left {} in the backup, because rows of the camera stand in the way",
                    row.path,
                    counted(merged.refused, "row")
                ));
            }
            let copy = std::fs::File::open(&ours).map_err(|source| Error::Live { path: ours.clone(), source })?;
            let now = (tools.now)().timestamp().as_second();
            staging.put(target.root, &target.path, owners.of(&row.path, Shape::File, now), copy, log)?;
        }
        Ok(())
    }
}

/// Refuses to replace a database that got rows of its own since it was counted, where the owner left the way
/// to us. Called while the camera is paused.
pub(super) fn nothing_newer(plan: &Plan, tools: &Tools, monitor: &dyn Monitor) -> Result<(), Error> {
    let unasked = |known: &&Known| known.change.way == DatabaseWay::Take && !known.change.chosen;
    for Known { change, seen: before } in plan.databases.iter().filter(unasked) {
        let Some(item) = plan.items.iter().find(|item| item.row.path == change.path) else { continue };
        let Some((folder, live)) =
            databases::live(&plan.restore_roots, &change.path).filter(|(_, live)| databases::seen(live) != *before)
        else {
            continue;
        };
        let counted = databases::count(tools, &plan.source, &item.row, (folder, &live), monitor)?;
        if DatabaseChange::decide(change.path.clone(), counted, None).way != DatabaseWay::Take {
            return Err(Error::Stale);
        }
    }
    Ok(())
}
