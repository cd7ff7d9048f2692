//! Once a day the good nights are saved, by the service itself. A turn that was missed while the
//! machine was off, or while the drive was not there, is caught up once.
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Shared;
use crate::catalog::Turn;
use crate::domain::failure::{Code, Failure};
use crate::domain::job::{Job, JobId, JobState, Trigger};
use crate::domain::nights::turn::{latest, next};
use crate::domain::nights::wish::NightsWish;
use crate::domain::order::Order;
use crate::work::Tools;

/// Name of the plan in the catalog.
const PLAN: &str = "nights";
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// How often a drive that was missing is looked for.
const DRIVE_EVERY: Duration = Duration::from_secs(600);
/// Jobs that are looked through for the last run.
const HISTORY: u32 = 100;

/// What a plan does and when, for lists and pages.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Scheduled {
    pub plan: &'static str,
    /// `11:30`.
    pub daily: String,
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

/// All plans that have a time of day.
pub fn scheduled(tools: &Tools) -> Result<Vec<Scheduled>, Failure> {
    let Some(daily) = tools.nights.settings.schedule.0 else { return Ok(Vec::new()) };
    let turn = tools.catalog.turn(PLAN).map_err(|e| Failure::from(&e))?;
    let paused = turn.is_some_and(|turn| turn.is_paused);
    let why_not = match (&tools.nights.drive, paused) {
        (None, _) => Some("no drive is configured for nights"),
        (_, true) => Some("paused by its owner"),
        _ => None,
    };
    let last = last_run(tools)?;
    let coming = next(daily, &(tools.now)()).map(|at| at.timestamp());
    Ok(vec![Scheduled {
        plan: PLAN,
        daily: daily.strftime("%H:%M").to_string(),
        next: coming.filter(|_| why_not.is_none()),
        last: last.as_ref().and_then(|job| job.started_at),
        last_state: last.as_ref().map(|job| job.state),
        last_job: last.as_ref().map(|job| job.id),
        waiting_for_drive: why_not.is_none() && last.as_ref().is_some_and(missed_its_drive),
        paused,
        why_not,
    }])
}

/// Turns that pass while a plan is paused are not caught up.
pub fn switch(tools: &Tools, switch: Switch) -> Result<(), Failure> {
    let turn = Turn { at: (tools.now)().timestamp(), is_paused: switch == Switch::Pause };
    tools.catalog.put_turn(PLAN, turn).map_err(|e| Failure::from(&e))
}

/// Until the program ends.
pub(super) fn keep(shared: &Shared) {
    let mut looked_for_drive: Option<Instant> = None;
    while !shared.is_stopping() {
        match is_due(&shared.tools(), &mut looked_for_drive) {
            Ok(true) => submit(shared),
            Ok(false) => {}
            Err(failure) => tracing::warn!("the schedule could not be read: {}", failure.message),
        }
        let until = Instant::now() + LOOK_EVERY;
        while !shared.is_stopping() && Instant::now() < until {
            shared.doze(until.saturating_duration_since(Instant::now()));
        }
    }
}

fn submit(shared: &Shared) {
    match shared.queue(&Order::Nights { wish: NightsWish::Run }, Trigger::Schedule) {
        Ok(_) => {}
        // Somebody was quicker by hand.
        Err(failure) if failure.code == Code::Protected => tracing::info!("the daily run: {}", failure.message),
        Err(failure) => tracing::error!("the daily run could not be queued: {}", failure.message),
    }
}

/// Whether a run is owed; its turn is written down first, so that a crash does not repeat it.
fn is_due(tools: &Tools, looked_for_drive: &mut Option<Instant>) -> Result<bool, Failure> {
    let told = |e: crate::catalog::Error| Failure::from(&e);
    let (Some(daily), Some(_)) = (tools.nights.settings.schedule.0, &tools.nights.drive) else {
        return Ok(false);
    };
    let Some(slot) = latest(daily, &(tools.now)()).map(|slot| slot.timestamp()) else { return Ok(false) };
    match tools.catalog.turn(PLAN).map_err(told)? {
        // The first day begins with its next turn.
        None => tools.catalog.put_turn(PLAN, Turn { at: slot, is_paused: false }).map_err(told)?,
        Some(turn) if turn.is_paused => return Ok(false),
        Some(turn) if turn.at < slot => {
            tools.catalog.put_turn(PLAN, Turn { at: slot, is_paused: false }).map_err(told)?;
            return Ok(true);
        }
        Some(_) => {}
    }
    let missed_drive = last_run(tools)?.as_ref().is_some_and(missed_its_drive);
    if !missed_drive || looked_for_drive.is_some_and(|at| at.elapsed() < DRIVE_EVERY) {
        return Ok(false);
    }
    *looked_for_drive = Some(Instant::now());
    Ok(tools.nights.fetched_drive().is_ok())
}

fn missed_its_drive(job: &Job) -> bool {
    job.failure.as_ref().is_some_and(|failure| failure.code == Code::NotReady)
}

fn last_run(tools: &Tools) -> Result<Option<Job>, Failure> {
    let jobs = tools.catalog.jobs(HISTORY).map_err(|e| Failure::from(&e))?;
    Ok(jobs.into_iter().find(|job| matches!(job.order, Order::Nights { wish: NightsWish::Run })))
}
