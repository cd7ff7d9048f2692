//! What runs by itself, in its turn. A turn that was missed while the machine was off, or while the
//! drive was not there, is caught up once.
//!
//! Invariant: a turn is written down before its run is queued, so that a crash repeats nothing.
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::shared::Shared;
use crate::catalog::{EventKind, LastTurn};
use crate::domain::destination::DestinationName;
use crate::domain::failure::{Code, Failure};
use crate::domain::job::{Job, JobState, Trigger};
use crate::domain::order::{Order, PlanOrder};
use crate::domain::plan::Plan;
use crate::domain::plan::due::{Due, due};
use crate::domain::plan::hook::HookEvent;
use crate::domain::plan::name::PlanName;
use crate::domain::plan::schedule::Schedule;
use crate::domain::plan::sentence::sentence;
use crate::domain::run::Run;
use crate::domain::run_id::RunId;
use crate::domain::turn::Turn;
use crate::work::Tools;
use crate::work::outcome::Outcome;

const LOOK_EVERY: Duration = Duration::from_secs(20);
/// How often a drive that was missing is looked for.
const DRIVE_EVERY: Duration = Duration::from_secs(600);
/// Turns that are told ahead.
const COMING: usize = 5;
/// Newest runs that are looked through for one of a turn; the others were started by hand.
const RUNS: u32 = 50;
/// Jobs that are looked through for the last copies.
const HISTORY: u32 = 400;
/// A turn that begins later than this was missed.
const ON_TIME: SignedDuration = SignedDuration::from_mins(10);

/// What a plan does and when, for lists and pages.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Scheduled {
    pub plan: PlanName,
    /// All of it in words.
    pub sentence: String,
    pub schedule: Schedule,
    /// `11:30`, when it runs every day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily: Option<String>,
    /// `None` while `why_not` says why.
    pub next: Option<Timestamp>,
    /// The next five turns; none where there is no next one.
    pub coming: Vec<Timestamp>,
    pub last: Option<Timestamp>,
    pub last_state: Option<JobState>,
    pub last_run: Option<RunId>,
    /// The last run found no drive; it is caught up when the drive is back.
    pub waiting_for_drive: bool,
    pub paused: bool,
    /// Events that have hooks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<HookEvent>,
    /// Where all that it keeps is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// Why it does not run by itself.
    pub why_not: Option<&'static str>,
}

/// Whether a plan has its turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    Pause,
    Resume,
}

/// The nights, when they have a time of day, and all plans of the owner.
pub(super) fn plans(tools: &Tools) -> Vec<Plan> {
    let nights = tools.nights.settings.schedule.0.map(Plan::nights);
    nights.into_iter().chain(tools.plans.iter().cloned()).collect()
}

/// All that runs by itself, the nights first.
pub fn scheduled(tools: &Tools) -> Result<Vec<Scheduled>, Failure> {
    plans(tools).into_iter().map(|plan| of_plan(tools, plan)).collect()
}

fn of_plan(tools: &Tools, plan: Plan) -> Result<Scheduled, Failure> {
    let turn = tools.catalog.turn(plan.name.as_str())?;
    let paused = turn.is_some_and(|turn| turn.is_paused);
    let why_not = if plan.name.is_nights() && tools.nights.drive.is_none() {
        Some("no drive is configured for nights")
    } else if !plan.enabled {
        Some("turned off in the configuration")
    } else {
        paused.then_some("paused by its owner")
    };
    let last = last_run(tools, &plan.name)?;
    let waits = plan.name.is_nights() && why_not.is_none();
    let waiting_for_drive = waits && last.as_ref().is_some_and(|run| missed_its_drive(tools, run));
    let coming: Vec<Timestamp> = match why_not {
        None => plan.schedule.coming(&(tools.now)(), COMING).iter().map(|at| at.timestamp()).collect(),
        Some(_) => Vec::new(),
    };
    Ok(Scheduled {
        sentence: sentence(&plan),
        daily: match &plan.schedule {
            Schedule::Daily(daily) => Some(String::from(*daily)),
            _ => None,
        },
        next: coming.first().copied(),
        coming,
        last: last.as_ref().and_then(|run| run.started_at),
        last_state: last.as_ref().map(|run| run.state),
        last_run: last.map(|run| run.id),
        waiting_for_drive,
        paused,
        hooks: hooks_of(&plan),
        remote: plan.remote.as_ref().map(|remote| remote.target.to_string()),
        why_not,
        schedule: plan.schedule,
        plan: plan.name,
    })
}

/// Each event once, in the order of the file.
fn hooks_of(plan: &Plan) -> Vec<HookEvent> {
    let mut events = Vec::new();
    for hook in &plan.hooks {
        if !events.contains(&hook.on) {
            events.push(hook.on);
        }
    }
    events
}

fn last_run(tools: &Tools, plan: &PlanName) -> Result<Option<Run>, Failure> {
    Ok(tools.catalog.runs(Some(plan), 1)?.pop())
}

/// Turns that pass while a plan is paused are not caught up.
pub fn switch(tools: &Tools, plan: &PlanName, switch: Switch) -> Result<(), Failure> {
    if !plan.is_nights() && tools.plans.iter().all(|known| known.name != *plan) {
        return Err(Failure::of(&crate::work::Error::NoPlan(plan.clone())));
    }
    let turn = LastTurn { at: (tools.now)().timestamp(), is_paused: switch == Switch::Pause };
    tools.catalog.put_turn(plan.as_str(), turn)?;
    let kind = EventKind::Plan { plan: plan.clone(), paused: turn.is_paused };
    tools.catalog.tell(&kind, turn.at)?;
    Ok(())
}

/// Until the program ends.
pub(super) fn keep(shared: &Shared) {
    let mut looked = Looked::default();
    while !shared.is_stopping() {
        look(shared, &mut looked);
        let until = Instant::now() + LOOK_EVERY;
        while !shared.is_stopping() && Instant::now() < until {
            let seen = shared.changes();
            shared.wait_for_change(seen, until.saturating_duration_since(Instant::now()));
        }
    }
}

/// Queues what is owed now. A plan that cannot be looked at holds up no other.
pub(super) fn look(shared: &Shared, looked: &mut Looked) {
    let tools = shared.tools();
    for plan in plans(&tools) {
        let owed = if plan.name.is_nights() {
            take_due_slot_of_nights(&tools, &plan, looked)
        } else {
            take_due_slot(&tools, &plan)
        };
        match owed {
            Ok(Some(slot)) => start(shared, &Turn::of(&plan, Uuid::now_v7()), Some(slot)),
            Ok(None) => {}
            Err(failure) => tracing::warn!("the turns of plan {} could not be read: {}", plan.name, failure.message),
        }
        match copies_due(&tools, &plan, looked) {
            Ok(to) if to.is_empty() => {}
            Ok(to) => start(shared, &Turn::of_copies(&plan, &to, Uuid::now_v7()), None),
            Err(failure) => {
                tracing::warn!("the copies of plan {} could not be looked at: {}", plan.name, failure.message)
            }
        }
    }
}

/// What does not begin at its time is caught up.
fn start(shared: &Shared, turn: &Turn, slot: Option<Timestamp>) {
    let is_on_time = slot.is_some_and(|slot| shared.now().duration_since(slot) <= ON_TIME);
    let trigger = if is_on_time { Trigger::Schedule } else { Trigger::CatchUp };
    let plan = &turn.plan;
    match shared.queue_turn(turn, trigger, slot) {
        Ok(_) => {}
        // Somebody was quicker by hand.
        Err(failure) if failure.code == Code::Protected => tracing::info!("plan {plan}: {}", failure.message),
        Err(failure) => tracing::error!("the run of plan {plan} could not be queued: {}", failure.message),
    }
}

/// Destinations that were away when the plan last copied to them, and can be copied to now.
fn copies_due(tools: &Tools, plan: &Plan, looked: &mut Looked) -> Result<Vec<DestinationName>, Failure> {
    // The history is long, and this is asked several times a minute.
    if !plan.enabled || plan.copies.is_empty() || is_paused(tools, plan)? || !looked.claim_look(&plan.name) {
        return Ok(Vec::new());
    }
    let jobs = tools.catalog.jobs(HISTORY)?;
    let owed = plan.copies.iter().filter(|to| was_away(&jobs, &plan.name, to) && tools.on(to).is_ok());
    Ok(owed.cloned().collect())
}

/// Whether the newest copies of `plan` to `destination` found it away.
fn was_away(jobs: &[Job], plan: &PlanName, destination: &DestinationName) -> bool {
    let is_it = |job: &&Job| match &job.order {
        Order::Plan(PlanOrder::Copy { plan: name, to }) => {
            name == plan && to.as_ref().is_none_or(|to| to == destination)
        }
        _ => false,
    };
    let last = jobs.iter().find(is_it).and_then(|job| Outcome::recall(&job.order, job.result.as_ref()?));
    let Some(Outcome::PlanCopied(report)) = last else { return false };
    report.destinations.iter().any(|one| one.destination == *destination && one.not_ready.is_some())
}

fn is_paused(tools: &Tools, plan: &Plan) -> Result<bool, Failure> {
    Ok(tools.catalog.turn(plan.name.as_str())?.is_some_and(|turn| turn.is_paused))
}

/// When the drives that a plan missed were looked for last.
#[derive(Default)]
pub(super) struct Looked(BTreeMap<PlanName, Instant>);

impl Looked {
    /// True at most once in ten minutes.
    fn claim_look(&mut self, plan: &PlanName) -> bool {
        let is_time = self.0.get(plan).is_none_or(|at| at.elapsed() >= DRIVE_EVERY);
        if is_time {
            self.0.insert(plan.clone(), Instant::now());
        }
        is_time
    }
}

/// The turn that is owed. It is written down first, so that a crash does not repeat it.
fn take_due_slot(tools: &Tools, plan: &Plan) -> Result<Option<Timestamp>, Failure> {
    let told = Failure::from;
    let turn = tools.catalog.turn(plan.name.as_str()).map_err(told)?;
    if !plan.enabled || turn.is_some_and(|turn| turn.is_paused) {
        return Ok(None);
    }
    match due(&plan.schedule, turn.map(|turn| turn.at), &(tools.now)()) {
        Due::NotYet => Ok(None),
        Due::Begins(at) => {
            tools.catalog.put_turn(plan.name.as_str(), LastTurn { at, is_paused: false }).map_err(told)?;
            Ok(None)
        }
        Due::Now(slot) => {
            let is_ours = tools.catalog.take_turn(plan.name.as_str(), slot)?;
            Ok((is_ours && !had_its_run(tools, plan, slot)?).then_some(slot))
        }
    }
}

/// A clock that was days behind for a while made the last turn look like one that is still to come, and what is owed now
/// is that turn. Its run tells that it was had. Runs behind it that are of later turns were made by a clock that was
/// ahead; one of an earlier turn says that work went on by a clock that was behind, and then nothing is certain.
fn had_its_run(tools: &Tools, plan: &Plan, slot: Timestamp) -> Result<bool, Failure> {
    let runs = tools.catalog.runs(Some(&plan.name), RUNS)?;
    let newest = runs.iter().find(|run| run.slot.is_some_and(|of| of <= slot));
    Ok(newest.is_some_and(|run| run.slot == Some(slot) && run.queued_at <= (tools.now)().timestamp()))
}

/// Nights also run when the drive is back that the last run did not find.
fn take_due_slot_of_nights(tools: &Tools, plan: &Plan, looked: &mut Looked) -> Result<Option<Timestamp>, Failure> {
    if tools.nights.drive.is_none() {
        return Ok(None);
    }
    if let Some(slot) = take_due_slot(tools, plan)? {
        return Ok(Some(slot));
    }
    let Some(last) = last_run(tools, &plan.name)? else { return Ok(None) };
    if is_paused(tools, plan)? || !missed_its_drive(tools, &last) || !looked.claim_look(&plan.name) {
        return Ok(None);
    }
    Ok(tools.nights.fetched_drive().is_ok().then(|| last.slot.unwrap_or(last.queued_at)))
}

/// Jobs that cannot be read now have missed nothing.
fn missed_its_drive(tools: &Tools, run: &Run) -> bool {
    let jobs = tools.catalog.jobs_of_run(run.id).unwrap_or_default();
    jobs.iter().any(|job| job.failure.as_ref().is_some_and(|failure| failure.code == Code::NotReady))
}
