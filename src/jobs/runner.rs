//! One order from its start to its row in the history, whatever happens to it: success, failure,
//! cancel or a panic in the middle.
use std::any::Any;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::Value;

use super::ending::Ending;
use super::watch::Watch;
use super::{Shared, tell};
use crate::destination::part::Part;
use crate::destination::tail::Tail;
use crate::domain::failure::{Code, Failure};
use crate::domain::job::{JobId, JobState};
use crate::domain::mail::Message;
use crate::domain::monitor::Monitor;
use crate::domain::order::Order;
use crate::work::verify::Checked;
use crate::work::{Tools, create, delete, import, inspect, nights, plan, restore, resume, upload, verify};

/// Bytes that come from outside.
pub(super) enum Incoming {
    /// In one go; `expected` of them when known.
    Stream { expected: Option<u64>, input: Box<dyn Read + Send> },
    /// In pieces, into a file that stays until all is here.
    Part { part: Box<Part>, tail: Tail },
}

/// What the work gave back.
struct Outcome {
    value: Value,
    /// The archive is damaged: the order was carried out, and is no success.
    finding: Option<Failure>,
    /// A message of its own that goes to the owner.
    told: Option<Message>,
}

/// Runs a job of ours to its end and remembers how it ended. The value is what the terminal prints.
pub(super) fn run(
    shared: &Shared,
    id: JobId,
    cancel: Arc<AtomicBool>,
    order: &Order,
    watcher: Option<&dyn Monitor>,
    incoming: Option<Incoming>,
) -> Result<Value, Failure> {
    crate::base::priority::step_aside();
    let watch = Watch::new(shared, id, cancel, watcher);
    let outcome = catch_unwind(AssertUnwindSafe(|| carry_out(&shared.tools(), order, incoming, &watch)))
        .unwrap_or_else(|panic| Err(after_panic(panic.as_ref())));
    watch.close();
    let (ending, answer) = match outcome {
        Ok(Outcome { value, finding, told }) => {
            let state = match &finding {
                Some(_) => JobState::Failed,
                None if watch.has_warned() => JobState::Warning,
                None => JobState::Success,
            };
            (Ending { state, result: Some(value.clone()), failure: finding, told }, Ok(value))
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

/// Writes down how a job ended.
pub(super) fn finish(shared: &Shared, id: JobId, ending: &Ending) {
    finish_in(&shared.tools(), id, ending);
}

pub(super) fn finish_in(tools: &Tools, id: JobId, ending: &Ending) {
    let now = (tools.now)().timestamp();
    let letters = tell::letters(tools, id, ending);
    let Ending { state, result, failure, .. } = ending;
    let done = tools.catalog.finish_job(id, *state, result.as_ref(), failure.as_ref(), &letters, now);
    if let Err(e) = done {
        tracing::error!("the end of job {id} was not remembered: {}", Failure::from(&e).message);
    }
}

fn carry_out(
    tools: &Tools,
    order: &Order,
    incoming: Option<Incoming>,
    monitor: &dyn Monitor,
) -> Result<Outcome, Failure> {
    let told = |e: crate::work::Error| Failure::from(&e);
    match order {
        Order::CreateConfig { sections, pause } => {
            plain(&create::config(tools, sections, *pause, monitor).map_err(told)?)
        }
        Order::CreateImages { nights } => plain(&create::images(tools, nights, monitor).map_err(told)?),
        Order::Import { file } => plain(&import::import(tools, file, monitor).map_err(told)?),
        Order::Upload { file_name } => match incoming {
            Some(Incoming::Stream { expected, input }) => {
                plain(&upload::upload(tools, file_name, expected, input, monitor).map_err(told)?)
            }
            Some(Incoming::Part { part, tail }) => plain(&resume::follow(tools, *part, tail, monitor).map_err(told)?),
            None => Err(Failure {
                code: Code::Failed,
                message: "the browser that sent this file is gone".into(),
                advice: "Upload it again.".into(),
            }),
        },
        Order::Nights { wish } => {
            let report = nights::carry_out(tools, wish, monitor).map_err(|e| Failure::from(&e))?;
            let outcome = plain(&report)?;
            Ok(Outcome { finding: report.failure, told: report.told, ..outcome })
        }
        Order::Verify { name } => checked(verify::verify(tools, name, monitor).map_err(told)?),
        Order::Inspect { name } => checked(inspect::inspect(tools, name, monitor).map_err(told)?),
        Order::VerifyAll => {
            let all = verify::verify_all(tools, monitor).map_err(told)?;
            Ok(Outcome { finding: all.iter().filter(|one| !one.is_no_alarm()).find_map(damage), ..plain(&all)? })
        }
        Order::RunPlan { plan, source } => plain(&plan::run(tools, plan, *source, monitor).map_err(told)?),
        Order::PruneArchives { plan } => {
            let items = plan::prune_all(tools, plan.as_ref(), monitor).map_err(told)?;
            plain(&serde_json::json!({ "items": items }))
        }
        Order::Restore { ask } => plain(&restore::apply(tools, ask, monitor)?),
        Order::RestoreNight { ask } => plain(&restore::night::apply(tools, ask, monitor)?),
        Order::Undo { id } => plain(&restore::undo(tools, id.as_deref(), monitor)?),
        Order::Delete { name } => {
            monitor.stages(&[crate::domain::monitor::Stage::Delete]);
            monitor.stage(crate::domain::monitor::Stage::Delete);
            delete::delete(tools, name).map_err(told)?;
            plain(&serde_json::json!({ "name": name, "deleted": true }))
        }
    }
}

fn plain(value: &impl serde::Serialize) -> Result<Outcome, Failure> {
    let value = serde_json::to_value(value).map_err(|e| Failure {
        code: Code::Failed,
        message: format!("the result could not be written as JSON: {e}"),
        advice: "The work itself is done; look at the list of archives.".into(),
    })?;
    Ok(Outcome { value, finding: None, told: None })
}

fn checked(checked: Checked) -> Result<Outcome, Failure> {
    Ok(Outcome { finding: damage(&checked), ..plain(&checked)? })
}

fn damage(checked: &Checked) -> Option<Failure> {
    (!checked.ok).then(|| Failure {
        code: Code::Damaged,
        message: format!("{}: {}", checked.name, checked.error.as_deref().unwrap_or("it is damaged")),
        advice: "Do not rely on this archive: make a new one, and have an eye on the disk.".into(),
    })
}

fn after_panic(panic: &(dyn Any + Send)) -> Failure {
    let words = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Failure {
        code: Code::Failed,
        message: format!("the program itself failed: {}", words.unwrap_or("no reason was given")),
        advice: "This is a mistake in the program: please report it with these words.".into(),
    }
}
