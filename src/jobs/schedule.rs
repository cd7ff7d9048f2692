//! What runs by itself, in its turn. A turn that was missed while the machine was off, or while the
//! drive was not there, is caught up once.
//!
//! Invariant: a turn is written down before its run is queued, so that a crash repeats nothing.
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::shared::Shared;
use crate::catalog::LastTurn;
use crate::domain::failure::{Code, Failure};
use crate::domain::job::{Job, JobId, JobState, Trigger};
use crate::domain::order::{NightsOrder, Order, PlanOrder};
use crate::domain::plan::Plan;
use crate::domain::plan::due::{Due, due};
use crate::domain::plan::name::PlanName;
use crate::domain::plan::schedule::Schedule;
use crate::domain::plan::sentence::sentence;
use crate::work::Tools;
use crate::work::outcome::Outcome;

const LOOK_EVERY: Duration = Duration::from_secs(20);
/// How often a drive that was missing is looked for.
const DRIVE_EVERY: Duration = Duration::from_secs(600);
/// Jobs that are looked through for the last run.
const HISTORY: u32 = 400;

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
    /// `None` while paused, or without a drive.
    pub next: Option<Timestamp>,
    pub last: Option<Timestamp>,
    pub last_state: Option<JobState>,
    pub last_job: Option<JobId>,
    /// The last run found no drive; it is caught up when the drive is back.
    pub waiting_for_drive: bool,
    pub paused: bool,
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
fn plans(tools: &Tools) -> Vec<Plan> {
    let nights = tools.nights.settings.schedule.0.map(Plan::nights);
    nights.into_iter().chain(tools.plans.iter().cloned()).collect()
}

/// All that runs by itself, the nights first.
pub fn scheduled(tools: &Tools) -> Result<Vec<Scheduled>, Failure> {
    let jobs = tools.catalog.jobs(HISTORY)?;
    plans(tools).into_iter().map(|plan| of_plan(tools, plan, &jobs)).collect()
}

fn of_plan(tools: &Tools, plan: Plan, jobs: &[Job]) -> Result<Scheduled, Failure> {
    let turn = tools.catalog.turn(plan.name.as_str())?;
    let paused = turn.is_some_and(|turn| turn.is_paused);
    let why_not = if plan.name.is_nights() && tools.nights.drive.is_none() {
        Some("no drive is configured for nights")
    } else if !plan.enabled {
        Some("turned off in the configuration")
    } else {
        paused.then_some("paused by its owner")
    };
    let last = jobs.iter().find(|job| is_run_of(job, &plan.name));
    let coming = plan.schedule.next(&(tools.now)()).map(|at| at.timestamp());
    Ok(Scheduled {
        sentence: sentence(&plan),
        daily: match &plan.schedule {
            Schedule::Daily(daily) => Some(String::from(*daily)),
            _ => None,
        },
        next: coming.filter(|_| why_not.is_none()),
        last: last.and_then(|job| job.started_at),
        last_state: last.map(|job| job.state),
        last_job: last.map(|job| job.id),
        waiting_for_drive: plan.name.is_nights() && why_not.is_none() && last.is_some_and(missed_its_drive),
        paused,
        why_not,
        schedule: plan.schedule,
        plan: plan.name,
    })
}

/// Whether a job is a run of this plan, in its turn or by hand.
pub fn is_run_of(job: &Job, plan: &PlanName) -> bool {
    match &job.order {
        Order::Nights(NightsOrder::Run) => plan.is_nights(),
        Order::Plan(PlanOrder::Run { plan: name, .. }) => name == plan,
        _ => false,
    }
}

/// Turns that pass while a plan is paused are not caught up.
pub fn switch(tools: &Tools, plan: &PlanName, switch: Switch) -> Result<(), Failure> {
    if !plan.is_nights() && tools.plans.iter().all(|known| known.name != *plan) {
        return Err(Failure::of(&crate::work::Error::NoPlan(plan.clone())));
    }
    let turn = LastTurn { at: (tools.now)().timestamp(), is_paused: switch == Switch::Pause };
    tools.catalog.put_turn(plan.as_str(), turn).map_err(Failure::from)
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
        let owed = if plan.name.is_nights() { nights_are_due(&tools, &plan, looked) } else { is_due(&tools, &plan) };
        match owed {
            Ok(true) => Order::of_turn(&plan).iter().for_each(|order| submit(shared, &plan.name, order)),
            Ok(false) => {}
            Err(failure) => tracing::warn!("the turns of plan {} could not be read: {}", plan.name, failure.message),
        }
        match copies_are_due(&tools, &plan, looked) {
            Ok(true) => submit(shared, &plan.name, &Order::Plan(PlanOrder::Copy { plan: plan.name.clone() })),
            Ok(false) => {}
            Err(failure) => {
                tracing::warn!("the copies of plan {} could not be looked at: {}", plan.name, failure.message)
            }
        }
    }
}

fn submit(shared: &Shared, plan: &PlanName, order: &Order) {
    match shared.queue(order, Trigger::Schedule) {
        Ok(_) => {}
        // Somebody was quicker by hand.
        Err(failure) if failure.code == Code::Protected => tracing::info!("plan {plan}: {}", failure.message),
        Err(failure) => tracing::error!("the run of plan {plan} could not be queued: {}", failure.message),
    }
}

/// Copies that are owed since a destination was away, and can be brought now.
fn copies_are_due(tools: &Tools, plan: &Plan, looked: &mut Looked) -> Result<bool, Failure> {
    // The history is long, and this is asked several times a minute.
    if !plan.enabled || plan.copies.is_empty() || is_paused(tools, plan)? || !looked.is_time(&plan.name) {
        return Ok(false);
    }
    let jobs = tools.catalog.jobs(HISTORY)?;
    let is_it = |job: &&Job| matches!(&job.order, Order::Plan(PlanOrder::Copy { plan: name }) if *name == plan.name);
    let last = jobs.iter().find(is_it).and_then(|job| Outcome::recall(&job.order, job.result.as_ref()?));
    let Some(Outcome::PlanCopied(report)) = last else { return Ok(false) };
    let away = report.destinations.iter().filter(|one| one.not_ready.is_some());
    let mut away = away.map(|one| &one.destination).filter(|name| plan.copies.contains(name));
    Ok(away.any(|name| tools.on(name).is_ok()))
}

fn is_paused(tools: &Tools, plan: &Plan) -> Result<bool, Failure> {
    Ok(tools.catalog.turn(plan.name.as_str())?.is_some_and(|turn| turn.is_paused))
}

/// When the drives that a plan missed were looked for last.
#[derive(Default)]
pub(super) struct Looked(BTreeMap<PlanName, Instant>);

impl Looked {
    /// True at most once in ten minutes.
    fn is_time(&mut self, plan: &PlanName) -> bool {
        let is_time = self.0.get(plan).is_none_or(|at| at.elapsed() >= DRIVE_EVERY);
        if is_time {
            self.0.insert(plan.clone(), Instant::now());
        }
        is_time
    }
}

/// Whether a run is owed; its turn is written down first, so that a crash does not repeat it.
fn is_due(tools: &Tools, plan: &Plan) -> Result<bool, Failure> {
    let told = Failure::from;
    let turn = tools.catalog.turn(plan.name.as_str()).map_err(told)?;
    if !plan.enabled || turn.is_some_and(|turn| turn.is_paused) {
        return Ok(false);
    }
    match due(&plan.schedule, turn.map(|turn| turn.at), &(tools.now)()) {
        Due::NotYet => Ok(false),
        Due::Begins(at) => {
            tools.catalog.put_turn(plan.name.as_str(), LastTurn { at, is_paused: false }).map_err(told)?;
            Ok(false)
        }
        Due::Now(slot) => tools.catalog.take_turn(plan.name.as_str(), slot).map_err(told),
    }
}

/// Nights also run when the drive is back that the last run did not find.
fn nights_are_due(tools: &Tools, plan: &Plan, looked: &mut Looked) -> Result<bool, Failure> {
    if tools.nights.drive.is_none() {
        return Ok(false);
    }
    if is_due(tools, plan)? {
        return Ok(true);
    }
    let told = Failure::from;
    let jobs = tools.catalog.jobs(HISTORY).map_err(told)?;
    let missed = jobs.iter().find(|job| is_run_of(job, &plan.name)).is_some_and(missed_its_drive);
    if is_paused(tools, plan)? || !missed || !looked.is_time(&plan.name) {
        return Ok(false);
    }
    Ok(tools.nights.fetched_drive().is_ok())
}

fn missed_its_drive(job: &Job) -> bool {
    job.failure.as_ref().is_some_and(|failure| failure.code == Code::NotReady)
}
