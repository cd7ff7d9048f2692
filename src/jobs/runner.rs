//! One order from its start to its row in the history, whatever happens to it: success, failure,
//! cancel or a panic in the middle.
use std::any::Any;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::ending::Ending;
use super::shared::Shared;
use super::tell;
use super::watch::Watch;
use crate::destination::upload::Upload;
use crate::destination::upload_reader::UploadReader;
use crate::domain::failure::{Code, Failure};
use crate::domain::job::{JobId, JobState};
use crate::domain::monitor::{Monitor, Stage};
use crate::domain::order::Order;
use crate::work::outcome::{ArchivesPruned, Deleted, Outcome};
use crate::work::{
    Tools, copy, copy_plan, create, delete, destinations, import, inspect, nights, plan, restore, resume, snapshot,
    upload, verify,
};

/// Bytes that come from outside.
pub(super) enum Incoming {
    /// In one go; `expected` of them when known.
    Stream { expected: Option<u64>, input: Box<dyn Read + Send> },
    /// In pieces, into a file that stays until all is here.
    Upload { part: Box<Upload>, tail: UploadReader },
}

/// Runs a job of ours to its end and remembers how it ended.
pub(super) fn run(
    shared: &Shared,
    id: JobId,
    cancel: Arc<AtomicBool>,
    order: &Order,
    watcher: Option<&dyn Monitor>,
    incoming: Option<Incoming>,
) -> Result<Outcome, Failure> {
    crate::base::priority::step_aside();
    let watch = Watch::new(shared, id, cancel, watcher);
    let outcome = catch_unwind(AssertUnwindSafe(|| carry_out(&shared.tools(), order, incoming, &watch)))
        .unwrap_or_else(|panic| Err(after_panic(panic.as_ref())));
    watch.close();
    let (ending, answer) = match outcome {
        Ok(outcome) => {
            let finding = outcome.finding();
            let state = match &finding {
                Some(_) => JobState::Failed,
                None if watch.has_warned() => JobState::Warning,
                None => JobState::Success,
            };
            let (result, told) = (kept(&outcome), outcome.message().cloned());
            (Ending { state, result, failure: finding, told }, Ok(outcome))
        }
        // The owner did not ask for this end.
        Err(failure) if failure.code == Code::Cancelled && shared.is_stopping() => {
            (Ending::interrupted(), Err(failure))
        }
        Err(failure) => (Ending::failed(failure.clone()), Err(failure)),
    };
    finish(shared, id, &ending);
    shared.leave(id);
    answer
}

/// The result for the history. The work is done even when its result cannot be written down.
fn kept(outcome: &Outcome) -> Option<serde_json::Value> {
    serde_json::to_value(outcome).inspect_err(|e| tracing::error!("a result was not remembered: {e}")).ok()
}

/// Ends a job that could not even be begun.
pub(super) fn give_up(shared: &Shared, id: JobId, failure: &Failure) {
    finish(shared, id, &Ending::failed(failure.clone()));
    shared.leave(id);
}

/// Writes down how a job ended.
fn finish(shared: &Shared, id: JobId, ending: &Ending) {
    finish_in(&shared.tools(), id, ending);
}

pub(super) fn finish_in(tools: &Tools, id: JobId, ending: &Ending) {
    let now = (tools.now)().timestamp();
    let letters = tell::letters(tools, id, ending);
    let Ending { state, result, failure, .. } = ending;
    let done = tools.catalog.finish_job(id, *state, result.as_ref(), failure.as_ref(), &letters, now);
    if let Err(e) = done {
        tracing::error!("the end of job {id} was not remembered: {}", Failure::of(&e).message);
    }
}

/// One order, one verb.
fn carry_out(
    tools: &Tools,
    order: &Order,
    incoming: Option<Incoming>,
    monitor: &dyn Monitor,
) -> Result<Outcome, Failure> {
    let told = Failure::from;
    Ok(match order {
        Order::CreateConfig { sections, pause } => {
            Outcome::Created(create::config(tools, sections, *pause, monitor).map_err(told)?)
        }
        Order::CreateImages { nights } => Outcome::Created(create::images(tools, nights, monitor).map_err(told)?),
        Order::Import { file } => Outcome::Imported(import::import(tools, file, monitor).map_err(told)?),
        Order::Upload { file_name } => Outcome::Imported(take_in(tools, file_name, incoming, monitor)?),
        Order::Nights { wish } => {
            let report = nights::carry_out(tools, wish, monitor)?;
            Outcome::Nights(Box::new(report))
        }
        Order::Verify { name } => Outcome::Checked(verify::verify(tools, name, monitor).map_err(told)?),
        Order::Inspect { name } => Outcome::Checked(inspect::inspect(tools, name, monitor).map_err(told)?),
        Order::VerifyAll => Outcome::AllChecked(verify::verify_all(tools, monitor).map_err(told)?),
        Order::RunPlan { plan, source } => Outcome::PlanRun(Box::new(plan::run(tools, plan, source, monitor)?)),
        Order::CopyPlan { plan } => Outcome::PlanCopied(copy_plan::copy_plan(tools, plan, monitor).map_err(told)?),
        Order::PruneArchives { plan } => {
            let items = plan::prune_all(tools, plan.as_ref(), monitor).map_err(told)?;
            Outcome::ArchivesPruned(ArchivesPruned { items })
        }
        Order::Restore { ask } => Outcome::Restored(Box::new(restore::apply(tools, ask, monitor)?)),
        Order::RestoreNight { ask } => Outcome::NightRestored(Box::new(restore::night::apply(tools, ask, monitor)?)),
        Order::Undo { id } => Outcome::Undone(restore::undo(tools, id.as_deref(), monitor)?),
        Order::CopyArchive { name, from, to, original } => {
            Outcome::Copied(copy::copy(tools, name, &copy::Way { from, to }, *original, monitor).map_err(told)?)
        }
        Order::SetUpDrive { destination } => {
            Outcome::DriveSetUp(destinations::set_up::set_up_named(tools, destination, monitor)?)
        }
        Order::CheckDrive { destination } => {
            Outcome::DriveChecked(destinations::check::check_named(tools, destination, monitor)?)
        }
        Order::TakeSnapshot { host } => Outcome::SnapshotTaken(Box::new(snapshot::pull::take(tools, host, monitor)?)),
        Order::PruneSnapshots { host } => Outcome::SnapshotsPruned(snapshot::prune::prune(tools, host, monitor)?),
        Order::VerifySnapshot { host, snapshot } => {
            Outcome::SnapshotVerified(snapshot::verify::verify(tools, host, *snapshot, monitor)?)
        }
        Order::RestoreSnapshot { ask } => Outcome::GivenBack(snapshot::give_back::give_back(tools, ask, monitor)?),
        Order::Delete { name } => {
            monitor.stages(&[Stage::Delete]);
            monitor.stage(Stage::Delete);
            delete::delete(tools, name).map_err(told)?;
            Outcome::Deleted(Deleted { name: name.clone(), deleted: true })
        }
    })
}

fn take_in(
    tools: &Tools,
    file_name: &str,
    incoming: Option<Incoming>,
    monitor: &dyn Monitor,
) -> Result<upload::Imported, Failure> {
    let told = Failure::from;
    match incoming {
        Some(Incoming::Stream { expected, input }) => {
            upload::upload(tools, file_name, expected, input, monitor).map_err(told)
        }
        Some(Incoming::Upload { part, tail }) => resume::follow(tools, *part, tail, monitor).map_err(told),
        None => Err(Failure {
            code: Code::Failed,
            message: "the browser that sent this file is gone".into(),
            advice: "Upload it again.".into(),
        }),
    }
}

fn after_panic(panic: &(dyn Any + Send)) -> Failure {
    let words = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Failure {
        code: Code::Failed,
        message: format!("the program itself failed: {}", words.unwrap_or("no reason was given")),
        advice: "This is a mistake in the program: please report it with these words.".into(),
    }
}
