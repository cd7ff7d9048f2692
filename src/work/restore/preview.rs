//! Preview: everything that apply would do, in the order of names.
use super::plan::Plan;
use super::{Error, facts};
use crate::domain::monitor::Monitor;
use crate::domain::restore::preview::{Change, FileChange, Preview};
use crate::domain::restore::request::RestoreRequest;
use crate::work::Tools;

/// What `apply` would do, with the checks; writes nothing. The digest goes back with the order.
pub fn preview(tools: &Tools, request: &RestoreRequest, monitor: &dyn Monitor) -> Result<Preview, Error> {
    let plan = Plan::draw(tools, request, monitor)?;
    let checks = facts::checks(&plan, tools, request);
    let bytes = plan.work().1;
    let obstructed = plan.obstructed();
    let mut files: Vec<FileChange> = Vec::with_capacity(plan.items.len() + plan.own.len());
    files.extend(plan.items.into_iter().map(|i| FileChange { path: i.row.path, change: i.change }));
    files.extend(plan.own.into_iter().map(|o| FileChange { path: o.path, change: o.change }));
    files.extend(plan.only_here.into_iter().map(|path| FileChange { path, change: Change::OnlyHere }));
    files.extend(plan.folders.into_iter().map(|path| FileChange { path, change: Change::New }));
    files.extend(plan.left.into_iter().map(|row| FileChange { path: row.path, change: Change::LeftProgram }));
    files.extend(obstructed.iter().map(|one| FileChange { path: one.path.clone(), change: Change::Obstructed }));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Preview {
        files,
        obstructed,
        settings: plan.settings,
        decisions: plan.decisions,
        texts: plan.texts,
        databases: plan.databases.into_iter().map(|known| known.change).collect(),
        checks,
        bytes,
        digest: plan.digest,
    })
}
