//! The lane: one order at a time, over all processes that share the state folder.
//!
//! The lock is the kernel's, on `lane.lock`: it is free again when its process dies, however it dies.
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::watch::Watch;
use super::{Shared, recovery, runner};
use crate::base::lock::try_lock;
use crate::domain::failure::{Code, Failure};
use crate::domain::job::JobId;
use crate::domain::monitor::Monitor;
use crate::domain::order::Order;
use crate::work::Tools;
use crate::work::outcome::Outcome;

/// How often a taken lane is tried again, and the most that a cancel waits here.
const TRY_EVERY: Duration = Duration::from_millis(100);
/// Another process may queue as well.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often jobs of processes that died meanwhile are looked for.
const RECOVER_EVERY: Duration = Duration::from_secs(10);

/// Runs queued orders, oldest first, until the program ends.
pub(super) fn work_off(shared: &Shared) {
    let mut recovered = Instant::now();
    while !shared.is_stopping() {
        match next(shared) {
            Ok(Some((id, order, cancel, _lane))) => {
                // The outcome is in the job; nobody waits for it here.
                let _ = runner::run(shared, id, cancel, &order, None, None);
                continue;
            }
            Ok(None) => shared.wait_for_change(LOOK_EVERY),
            Err(failure) => {
                tracing::error!("the queue could not be read: {}", failure.message);
                shared.wait_for_change(LOOK_EVERY);
            }
        }
        if recovered.elapsed() >= RECOVER_EVERY {
            recovered = Instant::now();
            match recovery::recover_after_the_dead(&shared.tools()) {
                Ok(lines) => lines.iter().for_each(|line| tracing::info!("{line}")),
                Err(failure) => tracing::warn!("{}", failure.message),
            }
            shared.feed.poke();
        }
    }
}

type Next = (JobId, Order, Arc<AtomicBool>, File);

/// Takes the lane first and the order second, so that the process that takes an order also runs it.
fn next(shared: &Shared) -> Result<Option<Next>, Failure> {
    let tools = shared.tools();
    let catalog = &tools.catalog;
    let waiting = catalog.unfinished()?.iter().any(|open| open.runner.is_none());
    if !waiting {
        return Ok(None);
    }
    let Some(lane) = try_enter(&tools)? else { return Ok(None) };
    let taken = catalog.take_next(&shared.us, shared.now())?;
    Ok(taken.map(|(id, order)| {
        let cancel = shared.enter(id);
        (id, order, cancel, lane)
    }))
}

/// Waits for the lane, then runs a job of our own in this thread.
pub(super) fn run_in_turn(
    shared: &Shared,
    id: JobId,
    cancel: Arc<AtomicBool>,
    order: &Order,
    watcher: &dyn Monitor,
) -> Result<Outcome, Failure> {
    let waiting = Watch::new(shared, id, cancel.clone(), Some(watcher));
    let _lane = loop {
        match try_enter(&shared.tools()) {
            Ok(Some(lane)) => break lane,
            Ok(None) if waiting.checkpoint().is_ok() && !shared.is_stopping() => std::thread::sleep(TRY_EVERY),
            Ok(None) => {
                let failure = Failure {
                    code: Code::Cancelled,
                    message: "cancelled while it waited for another job".into(),
                    advice: "Start it again when the other job is done.".into(),
                };
                shared.give_up(id, &failure);
                return Err(failure);
            }
            Err(failure) => {
                shared.give_up(id, &failure);
                return Err(failure);
            }
        }
    };
    shared.begin(id);
    runner::run(shared, id, cancel, order, Some(watcher), None)
}

/// The lane, when it is free.
fn try_enter(tools: &Tools) -> Result<Option<File>, Failure> {
    let path = tools.state_dir.join("lane.lock");
    try_lock(&path).map_err(|e| Failure {
        code: Code::Usage,
        message: format!("{}: the lock cannot be used: {e}", path.display()),
        advice: "Choose a state folder that belongs to you, with --state.".into(),
    })
}
