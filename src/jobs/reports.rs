//! Reports of runs: each run that is over is told once, by itself or with all others of its day.
//!
//! Invariant: a run is looked at after it is over, whoever ended it, and its report goes down in the step that marks
//! it. So a crash loses none, and the service and a terminal never both tell.
use jiff::{Timestamp, Zoned};

use super::alerts::tells_of;
use super::job_log::job_log;
use super::schedule::plans;
use crate::base::zip;
use crate::domain::alert::AlertKind;
use crate::domain::believable;
use crate::domain::channel::ChannelEvent;
use crate::domain::failure::Failure;
use crate::domain::job::{Job, JobState, Trigger};
use crate::domain::mail::Kind;
use crate::domain::mail::letter::{Attachment, Letter};
use crate::domain::mail::report::{ReportedRun, ReportedStep, RunResult, StepResult, message};
use crate::domain::notify::{ReportEvery, ReportWhen};
use crate::domain::plan::Plan;
use crate::domain::plan::schedule::Schedule;
use crate::domain::run::Run;
use crate::domain::turn::{Turn, step_of};
use crate::work::Tools;
use crate::work::alerts::{raise, raise_told, resolve, resolve_told};
use crate::work::mail::{is_on, origin, written};
use crate::work::notify::{self, Told};

/// More wait for the next look.
const MOST_RUNS: u32 = 200;
/// Newest runs that are looked through for those that have begun.
const RUNNING: u32 = 20;
/// Lines of a log that go along.
const LOG_LINES: u32 = 20_000;
/// Most that one attachment has; of a longer log its end is sent.
const LARGEST_ATTACHMENT: usize = 5 << 20;
/// Mail servers refuse more than some 25 MB, and a mail is a third larger than what is in it.
const MOST_ATTACHED: usize = 15 << 20;

/// Puts down the reports that are owed now. A run of which nobody wants to hear counts as told.
pub fn put_down(tools: &Tools) -> Result<(), Failure> {
    let now = (tools.now)();
    let mut of_day = Vec::new();
    let over = tools.catalog.runs_to_report(MOST_RUNS)?;
    tell_begun(tools)?;
    let plans = plans(tools);
    for run in &over {
        let plan = plans.iter().find(|plan| plan.name == run.plan);
        judge(tools, plan, run)?;
        tell_ended(tools, run)?;
        match turn_of(tools, plan, run, &now) {
            ReportTurn::Later => continue,
            _ if !is_wanted(tools, plan, run)? => {
                tools.catalog.put_report(&[run.id], &[], now.timestamp())?;
            }
            ReportTurn::Now => put_one(tools, &[run])?,
            ReportTurn::WithOthers => of_day.push(run),
        }
    }
    if of_day.is_empty() { Ok(()) } else { put_one(tools, &of_day) }
}

enum ReportTurn {
    Now,
    WithOthers,
    Later,
}

/// When `run` is told. What ended after the newest moment of daily reports waits for the next one.
fn turn_of(tools: &Tools, plan: Option<&Plan>, run: &Run, now: &Zoned) -> ReportTurn {
    if !is_on(tools) || plan.is_none_or(|plan| plan.report_every(now) == ReportEvery::Run) {
        return ReportTurn::Now;
    }
    let moment = Schedule::Daily(tools.notify.report_at).latest(now).map(|at| at.timestamp());
    let ended = run.ended_at.unwrap_or(run.queued_at);
    let is_believed = !believable::is_ahead(ended, now.timestamp());
    match moment {
        Some(moment) if is_believed && ended > moment => ReportTurn::Later,
        _ => ReportTurn::WithOthers,
    }
}

/// Nights tell of themselves, and what an alert tells is no problem once more.
fn is_wanted(tools: &Tools, plan: Option<&Plan>, run: &Run) -> Result<bool, Failure> {
    if !is_on(tools) || run.plan.is_nights() {
        return Ok(false);
    }
    let standard = tools.notify.report;
    let when = plan.map_or(standard, |plan| plan.report_when(standard));
    let is_problem = matches!(run.state, JobState::Failed | JobState::Warning | JobState::Interrupted);
    let is_seen = run.trigger == Trigger::Hand && !tools.notify.jobs_by_hand;
    Ok(match when {
        ReportWhen::Never => false,
        ReportWhen::Always => true,
        ReportWhen::OnProblem => is_problem && !is_seen && !is_told_by_alerts(tools, run)?,
    })
}

fn is_told_by_alerts(tools: &Tools, run: &Run) -> Result<bool, Failure> {
    let jobs = tools.catalog.jobs_of_run(run.id)?;
    let mut bad = jobs.iter().filter(|job| job.state.is_bad()).peekable();
    let is_told = |job: &Job| job.failure.as_ref().is_some_and(|failure| tells_of(tools, &job.order, failure));
    Ok(bad.peek().is_some() && bad.all(is_told))
}

/// One mail about `runs`.
fn put_one(tools: &Tools, runs: &[&Run]) -> Result<(), Failure> {
    let mut attached = Attached::default();
    let mut told = Vec::new();
    for run in runs {
        let jobs = tools.catalog.jobs_of_run(run.id)?;
        jobs.iter().for_each(|job| attached.add_log_of(tools, run, job));
        told.push(reported(tools, run, jobs)?);
    }
    let worst = told.iter().map(|run| run.result).max();
    let kind = if worst == Some(RunResult::Failed) { Kind::ReportOfFailure } else { Kind::Report };
    let ids: Vec<_> = runs.iter().map(|run| run.id).collect();
    let occasion = ids.iter().max().map(ToString::to_string).unwrap_or_default();
    let letter = written(tools, kind, &occasion, message(&origin(tools), &told, &attached.notes), attached.files);
    tools.catalog.put_report(&ids, &[letter], (tools.now)().timestamp())?;
    Ok(())
}

/// Tells channels of a run that is over, at once: a watchman who expects a sign every hour must not wait for the mail
/// of the day. Each letter has the run in its occasion, so that a crash before the run counts as told repeats none.
fn tell_ended(tools: &Tools, run: &Run) -> Result<(), Failure> {
    let is_good = matches!(run.state, JobState::Success | JobState::Warning | JobState::Skipped);
    let end = match run.state {
        JobState::Cancelled => None,
        _ if is_good => Some(ChannelEvent::Success),
        _ => Some(ChannelEvent::Failed),
    };
    let (id, plan) = (run.id.to_string(), run.plan.to_string());
    let title = format!("Plan {plan}: {}", run.state.word());
    let about = |event, text: &str| {
        let run = Some((plan.clone(), id.clone()));
        notify::letters(tools, &Told { event, occasion: &id, title: &title, text, run })
    };
    let text = format!("Plan {plan} ended with: {}.", run.state.word());
    let mut letters = end.map(|event| about(event, &text)).unwrap_or_default();
    // A report is drawn only where somebody hears of it who has not yet.
    if !all_known(tools, &about(ChannelEvent::Report, ""))? {
        let told = reported(tools, run, tools.catalog.jobs_of_run(run.id)?)?;
        letters.extend(about(ChannelEvent::Report, &message(&origin(tools), &[told], &[]).text));
    }
    queue_new(tools, &letters)
}

/// Tells channels of runs that have begun.
fn tell_begun(tools: &Tools) -> Result<(), Failure> {
    if tools.notify.channels.iter().all(|channel| !channel.hears(ChannelEvent::Started)) {
        return Ok(());
    }
    for run in tools.catalog.runs(None, RUNNING)?.iter().filter(|run| run.state == JobState::Running) {
        let (id, plan) = (run.id.to_string(), run.plan.to_string());
        let (title, text) = (format!("Plan {plan} began"), format!("Plan {plan} began."));
        let event = ChannelEvent::Started;
        let told = Told { event, occasion: &id, title: &title, text: &text, run: Some((plan, id.clone())) };
        queue_new(tools, &notify::letters(tools, &told))?;
    }
    Ok(())
}

/// Whether every occasion of `letters` is in the outbox already.
fn all_known(tools: &Tools, letters: &[Letter]) -> Result<bool, Failure> {
    for letter in letters {
        if tools.catalog.letter(&letter.occasion)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Looks first: this is asked every few seconds, and nearly always nothing is new.
fn queue_new(tools: &Tools, letters: &[Letter]) -> Result<(), Failure> {
    for letter in letters {
        if tools.catalog.letter(&letter.occasion)?.is_none() {
            tools.catalog.queue_letter(letter, (tools.now)().timestamp())?;
        }
    }
    Ok(())
}

/// A plan whose newest run failed is an alert until one goes well. What somebody does by hand is seen by him.
fn judge(tools: &Tools, plan: Option<&Plan>, run: &Run) -> Result<(), Failure> {
    let newest = tools.catalog.runs(Some(&run.plan), 1)?;
    if newest.first().is_none_or(|newest| newest.id != run.id) {
        return Ok(());
    }
    let name = run.plan.as_str();
    let is_told =
        run.plan.is_nights() || plan.is_some_and(|plan| plan.tells_each_run(tools.notify.report, &(tools.now)()));
    match run.state {
        JobState::Success | JobState::Warning | JobState::Skipped => {
            let resolve = if is_told { resolve_told } else { resolve };
            resolve(tools, AlertKind::PlanFailed, name);
            resolve(tools, AlertKind::PlanOverdue, name);
        }
        JobState::Failed | JobState::Interrupted
            if run.trigger != Trigger::Hand
                && tools.catalog.alert(AlertKind::PlanFailed, name)?.is_none()
                && !is_told_by_alerts(tools, run)? =>
        {
            let jobs = tools.catalog.jobs_of_run(run.id)?;
            let why = jobs.iter().find_map(|job| job.failure.as_ref()).map(|failure| failure.message.clone());
            let why = why.unwrap_or_else(|| "no reason was told".to_owned());
            // Its report tells it by mail, unless that comes with those of a whole day.
            let is_told = is_told || plan.is_none_or(|plan| plan.report_every(&(tools.now)()) == ReportEvery::Run);
            let raise = if is_told { raise_told } else { raise };
            raise(tools, AlertKind::PlanFailed, name, &format!("plan {name} failed: {why}"));
        }
        _ => {}
    }
    Ok(())
}

/// `run` with its `jobs`, as mails and messages tell it.
fn reported(tools: &Tools, run: &Run, jobs: Vec<Job>) -> Result<ReportedRun, Failure> {
    let zone = (tools.now)().time_zone().clone();
    let zoned = |at: Timestamp| at.to_zoned(zone.clone());
    let end = run.ended_at.unwrap_or(run.queued_at);
    let mut steps: Vec<ReportedStep> = Vec::new();
    for job in &jobs {
        let (result, name) = (result_of(job), step_of(&job.order));
        let (start, end) = (job.started_at.map(zoned), job.ended_at.filter(|_| job.started_at.is_some()).map(zoned));
        steps.push(ReportedStep { name, result, start, end, remark: remark(job) });
    }
    add_steps_of_plan(tools, run, &mut steps);
    let last = tools.catalog.last_success(run)?;
    Ok(ReportedRun {
        plan: run.plan.to_string(),
        result: match run.state {
            JobState::Failed | JobState::Interrupted => RunResult::Failed,
            JobState::Warning | JobState::Cancelled => RunResult::Warning,
            _ => RunResult::Ok,
        },
        trigger: match run.trigger {
            Trigger::Hand => "by hand",
            Trigger::Schedule => "by schedule",
            Trigger::CatchUp => "caught up",
        },
        start: run.started_at.map(zoned),
        end: run.ended_at.map(zoned),
        days_since_last_success: last.map(|at| believable::passed(at, end).as_hours() / 24),
        steps,
        warnings: jobs.into_iter().flat_map(|job| job.warnings).collect(),
    })
}

fn result_of(job: &Job) -> StepResult {
    match job.state {
        JobState::Success => StepResult::Ok,
        JobState::Warning => StepResult::Warning,
        JobState::Skipped => StepResult::Skipped,
        JobState::Failed | JobState::Interrupted => StepResult::Failed,
        JobState::Cancelled if job.started_at.is_some() => StepResult::Skipped,
        JobState::Cancelled | JobState::Queued | JobState::Running => StepResult::NotReached,
    }
}

/// Why a step is not what it should be, how far it came, and what to do.
fn remark(job: &Job) -> Option<String> {
    if job.state == JobState::Cancelled {
        return Some("cancelled by its owner".to_owned());
    }
    let failure = job.failure.as_ref()?;
    let stage = job.stage.and_then(|at| job.stages.get(at));
    let at = stage.map(|stage| format!("{}: ", stage.label())).unwrap_or_default();
    Some(format!("{at}{}. {}", failure.message, failure.advice))
}

/// Steps that the plan has and that this run leaves out: one that only brings copies makes nothing anew.
fn add_steps_of_plan(tools: &Tools, run: &Run, steps: &mut Vec<ReportedStep>) {
    let Some(plan) = tools.plans.iter().find(|plan| plan.name == run.plan) else { return };
    let all: Vec<String> = Turn::of(plan, run.id).orders.iter().map(step_of).collect();
    for name in &all {
        if steps.iter().all(|step| step.name != *name) {
            let (result, remark) = (StepResult::Skipped, Some("not a part of this run".to_owned()));
            steps.push(ReportedStep { name: name.clone(), result, start: None, end: None, remark });
        }
    }
    steps.sort_by_key(|step| all.iter().position(|name| *name == step.name));
}

/// Logs that go along.
#[derive(Default)]
struct Attached {
    files: Vec<Attachment>,
    notes: Vec<String>,
}

impl Attached {
    /// The log of a step that failed.
    fn add_log_of(&mut self, tools: &Tools, run: &Run, job: &Job) {
        if result_of(job) != StepResult::Failed {
            return;
        }
        let mut log = job_log(tools, job.id, (tools.now)().time_zone(), LOG_LINES);
        log.extend(job.failure.iter().map(|failure| format!("failed: {}", failure.message)));
        let name = step_of(&job.order).replace(' ', "-");
        self.add(&format!("{}_{name}.log", run.plan), log.join("\n") + "\n");
    }

    /// The end of `log`, packed.
    fn add(&mut self, name: &str, log: String) {
        let name = zip::plain(name);
        let most = LARGEST_ATTACHMENT - zip::OVERHEAD_BYTES;
        let from = log.len().saturating_sub(most);
        let tail = &log.as_bytes()[from..];
        // The first line of a part may be half a line.
        let tail = match tail.iter().position(|byte| *byte == b'\n') {
            Some(at) if from > 0 => &tail[at + 1..],
            _ => tail,
        };
        let so_far: usize = self.files.iter().map(|file| file.bytes.len()).sum();
        match zip::of_one_file(&name, tail) {
            Ok(bytes) if so_far + bytes.len() <= MOST_ATTACHED => {
                let has_name = |file: &Attachment| file.name.starts_with(&name);
                let number = self.files.iter().filter(|file| has_name(file)).count();
                let more = if number > 0 { format!(".{}", number + 1) } else { String::new() };
                self.files.push(Attachment { name: format!("{name}{more}.zip"), bytes });
            }
            _ => self.notes.push(format!("{name} does not fit into this mail. The page of the job shows it.")),
        }
    }
}
