//! Floor 5: orders become history. A queue that survives restarts, lanes, and a feed of events.
//!
//! * `runner` — one order from its start to its row in the history, whatever happens; `carry_out` — which verb it is
//! * `dispatch` — gives queued orders their turn; `needs` — which lanes each needs; `lane` — the locks of lanes
//! * `alerts` — what jobs and a look every few minutes say of alerts; `host_silence` — what of hosts without a
//!   snapshot, `plan_overdue` — what of plans that do not run well
//! * `tell` — what of a job's end its owner gets by mail; `reports` — what of runs, `job_log` — what they said;
//!   `post` — sends it
//! * `schedule` — queues the turns of plans, and what was missed; `ending` — how a job ended, for its row and the mails
//! * `shared` — what all threads of this room see
//! * `watch` — what the work says, remembered and passed on; where cancel comes in
//! * `gauge` — how fast, how long
//! * `feed` — events to the listeners, in order and without gaps
//! * `way` — from where to where a job works
//! * `recovery` — what dead processes left
mod alerts;
mod carry_out;
mod dispatch;
mod ending;
mod feed;
mod gauge;
mod host_silence;
mod job_log;
mod lane;
mod needs;
mod plan_overdue;
mod post;
mod recovery;
mod reports;
mod runner;
mod schedule;
mod shared;
mod tell;
mod watch;
mod way;

use std::io::Read;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{broadcast, watch as newest};
use uuid::Uuid;

use crate::base::instance::Instance;
use crate::catalog::{self, step_logs};
use crate::destination::upload::Upload;
use crate::destination::upload_reader::UploadReader;
use crate::domain::failure::{Code, Failure};
use crate::domain::job::{Job, JobId, Trigger};
use crate::domain::monitor::Monitor;
use crate::domain::order::{ArchiveOrder, Order};
use crate::domain::plan::name::PlanName;
use crate::domain::run::Run;
use crate::domain::run_id::RunId;
use crate::domain::turn::Turn;
use crate::work::outcome::Outcome;
use crate::work::{Tools, plan, retention_gate};

use carry_out::Incoming;
pub use gauge::Gauge;
pub use job_log::job_log;
pub use recovery::{CameraRecovered, CameraStart, is_interrupted, recover, recover_camera, tidy};
use shared::Shared;

pub use reports::put_down as put_down_reports;
pub use schedule::{Scheduled, Switch, scheduled, switch};
pub use shared::StartedRun;

/// How often causes of alerts are looked for that no job tells of.
const ALERTS_EVERY: Duration = Duration::from_secs(300);
/// How long cancelled work gets to clean up when the program ends.
const CLEAN_UP: Duration = Duration::from_secs(5);

/// The line that gives an order in a terminal; mails about a failure name it.
pub type CommandLine = fn(&Order) -> String;

/// Everything that has happened and is happening.
pub struct Jobs {
    shared: Arc<Shared>,
    dispatcher: Mutex<Option<JoinHandle<()>>>,
    recovered: Vec<String>,
}

impl Jobs {
    /// For the service: marks jobs of dead processes as interrupted, sweeps their litter, restores
    /// the camera, and starts the lane, which goes on with what was queued.
    pub fn start(tools: Arc<Tools>, command: CommandLine) -> Result<Arc<Self>, Failure> {
        let jobs = Self::attend(tools, command)?;
        let shared = jobs.shared.clone();
        spawn("schedule", move || schedule::keep(&shared))?;
        let shared = jobs.shared.clone();
        spawn("alerts", move || watch_alerts(&shared))?;
        let shared = jobs.shared.clone();
        spawn("post", move || post::keep(&shared))?;
        let shared = jobs.shared.clone();
        spawn("notify", move || post::keep_channels(&shared))?;
        let shared = jobs.shared.clone();
        *jobs.dispatcher() = Some(spawn("dispatch", move || dispatch::work_off(&shared))?);
        Ok(jobs)
    }

    /// For a terminal: recovers in the same way, and leaves the queue to the service. Only what is
    /// given to [`Jobs::run`] is done.
    pub fn attend(tools: Arc<Tools>, command: CommandLine) -> Result<Arc<Self>, Failure> {
        let us = Instance::here().map_err(|e| Failure {
            code: Code::Failed,
            message: format!("this process could not read its own start time: {e}"),
            advice: "Check that /proc is mounted.".into(),
        })?;
        // When the camera cannot be started the log says so, and backups are made nevertheless.
        let recovered = recovery::recover(&tools, command).unwrap_or_else(|failure| {
            tracing::error!("{}. {}", failure.message, failure.advice);
            vec![failure.message]
        });
        for line in &recovered {
            tracing::info!("{line}");
        }
        let shared = Arc::new(Shared::new(tools, us, command)?);
        let jobs = Jobs { shared, dispatcher: Mutex::new(None), recovered };
        if let Some(told) = jobs.lost_history() {
            // For the page; it is told here as well, so one that is not remembered is not lost.
            let tools = jobs.tools();
            let kept = tools.catalog.notice("history_lost", &told, None, (tools.now)().timestamp());
            kept.unwrap_or_else(|e| tracing::error!("a notice was not remembered: {}", Failure::of(&e).message));
        }
        Ok(Arc::new(jobs))
    }

    /// The tools of every job that begins now.
    pub fn tools(&self) -> Arc<Tools> {
        self.shared.tools()
    }

    /// What begins from now on has `tools`; what runs goes on with those that it began with. They must be of the
    /// same camera, folder and history.
    pub fn equip(&self, tools: Arc<Tools>) {
        *self.shared.tools.write().unwrap_or_else(PoisonError::into_inner) = tools;
    }

    /// What is lost when the history was damaged and a new one was begun at this start, in words.
    pub fn lost_history(&self) -> Option<String> {
        let aside = self.tools().catalog.damaged_copy()?.display().to_string();
        Some(format!(
            "the history was damaged and was put aside as {aside}; a new one was begun. Backups are found again by \
             themselves. Pins, notes and earlier jobs are not in it."
        ))
    }

    /// What was put right at the start, in words.
    pub fn recovered(&self) -> &[String] {
        &self.recovered
    }

    /// Queues `order`; the lane takes it when its turn comes.
    pub fn submit(&self, order: Order) -> Result<JobId, Failure> {
        self.shared.queue(&order, Trigger::Hand)
    }

    /// Queues all that a turn of `plan` takes.
    pub fn submit_run(&self, plan: &PlanName) -> Result<StartedRun, Failure> {
        let tools = self.tools();
        self.shared.queue_turn(&Turn::of(plan::named(&tools, plan)?, Uuid::now_v7()), Trigger::Hand, None)
    }

    /// Queues what plans owe now; the service does it by itself several times a minute.
    pub fn look_at_schedule(&self) {
        schedule::look(&self.shared, &mut schedule::Looked::default());
    }

    /// Runs at once beside the lane; the bytes come from `input`, `expected` of them when known. A
    /// read that ends with `TimedOut` or `WouldBlock` means "nothing yet" and lets a cancel come in.
    pub fn receive(
        &self,
        file_name: &str,
        expected: Option<u64>,
        input: Box<dyn Read + Send>,
    ) -> Result<JobId, Failure> {
        self.take_in(file_name, Incoming::Stream { expected, input })
    }

    /// Starts a job for a file that arrives in pieces. It checks each piece as it comes and ends when the file is
    /// whole, refused or given up.
    pub fn follow(&self, part: Upload, tail: UploadReader) -> Result<JobId, Failure> {
        let file_name = part.about().file_name.clone();
        self.take_in(&file_name, Incoming::Upload { part: Box::new(part), tail })
    }

    fn take_in(&self, file_name: &str, incoming: Incoming) -> Result<JobId, Failure> {
        self.shared.refuse_when_stopping()?;
        let order = Order::Archive(ArchiveOrder::Upload { file_name: file_name.to_owned() });
        let (id, cancel) = self.shared.add_ours(&order)?;
        let shared = self.shared.clone();
        let started = spawn("upload", move || {
            shared.begin(id);
            // The outcome is in the job; nobody waits for it here.
            let _ = runner::run(&shared, id, cancel, &order, None, Some(incoming));
        });
        started.map(|_| id).inspect_err(|failure| runner::give_up(&self.shared, id, failure))
    }

    /// Runs `order` now in this thread (the terminal), waiting for the lane; also watched by `watcher`.
    pub fn run(&self, order: Order, watcher: &dyn Monitor) -> Result<(JobId, Outcome), Failure> {
        self.shared.refuse_when_stopping()?;
        let (id, cancel) = self.shared.add_ours(&order)?;
        let outcome = dispatch::run_in_turn(&self.shared, id, cancel, &order, watcher)?;
        Ok((id, outcome))
    }

    /// Adds `turn` as jobs of this process (the terminal), which are then run one after the other.
    pub fn begin_run(&self, turn: &Turn) -> Result<StartedRun, Failure> {
        self.shared.add_our_turn(turn)
    }

    /// Runs a job of [`Jobs::begin_run`] now in this thread.
    pub fn run_part(&self, (id, order): &(JobId, Order), watcher: &dyn Monitor) -> Result<Outcome, Failure> {
        let cancel = self.shared.enter(*id);
        dispatch::run_in_turn(&self.shared, *id, cancel, order, watcher)
    }

    /// Ends jobs of [`Jobs::begin_run`] that are not begun any more.
    pub fn give_up(&self, parts: &[(JobId, Order)], failure: &Failure) {
        parts.iter().for_each(|(id, _)| runner::give_up(&self.shared, *id, failure));
    }

    /// Cancels all jobs of a run. False when it is over already.
    pub fn cancel_run(&self, id: RunId) -> Result<bool, Failure> {
        let asked = self.shared.tools().catalog.ask_cancel_run(id, self.shared.now())?;
        let jobs = self.jobs_of_run(id)?;
        let ours = self.shared.ours();
        for flag in jobs.iter().filter_map(|job| ours.get(&job.id)) {
            flag.store(true, Ordering::Relaxed);
        }
        drop(ours);
        self.shared.feed.poke();
        self.shared.changed();
        Ok(asked)
    }

    pub fn run_of(&self, id: RunId) -> Result<Option<Run>, Failure> {
        self.shared.tools().catalog.run(id).map_err(Failure::from)
    }

    /// Newest first; those of `plan`, or of all plans.
    pub fn runs(&self, plan: Option<&PlanName>, limit: u32) -> Result<Vec<Run>, Failure> {
        self.shared.tools().catalog.runs(plan, limit).map_err(Failure::from)
    }

    /// In the order in which they are done.
    pub fn jobs_of_run(&self, id: RunId) -> Result<Vec<Job>, Failure> {
        self.shared.tools().catalog.jobs_of_run(id).map_err(Failure::from)
    }

    /// False when it is over already.
    pub fn cancel(&self, id: JobId) -> Result<bool, Failure> {
        let asked = self.shared.tools().catalog.ask_cancel(id, self.shared.now())?;
        if let Some(flag) = self.shared.ours().get(&id) {
            flag.store(true, Ordering::Relaxed);
        }
        self.shared.feed.poke();
        Ok(asked)
    }

    /// What a job of this process does now that must not be cut; it ends the sentence "as soon as …".
    pub fn protected(&self, id: JobId) -> Option<&'static str> {
        self.shared.protected().get(&id).copied()
    }

    pub fn job(&self, id: JobId) -> Result<Option<Job>, Failure> {
        self.shared.tools().catalog.job(id).map_err(Failure::from)
    }

    /// Newest first, jobs of all processes.
    pub fn history(&self, limit: u32) -> Result<Vec<Job>, Failure> {
        self.shared.tools().catalog.jobs(limit).map_err(Failure::from)
    }

    /// Remembered events of all processes, as they are recorded, in the order of their ids. Subscribe
    /// first, then ask [`Jobs::events_after`] for what came before, and drop what comes twice. A
    /// receiver that lagged does the same again.
    pub fn events(&self) -> broadcast::Receiver<catalog::Event> {
        self.shared.feed.subscribe()
    }

    /// Remembers what belongs to no job, and passes it on at once.
    pub fn tell(&self, kind: &catalog::EventKind) {
        if let Err(error) = self.tools().catalog.tell(kind, self.shared.now()) {
            tracing::error!("{kind:?} was not remembered: {}", Failure::of(&error).message);
        }
        self.shared.feed.poke();
    }

    /// Looks for what was remembered besides [`Jobs::tell`], so that listeners hear of it at once.
    pub fn pass_on(&self) {
        self.shared.feed.poke();
    }

    /// Remembered events behind `id`, oldest first, at most `limit`.
    pub fn events_after(&self, id: i64, limit: u32) -> Result<Vec<catalog::Event>, Failure> {
        self.shared.tools().catalog.events_after(id, limit).map_err(Failure::from)
    }

    /// Id of the newest remembered event; 0 when there is none.
    pub fn newest_event(&self) -> Result<i64, Failure> {
        self.shared.tools().catalog.newest_event().map_err(Failure::from)
    }

    /// Gauges of running jobs of this process; the newest wins, at most 4 a second.
    pub fn gauges(&self) -> newest::Receiver<Vec<Gauge>> {
        self.shared.gauges.subscribe()
    }

    /// A copy of the newest gauges. A caller that only borrowed them would hold the lane back, and for ever if it
    /// borrowed them twice.
    pub fn newest_gauges(&self) -> Vec<Gauge> {
        self.shared.gauges.borrow().clone()
    }

    /// No new jobs; waits for the running one up to `limit`, then stops it. What is queued stays so.
    pub fn stop(&self, limit: Duration) {
        self.shared.stop();
        if !self.shared.wait_until_idle(limit) {
            for flag in self.shared.ours().values() {
                flag.store(true, Ordering::Relaxed);
            }
            if !self.shared.wait_until_idle(CLEAN_UP) {
                tracing::warn!("a job did not stop in time; its litter is removed at the next start");
                return;
            }
        }
        if let Some(dispatcher) = self.dispatcher().take()
            && dispatcher.join().is_err()
        {
            tracing::error!("the dispatcher ended with a panic");
        }
    }

    fn dispatcher(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.dispatcher.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.shared.stop();
    }
}

/// Until the program ends. On its own thread: a drive that hangs holds up nothing else.
fn watch_alerts(shared: &Shared) {
    while !shared.is_stopping() {
        alerts::look(&shared.tools());
        sweep_logs(&shared.tools());
        shared.feed.poke();
        let until = Instant::now() + ALERTS_EVERY;
        while !shared.is_stopping() && Instant::now() < until {
            let seen = shared.changes();
            shared.wait_for_change(seen, until.saturating_duration_since(Instant::now()));
        }
    }
}

/// While the clock is in doubt, everything may seem old.
fn sweep_logs(tools: &Tools) {
    if retention_gate::is_clock_sound(tools)
        && let Err(error) = step_logs::sweep(&tools.state_dir, (tools.now)().timestamp())
    {
        tracing::warn!("old logs could not be removed: {error}");
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Failure> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(|e| Failure {
        code: Code::Failed,
        message: format!("no thread could be started: {e}"),
        advice: "The machine is short of memory: close other programs.".into(),
    })
}
