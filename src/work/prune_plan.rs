//! Retention of a plan, the last job of its run: archives and snapshots that its rules no longer keep go.
//!
//! Invariant: nothing goes where the run made nothing new. So a source that fails for weeks loses none of what was
//! made before.
use serde::{Deserialize, Serialize};

use super::noted::{Noted, PartMonitor};
use super::prune::{self, Pruned};
use super::retention_gate::{JUMP, retention_gate};
use super::snapshot::prune::{Pruned as SnapshotsPruned, prune as prune_snapshots};
use super::{Tools, alerts, plan};
use crate::domain::alert::AlertKind;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::destination::DestinationName;
use crate::domain::failure::{Code, Failure};
use crate::domain::monitor::{Monitor, Stage};
use crate::domain::plan::Plan;
use crate::domain::plan::name::PlanName;
use crate::domain::retention::decision::RetentionGate;
use crate::domain::run_id::RunId;
use crate::domain::turn::Prunable;

/// What went, as `--json` prints it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    pub plan: PlanName,
    pub archives: Vec<Pruned>,
    pub snapshots: Vec<SnapshotsPruned>,
    /// Why nothing was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nothing: Option<String>,
    /// The first thing that could not be done; all else was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    pub warnings: Vec<String>,
}

/// One place that fails keeps no other from its turn.
pub fn prune_plan(tools: &Tools, name: &PlanName, run: RunId, monitor: &dyn Monitor) -> Result<Report, Failure> {
    let plan = plan::named(tools, name)?;
    let parts = tools.catalog.jobs_of_run(run)?;
    let parts: Vec<_> = parts.into_iter().map(|job| (job.order, job.state)).collect();
    let prunable = Prunable::after(plan, &parts);
    let noted = Noted::new(monitor);
    noted.stages(&[Stage::Delete]);
    let (archives, snapshots, warnings) = (Vec::new(), Vec::new(), Vec::new());
    let mut report = Report { plan: name.clone(), archives, snapshots, nothing: None, failure: None, warnings };
    if prunable.is_nothing() {
        report.nothing = Some("this run has made nothing new".to_owned());
        return Ok(report);
    }
    if retention_gate(tools, JUMP + prune::interval(plan, &(tools.now)()))? == RetentionGate::ClockDoubtful {
        alerts::raise(tools, AlertKind::ClockInDoubt, "", "nothing is deleted, because the clock has jumped");
    }
    noted.stage(Stage::Delete);
    for (destination, kind) in &prunable.archives {
        match archives_on(tools, plan, destination, *kind, &noted) {
            Ok(pruned) => report.archives.push(pruned),
            Err(failure) => note(&mut report, failure)?,
        }
    }
    for host in &prunable.hosts {
        match prune_snapshots(tools, host, &PartMonitor::whole(&noted)) {
            Ok(pruned) => report.snapshots.push(pruned),
            Err(error) => note(&mut report, error.into())?,
        }
    }
    report.warnings = noted.warnings();
    Ok(report)
}

fn archives_on(
    tools: &Tools,
    plan: &Plan,
    destination: &DestinationName,
    kind: ArchiveKind,
    noted: &Noted<'_>,
) -> Result<Pruned, Failure> {
    let there = tools.on(destination)?;
    Ok(prune::prune(&there, plan, kind, &PartMonitor::whole(noted))?)
}

/// Keeps the first failure; a cancel ends all.
fn note(report: &mut Report, failure: Failure) -> Result<(), Failure> {
    if failure.code == Code::Cancelled {
        return Err(failure);
    }
    report.failure.get_or_insert(failure);
    Ok(())
}
