//! What all threads of this room see: the tools, the jobs of this process, and what wakes who waits.
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::watch as newest;
use uuid::Uuid;

use super::CommandLine;
use super::feed::Feed;
use super::gauge::Gauge;
use crate::base::instance::Instance;
use crate::catalog::{EventKind, NewRun};
use crate::domain::failure::{Code, Failure};
use crate::domain::job::{JobId, JobState, Trigger};
use crate::domain::order::{Order, SnapshotOrder};
use crate::domain::run_id::RunId;
use crate::domain::texts;
use crate::domain::turn::Turn;
use crate::work::Tools;

/// What all threads of this room see.
pub(super) struct Shared {
    /// Another one after its owner changed settings.
    pub(super) tools: RwLock<Arc<Tools>>,
    pub(super) us: Instance,
    /// See [`CommandLine`].
    pub(super) command: CommandLine,
    pub(super) feed: Feed,
    pub(super) gauges: newest::Sender<Vec<Gauge>>,
    /// Jobs of this process that are not over, and the flag that stops each.
    pub(super) ours: Mutex<HashMap<JobId, Arc<AtomicBool>>>,
    /// Jobs of this process in a part that must not be cut, and what ends it.
    protected: Mutex<HashMap<JobId, &'static str>>,
    /// Counts what may let a waiting job begin or end: see [`Shared::changed`].
    changes: AtomicU64,
    wakeup: Condvar,
    stopping: AtomicBool,
}

/// A run that was added, with its jobs in the order in which they are done.
#[derive(Debug, Clone)]
pub struct StartedRun {
    pub run: RunId,
    pub jobs: Vec<(JobId, Order)>,
}

impl Shared {
    pub(super) fn new(tools: Arc<Tools>, us: Instance, command: CommandLine) -> Result<Shared, Failure> {
        Ok(Shared {
            feed: Feed::start(tools.catalog.clone())?,
            tools: RwLock::new(tools),
            us,
            command,
            gauges: newest::Sender::new(Vec::new()),
            ours: Mutex::default(),
            protected: Mutex::default(),
            changes: AtomicU64::new(0),
            wakeup: Condvar::new(),
            stopping: AtomicBool::new(false),
        })
    }

    pub(super) fn tools(&self) -> Arc<Tools> {
        self.tools.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.tools().now)().timestamp()
    }

    pub(super) fn new_id(&self) -> (JobId, Timestamp) {
        (Uuid::now_v7(), self.now())
    }

    pub(super) fn ours(&self) -> MutexGuard<'_, HashMap<JobId, Arc<AtomicBool>>> {
        self.ours.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn protected(&self) -> MutexGuard<'_, HashMap<JobId, &'static str>> {
        self.protected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No orders are begun from now on.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.changed();
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    pub(super) fn refuse_when_stopping(&self) -> Result<(), Failure> {
        if !self.is_stopping() {
            return Ok(());
        }
        Err(Failure {
            code: Code::NotReady,
            message: "the program is ending and takes no new orders".into(),
            advice: "Try again when it runs again.".into(),
        })
    }

    /// Leaves `order` to the service. One that belongs to a plan becomes a run of one job.
    pub(super) fn queue(&self, order: &Order, trigger: Trigger) -> Result<JobId, Failure> {
        self.refuse_when_stopping()?;
        self.refuse_a_second_snapshot(order)?;
        texts::check(order)?;
        let (id, now) = self.new_id();
        match Turn::of_order(order, Uuid::now_v7()) {
            Some(turn) => self.add_run(&turn, &[(id, order.clone())], trigger, None, None)?,
            None => self.tools().catalog.add_job(id, order, trigger, now)?,
        }
        self.feed.poke();
        self.changed();
        Ok(id)
    }

    /// One of this hour takes all that there is; a second one behind it would do nothing.
    fn refuse_a_second_snapshot(&self, order: &Order) -> Result<(), Failure> {
        let Order::Snapshot(SnapshotOrder::Take { host }) = order else { return Ok(()) };
        if self.tools().catalog.unfinished()?.iter().all(|open| open.order != *order) {
            return Ok(());
        }
        Err(Failure {
            code: Code::Protected,
            message: format!("a snapshot of {host} is being taken already"),
            advice: "Watch that one; a second one would do the same.".into(),
        })
    }

    /// Leaves all parts of `turn` to the service.
    pub(super) fn queue_turn(
        &self,
        turn: &Turn,
        trigger: Trigger,
        slot: Option<Timestamp>,
    ) -> Result<StartedRun, Failure> {
        let started = self.start_turn(turn, trigger, slot, None)?;
        self.changed();
        Ok(started)
    }

    /// Adds all parts of `turn` as jobs that this process keeps for itself.
    pub(super) fn add_our_turn(&self, turn: &Turn) -> Result<StartedRun, Failure> {
        self.start_turn(turn, Trigger::Hand, None, Some(&self.us))
    }

    fn start_turn(
        &self,
        turn: &Turn,
        trigger: Trigger,
        slot: Option<Timestamp>,
        runner: Option<&Instance>,
    ) -> Result<StartedRun, Failure> {
        self.refuse_when_stopping()?;
        let jobs: Vec<(JobId, Order)> = turn.orders.iter().map(|order| (self.new_id().0, order.clone())).collect();
        if jobs.is_empty() {
            return Err(Failure {
                code: Code::Usage,
                message: format!("plan {} has nothing to do", turn.plan),
                advice: "Write what it backs up into the plan, or choose it on the page Plans.".into(),
            });
        }
        self.add_run(turn, &jobs, trigger, slot, runner)?;
        self.feed.poke();
        Ok(StartedRun { run: turn.run, jobs })
    }

    /// A run does all there is to do; a second one behind it would do nothing, and is refused.
    fn add_run(
        &self,
        turn: &Turn,
        jobs: &[(JobId, Order)],
        trigger: Trigger,
        slot: Option<Timestamp>,
        runner: Option<&Instance>,
    ) -> Result<(), Failure> {
        let run = NewRun { id: turn.run, plan: &turn.plan, trigger, slot, jobs, runner };
        if self.tools().catalog.add_run(&run, self.now())? {
            return Ok(());
        }
        let (message, advice) = match turn.plan.is_nights() {
            true => {
                ("the nights are being saved already".into(), "Watch that run; it takes every night that is worth it.")
            }
            false => {
                (format!("plan {} runs already", turn.plan), "Watch that run; a second one would do nothing more.")
            }
        };
        Err(Failure { code: Code::Protected, message, advice: advice.into() })
    }

    /// Adds a job that this process keeps for itself.
    pub(super) fn add_ours(&self, order: &Order) -> Result<(JobId, Arc<AtomicBool>), Failure> {
        texts::check(order)?;
        let (id, now) = self.new_id();
        match Turn::of_order(order, Uuid::now_v7()) {
            Some(turn) => self.add_run(&turn, &[(id, order.clone())], Trigger::Hand, None, Some(&self.us))?,
            None => self.tools().catalog.add_own_job(id, order, &self.us, now)?,
        }
        self.feed.poke();
        Ok((id, self.enter(id)))
    }

    pub(super) fn enter(&self, id: JobId) -> Arc<AtomicBool> {
        let cancel = Arc::new(AtomicBool::new(false));
        self.ours().insert(id, cancel.clone());
        cancel
    }

    /// A job of ours starts; one from the queue was started when it was taken.
    pub(super) fn begin(&self, id: JobId) {
        self.remember(id, &EventKind::State { state: JobState::Running });
    }

    pub(super) fn remember(&self, id: JobId, kind: &EventKind) {
        match self.tools().catalog.record(id, kind, self.now()) {
            Ok(_) => self.feed.poke(),
            // The work matters more than its history.
            Err(e) => tracing::error!("{kind:?} was not remembered: {}", Failure::of(&e).message),
        }
    }

    pub(super) fn leave(&self, id: JobId) {
        // A part that panicked has not said that it ended.
        self.protected().remove(&id);
        self.ours().remove(&id);
        self.gauges.send_modify(|all| all.retain(|gauge| gauge.job != id));
        self.feed.poke();
        self.changed();
    }

    /// False when something still runs after `limit`.
    pub(super) fn wait_until_idle(&self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        let mut ours = self.ours();
        while !ours.is_empty() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            ours = self.wakeup.wait_timeout(ours, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Wakes everybody who waits for a change: a job was queued or is over, lanes are free, or the program ends.
    pub(super) fn changed(&self) {
        // Counted under the lock, so that nobody who is about to sleep misses it.
        let ours = self.ours();
        self.changes.fetch_add(1, Ordering::Relaxed);
        drop(ours);
        self.wakeup.notify_all();
    }

    /// How many changes there were; for [`Shared::wait_for_change`].
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    /// Sleeps until there were more changes than `seen`, `limit` at most.
    pub(super) fn wait_for_change(&self, seen: u64, limit: Duration) {
        let ours = self.ours();
        if !self.is_stopping() && self.changes() == seen {
            // Woken or not, the caller looks again.
            drop(self.wakeup.wait_timeout(ours, limit));
        }
    }
}
