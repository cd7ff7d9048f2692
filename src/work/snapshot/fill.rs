//! Fills the folder of a new snapshot: one thread walks and plans, a thread for each core links, copies and reads, and
//! the caller records what was done in the order of the walk.
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::sync::atomic::Ordering;
use std::sync::mpsc::SyncSender;

use super::Error;
use super::base::Times;
use super::findings::Findings;
use super::several_names::SeveralNames;
use super::step_record::{Recorder, writing};
use super::step_work::{Gauge, Worker};
use super::steps::{Plan, Step, Worked};
use crate::base::ordered;
use crate::base::tree::open_path::OpenPath;
use crate::destination::manifest::ManifestWriter;
use crate::destination::snapshots::partial::Partial;
use crate::domain::monitor::Monitor;
use crate::domain::snapshot::counts::Counts;

/// Whether several names of one file stay names of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HardLinks {
    Kept,
    NotKept,
}

/// What was recorded.
pub(super) struct Recorded {
    pub counts: Counts,
    pub findings: Findings,
    pub manifest: ManifestWriter,
}

/// Does what `plan` plans, and gives what it gave. `counts` and `findings` are what is known before; `total` is what is to
/// be done, as far as that is known.
pub(super) fn fill<P: Send>(
    partial: &Partial<'_>,
    (counts, findings): (Counts, Findings),
    (times, total): (Times, &Counts),
    monitor: &dyn Monitor,
    plan: impl FnOnce(&mut Plan<'_>) -> Result<P, Error> + Send,
) -> Result<(Recorded, P), Error> {
    let manifest = partial.manifest().and_then(ManifestWriter::new).map_err(writing())?;
    let top: OwnedFd = partial.tree().as_fd().try_clone_to_owned()?;
    let gauge = Gauge::default();
    let worker = || Worker { times, gauge: &gauge, total, monitor };
    let mut recorder = Recorder {
        top: partial.tree().as_fd(),
        to: OpenPath::new(top)?,
        path: Vec::new(),
        manifest,
        names: SeveralNames::default(),
        counts,
        findings,
        worker: worker(),
    };
    let work = || {
        let worker = worker();
        move |steps: Vec<Step>, to: &SyncSender<Worked>| {
            let done = worker.all(steps);
            let failed = done.is_err();
            if to.send(done).is_err() || failed { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    };
    let plan = |tasks: &ordered::Tasks<Vec<Step>, Worked>| {
        let mut steps = Plan::new(tasks);
        let planned = plan(&mut steps)?;
        steps.flush()?;
        Ok::<P, Error>(planned)
    };
    let (recorded, planned) = ordered::run(1, work, plan, |done| {
        let recorded = recorder.take(done.iter());
        // A large file that is still copied is for nothing then.
        gauge.stop.store(recorded.is_err(), Ordering::Relaxed);
        recorded
    });
    // What went wrong at work is why nothing more could be planned.
    recorded?;
    let planned = planned?;
    let Recorder { manifest, counts, findings, .. } = recorder;
    Ok((Recorded { counts, findings, manifest }, planned))
}
