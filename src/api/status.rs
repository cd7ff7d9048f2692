//! What the hosts are doing, made of their newest jobs. These keys are an interface that programs know from elsewhere:
//! they keep their names and meanings, and more may stand beside them.
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::job::{Job, JobId, JobState};
use crate::domain::monitor::Stage;
use crate::domain::order::{Order, PlanOrder, SnapshotOrder};
use crate::domain::plan::Source;
use crate::observe::tried_hosts::Trial;
use crate::work::outcome::Outcome;
use crate::work::snapshot::archive::HostArchived;
use crate::work::snapshot::golden::GoldenMade;
use crate::work::snapshot::prune::Pruned;
use crate::work::snapshot::pull::Taken;

/// Stages of all work on a host: its files, its snapshot, its archive, its golden month, and what goes.
const STAGES: u8 = 5;

/// A host with its last work.
#[derive(Debug, Clone, Serialize)]
pub struct HostStatus {
    /// `running`, `ok`, `failed`, `cancelled`, `dry_run` or `dry_run_ok`.
    pub status: &'static str,
    /// `rsync`, `hourly`, `tar`, `monthly`, `cleanup` or `done`.
    pub stage: &'static str,
    pub stage_num: u8,
    pub stage_total: u8,
    pub started: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
    pub hourly: Option<Hourly>,
    pub tar: Option<Tar>,
    /// The golden month that was made, if one was.
    pub snapshot: Option<String>,
    pub archives_removed: usize,
    pub job_id: Option<JobId>,
    pub warnings: usize,
    pub error: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Hourly {
    pub name: String,
    pub files: u64,
    pub new: u64,
    pub modified: u64,
    pub deleted: u64,
    pub bytes: u64,
    pub added_bytes: u64,
    pub skipped: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct Tar {
    pub name: Option<String>,
    pub bytes: u64,
    pub skipped: bool,
}

/// A part of the work on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Snapshot,
    Archive,
    Golden,
    Cleanup,
}

impl Part {
    fn stage(self, now: Option<Stage>) -> (&'static str, u8) {
        match self {
            Part::Snapshot if matches!(now, Some(Stage::Store | Stage::ReadBack | Stage::Verify)) => ("hourly", 2),
            Part::Snapshot => ("rsync", 1),
            Part::Archive => ("tar", 3),
            Part::Golden => ("monthly", 4),
            Part::Cleanup => ("cleanup", 5),
        }
    }
}

/// What came out of a part.
#[derive(Default)]
struct Results {
    taken: Option<Taken>,
    archived: Option<HostArchived>,
    golden: Option<GoldenMade>,
    pruned: Option<Pruned>,
}

/// The host that a job works on, and with which part.
fn subject(order: &Order) -> Option<(&str, Part)> {
    match order {
        Order::Snapshot(SnapshotOrder::Take { host }) => Some((host.as_str(), Part::Snapshot)),
        Order::Snapshot(SnapshotOrder::Archive { host, .. }) => Some((host.as_str(), Part::Archive)),
        Order::Snapshot(SnapshotOrder::MakeGolden { host, .. }) => Some((host.as_str(), Part::Golden)),
        Order::Snapshot(SnapshotOrder::Prune { host }) => Some((host.as_str(), Part::Cleanup)),
        Order::Plan(PlanOrder::Run { source: Source::Host(host), .. }) => Some((host.as_str(), Part::Snapshot)),
        Order::Plan(PlanOrder::Run { source: Source::HostArchive(host), .. }) => Some((host.as_str(), Part::Archive)),
        Order::Plan(PlanOrder::Run { source: Source::HostGolden(host), .. }) => Some((host.as_str(), Part::Golden)),
        _ => None,
    }
}

/// Whether a job works on this host.
pub fn is_about(job: &Job, host: &str) -> bool {
    subject(&job.order).is_some_and(|(name, _)| name == host)
}

/// Each host with its last work, of jobs of which the newest comes first. A host that was never worked on is absent.
pub fn hosts_of(jobs: &[Job]) -> BTreeMap<String, HostStatus> {
    let mut all: BTreeMap<String, Vec<(&Job, Part)>> = BTreeMap::new();
    for job in jobs {
        if let Some((host, part)) = subject(&job.order) {
            all.entry(host.to_owned()).or_default().push((job, part));
        }
    }
    all.into_iter().filter_map(|(host, own)| Some((host, of(&own)?))).collect()
}

fn of(own: &[(&Job, Part)]) -> Option<HostStatus> {
    // What runs comes before what is newest.
    let (job, part) = own.iter().find(|(job, _)| !job.state.is_over()).or(own.first())?;
    let results = results(own);
    let now = job.stage.and_then(|at| job.stages.get(at)).copied();
    let (status, error) = word(job);
    let (stage, stage_num) = if status == "ok" { ("done", STAGES) } else { part.stage(now) };
    let removed = results.pruned.as_ref().map_or(0, |pruned| pruned.others_deleted.len());
    Some(HostStatus {
        status,
        stage,
        stage_num,
        stage_total: STAGES,
        started: job.started_at.or(Some(job.queued_at)),
        finished: job.ended_at,
        hourly: results.taken.as_ref().map(hourly),
        tar: results.archived.as_ref().map(tar),
        snapshot: results.golden.and_then(|made| made.month.filter(|_| made.skipped.is_none())).map(|m| m.to_string()),
        archives_removed: removed,
        job_id: Some(job.id),
        warnings: job.warnings.len(),
        error,
    })
}

fn word(job: &Job) -> (&'static str, Option<String>) {
    let told = job.failure.as_ref().map(|failure| failure.message.clone());
    match job.state {
        JobState::Queued | JobState::Running => ("running", None),
        JobState::Success | JobState::Warning | JobState::Skipped => ("ok", None),
        JobState::Failed => ("failed", told),
        JobState::Interrupted => ("failed", Some("interrupted".to_owned())),
        JobState::Cancelled => ("cancelled", None),
    }
}

/// The newest result of each part.
fn results(own: &[(&Job, Part)]) -> Results {
    let mut found = Results::default();
    for (job, _) in own {
        let recalled = job.result.as_ref().and_then(|kept| Outcome::recall(&job.order, kept));
        match recalled {
            Some(Outcome::SnapshotTaken(taken)) => found.taken = found.taken.or(Some(*taken)),
            Some(Outcome::HostArchived(made)) => found.archived = found.archived.or(Some(made)),
            Some(Outcome::GoldenMade(made)) => found.golden = found.golden.or(Some(*made)),
            Some(Outcome::SnapshotsPruned(pruned)) => found.pruned = found.pruned.or(Some(pruned)),
            Some(Outcome::PlanRun(report)) => {
                found.taken = found.taken.or(report.snapshot);
                found.archived = found.archived.or(report.host_archive);
                found.golden = found.golden.or(report.golden);
            }
            _ => {}
        }
    }
    found
}

fn hourly(taken: &Taken) -> Hourly {
    let counts = &taken.counts;
    Hourly {
        name: taken.snapshot.to_string(),
        files: counts.files,
        new: counts.new,
        modified: counts.changed,
        deleted: counts.deleted,
        bytes: counts.bytes,
        added_bytes: counts.added_bytes,
        skipped: taken.skipped,
    }
}

fn tar(made: &HostArchived) -> Tar {
    Tar { name: made.name.as_ref().map(ToString::to_string), bytes: made.bytes, skipped: made.skipped.is_some() }
}

impl HostStatus {
    /// A host that was only asked whether it answers. Its earlier results stay.
    pub fn after_dry_run(before: Option<HostStatus>, tried: &Trial, at: Timestamp) -> HostStatus {
        let (status, error) = match tried {
            Trial::Running => ("dry_run", None),
            Trial::Answered => ("dry_run_ok", None),
            Trial::Failed(why) => ("failed", Some(why.clone())),
        };
        let finished = (*tried != Trial::Running).then_some(at);
        let empty = || HostStatus {
            status,
            stage: "rsync",
            stage_num: 1,
            stage_total: STAGES,
            started: None,
            finished: None,
            hourly: None,
            tar: None,
            snapshot: None,
            archives_removed: 0,
            job_id: None,
            warnings: 0,
            error: None,
        };
        HostStatus { status, error, finished, started: Some(at), job_id: None, ..before.unwrap_or_else(empty) }
    }
}
