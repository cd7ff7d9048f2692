//! The hooks of one time in a run, as a job of it. Each hook runs once: a job that was begun is never begun again,
//! whatever ended it.
use super::call::call;
use super::report::HooksReport;
use super::surroundings::Surroundings;
use crate::domain::failure::{Code, Failure};
use crate::domain::job::{Job, JobState};
use crate::domain::monitor::{Cancelled, Monitor, Stage};
use crate::domain::plan::Plan;
use crate::domain::plan::hook::{Hook, HookEvent, HookTime, OnError};
use crate::domain::plan::name::PlanName;
use crate::domain::run::{counted_as, state_of};
use crate::domain::run_id::RunId;
use crate::domain::turn::{Part, part};
use crate::work::{Tools, plan};

/// Runs the hooks of `name` that have their turn at `time` of the run `id`.
pub fn run_hooks(
    tools: &Tools,
    name: &PlanName,
    (id, time): (RunId, HookTime),
    monitor: &dyn Monitor,
) -> Result<HooksReport, Failure> {
    let plan = plan::named(tools, name).map_err(|_| gone(name, time))?;
    let parts: Vec<Job> = tools.catalog.jobs_of_run(id)?.into_iter().filter(is_before_the_end).collect();
    let states: Vec<JobState> = parts.iter().map(|job| counted_as(&job.order, job.state)).collect();
    let state = if time == HookTime::Before { JobState::Running } else { state_of(&states) };
    let event = match time {
        HookTime::Before => Some(HookEvent::Before),
        HookTime::Ending => HookEvent::of_ending(state),
        HookTime::Finally => Some(HookEvent::Finally),
    };
    let told = Surroundings::of(plan, id, &parts, state);
    let wanted: Vec<&Hook> = plan.hooks.iter().filter(|hook| Some(hook.on) == event).collect();
    let mut report = all(plan, &wanted, &told, monitor)?;
    if wanted.is_empty() {
        report.nothing = Some(format!("no hook is for a run that ended like this: {}", state.word()));
    }
    Ok(report)
}

/// Runs `wanted` one after the other. Behind a run, one that fails keeps no other from its turn.
pub(super) fn all(
    plan: &Plan,
    wanted: &[&Hook],
    told: &Surroundings,
    monitor: &dyn Monitor,
) -> Result<HooksReport, Failure> {
    let (plan, hooks, warnings) = (plan.name.clone(), Vec::new(), Vec::new());
    let mut report = HooksReport { plan, hooks, nothing: None, failure: None, warnings };
    monitor.stages(&vec![Stage::Hook; wanted.len()]);
    for hook in wanted {
        monitor.stage(Stage::Hook);
        let called = call(hook, told, monitor).map_err(|Cancelled| cancelled(hook))?;
        if called.says_skip() {
            report.nothing = Some(format!("the hook {} wants no run now", called.program));
            report.hooks.push(called);
            return Ok(report);
        }
        if let Some(wrong) = &called.wrong {
            let message = format!("the {} hook {} failed: {wrong}", hook.on.word(), called.program);
            match hook.failure_means() {
                OnError::Warn => {
                    monitor.warn(message.clone());
                    report.warnings.push(message);
                }
                OnError::Fail => {
                    monitor.log(&message);
                    report.failure.get_or_insert(failed(message));
                }
            }
        }
        report.hooks.push(called);
        if hook.on == HookEvent::Before && report.failure.is_some() {
            break;
        }
    }
    Ok(report)
}

fn is_before_the_end(job: &Job) -> bool {
    part(&job.order).is_none_or(|part| part < Part::Ending)
}

fn failed(message: String) -> Failure {
    let advice =
        "`allsky-backups jobs log ID` shows what it said; try it with `plans run NAME --dry-run --with-hooks`.";
    Failure { code: Code::Failed, message, advice: advice.to_owned() }
}

fn cancelled(hook: &Hook) -> Failure {
    Failure {
        code: Code::Cancelled,
        message: format!("the {} hook was cancelled, and was ended with all that it had started", hook.on.word()),
        advice: "Do by hand what it would have done.".to_owned(),
    }
}

/// Somebody took the plan out of the file while it ran.
fn gone(name: &PlanName, time: HookTime) -> Failure {
    Failure {
        code: Code::NotFound,
        message: format!("plan {name} is no longer in the configuration, so its hooks {} did not run", time.words()),
        advice: "Do by hand what they would have done.".to_owned(),
    }
}
