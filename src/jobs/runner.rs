//! One order from its start to its row in the history, whatever happens to it: success, failure,
//! cancel or a panic in the middle.
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::carry_out::{Incoming, carry_out};
use super::ending::Ending;
use super::shared::Shared;
use super::tell;
use super::watch::Watch;
use super::way::way;
use super::{CommandLine, alerts};
use crate::domain::failure::{Code, Failure};
use crate::domain::job::{JobId, JobState};
use crate::domain::monitor::Monitor;
use crate::domain::order::Order;
use crate::domain::run_needs;
use crate::work::Tools;
use crate::work::outcome::{LeftOut, Outcome};

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
    let tools = shared.tools();
    note(tools.catalog.note_way(id, &way(order, &tools)));
    let outcome = match left_out(&tools, id, order) {
        Some(left_out) => Ok(Outcome::LeftOut(LeftOut { left_out })),
        None => catch_unwind(AssertUnwindSafe(|| carry_out(&tools, order, incoming, &watch)))
            .unwrap_or_else(|panic| Err(after_panic(panic.as_ref()))),
    };
    if let Err(failure) = &outcome {
        watch.log(&failure.message);
    }
    watch.close();
    let (ending, answer) = match outcome {
        Ok(outcome) => {
            let finding = outcome.finding();
            let state = match &finding {
                Some(_) => JobState::Failed,
                None if watch.has_warned() => JobState::Warning,
                None if outcome.is_nothing() => JobState::Skipped,
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
    if let Some(code) = answer.as_ref().ok().and_then(Outcome::exit_code) {
        note(tools.catalog.note_exit(id, code));
    }
    finish(shared, id, &ending);
    alerts::after(&shared.tools(), order, answer.as_ref(), ending.failure.as_ref());
    shared.leave(id);
    answer
}

/// The work matters more than what is noted of it.
fn note(noted: Result<(), crate::catalog::Error>) {
    noted.unwrap_or_else(|error| tracing::error!("{}", Failure::of(&error).message));
}

/// Why a part of a run is not begun. What cannot be looked up now is begun.
fn left_out(tools: &Tools, id: JobId, order: &Order) -> Option<String> {
    let run = tools.catalog.job(id).ok()??.run?;
    let parts = tools.catalog.jobs_of_run(run).ok()?;
    let parts: Vec<_> = parts.into_iter().map(|job| (job.order, job.state)).collect();
    run_needs::left_out(order, &parts)
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
    finish_in(&shared.tools(), shared.command, id, ending);
}

pub(super) fn finish_in(tools: &Tools, command: CommandLine, id: JobId, ending: &Ending) {
    let now = (tools.now)().timestamp();
    let letters = tell::letters(tools, command, id, ending);
    let Ending { state, result, failure, .. } = ending;
    let done = tools.catalog.finish_job(id, *state, result.as_ref(), failure.as_ref(), &letters, now);
    if let Err(e) = done {
        tracing::error!("the end of job {id} was not remembered: {}", Failure::of(&e).message);
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
