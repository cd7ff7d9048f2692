//! Gives queued orders their turn: oldest first, and side by side where they need none of each other's lanes.
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::lane::{Held, try_enter};
use super::needs::lanes;
use super::shared::Shared;
use super::watch::Watch;
use super::{recovery, runner, spawn};
use crate::catalog::Unfinished;
use crate::domain::failure::{Code, Failure};
use crate::domain::job::JobId;
use crate::domain::lane::Lanes;
use crate::domain::monitor::Monitor;
use crate::domain::order::Order;
use crate::domain::turn::part;
use crate::work::outcome::Outcome;

/// How often taken lanes are tried again, and the most that a cancel waits here.
const TRY_EVERY: Duration = Duration::from_millis(100);
/// Another process may queue as well.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often jobs of processes that died meanwhile are looked for.
const RECOVER_EVERY: Duration = Duration::from_secs(10);
/// Orders at once, unless more hosts may be taken at once: a small computer has few cores, and each order may take 40 MiB.
const MOST_AT_ONCE: usize = 3;

/// Runs queued orders until the program ends, then waits for those that run.
pub(super) fn work_off(shared: &Arc<Shared>) {
    let mut recovered = Instant::now();
    let mut workers: Vec<JoinHandle<()>> = Vec::new();
    while !shared.is_stopping() {
        let seen = shared.changes();
        workers.retain(|worker| !worker.is_finished());
        // A host that does not answer must not keep everything else.
        let most = MOST_AT_ONCE.max(shared.tools().parallel_hosts + 1);
        let next = if workers.len() < most { next(shared) } else { Ok(None) };
        match next.and_then(|next| next.map(|next| start(shared, next)).transpose()) {
            Ok(Some(worker)) => {
                workers.push(worker);
                continue;
            }
            Ok(None) => shared.wait_for_change(seen, LOOK_EVERY),
            Err(failure) => {
                tracing::error!("the queue could not be worked off: {}", failure.message);
                shared.wait_for_change(seen, LOOK_EVERY);
            }
        }
        if recovered.elapsed() >= RECOVER_EVERY {
            recovered = Instant::now();
            match recovery::recover_after_the_dead(&shared.tools(), shared.command) {
                Ok(lines) => lines.iter().for_each(|line| tracing::info!("{line}")),
                Err(failure) => tracing::warn!("{}", failure.message),
            }
            shared.feed.poke();
        }
    }
    for worker in workers {
        if worker.join().is_err() {
            tracing::error!("a worker ended with a panic");
        }
    }
}

struct Next {
    id: JobId,
    order: Order,
    held: Held,
}

/// Takes the lanes first and the order second, so that the process that takes an order also runs it. An order whose
/// lanes are not free keeps them from all orders behind it; otherwise it could wait for ever.
fn next(shared: &Shared) -> Result<Option<Next>, Failure> {
    let tools = shared.tools();
    let mut waiting: Vec<Lanes> = Vec::new();
    let unfinished = tools.catalog.unfinished()?;
    for open in unfinished.iter().filter(|open| open.runner.is_none() && !waits_for_its_run(open, &unfinished)) {
        let needed = lanes(&open.order, &tools);
        let held = match waiting.iter().any(|before| before.collides(&needed)) {
            true => None,
            false => try_enter(&needed, &tools.state_dir)?,
        };
        match held {
            None => waiting.push(needed),
            // It may have been cancelled, or taken by another process, since the queue was read.
            Some(held) if tools.catalog.take(open.id, &shared.us, shared.now())? => {
                return Ok(Some(Next { id: open.id, order: open.order.clone(), held }));
            }
            Some(_) => {}
        }
    }
    Ok(None)
}

/// True while an earlier part of the run of `open` is not over: its copies wait for its archives, and retention for all.
fn waits_for_its_run(open: &Unfinished, all: &[Unfinished]) -> bool {
    let is_before = |one: &Unfinished| one.run == open.run && part(&one.order) < part(&open.order);
    open.run.is_some() && all.iter().any(is_before)
}

fn start(shared: &Arc<Shared>, next: Next) -> Result<JoinHandle<()>, Failure> {
    let Next { id, order, held } = next;
    let cancel = shared.enter(id);
    let theirs = shared.clone();
    let worker = spawn("worker", move || {
        // The outcome is in the job; nobody waits for it here.
        let _ = runner::run(&theirs, id, cancel, &order, None, None);
        drop(held);
        theirs.changed();
    });
    worker.inspect_err(|failure| runner::give_up(shared, id, failure))
}

/// Waits for the lanes of a job of our own, then runs it in this thread.
pub(super) fn run_in_turn(
    shared: &Shared,
    id: JobId,
    cancel: Arc<AtomicBool>,
    order: &Order,
    watcher: &dyn Monitor,
) -> Result<Outcome, Failure> {
    let waiting = Watch::new(shared, id, cancel.clone(), Some(watcher));
    let tools = shared.tools();
    let needed = lanes(order, &tools);
    let _held = loop {
        match try_enter(&needed, &tools.state_dir) {
            Ok(Some(held)) => break held,
            Ok(None) if waiting.checkpoint().is_ok() && !shared.is_stopping() => std::thread::sleep(TRY_EVERY),
            Ok(None) => {
                let failure = Failure {
                    code: Code::Cancelled,
                    message: "cancelled while it waited for another job".into(),
                    advice: "Start it again when the other job is done.".into(),
                };
                runner::give_up(shared, id, &failure);
                return Err(failure);
            }
            Err(failure) => {
                runner::give_up(shared, id, &failure);
                return Err(failure);
            }
        }
    };
    shared.begin(id);
    runner::run(shared, id, cancel, order, Some(watcher), None)
}
