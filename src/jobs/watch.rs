//! The monitor of a job: it writes what the work says to the catalog and passes it on to the watchers.
//! A cancel from this or any other process takes effect at the next checkpoint.
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::gauge::Speedometer;
use super::shared::Shared;
use crate::catalog::EventKind;
use crate::catalog::step_logs::StepLog;
use crate::domain::job::JobId;
use crate::domain::monitor::{Cancelled, Monitor, Progress, Protection, Stage};

/// How often the catalog is asked whether another process wants us to stop.
const ASK_EVERY_MS: u64 = 200;
/// A folder of unreadable pictures should not fill the history.
const WARNINGS_KEPT: u32 = 200;

pub(super) struct Watch<'a> {
    shared: &'a Shared,
    job: JobId,
    cancel: Arc<AtomicBool>,
    watcher: Option<&'a dyn Monitor>,
    started: Instant,
    asked_ms: AtomicU64,
    warnings: AtomicU32,
    /// Parts that must not be cut and are under way: a cancel waits for them.
    protected: AtomicUsize,
    meter: Mutex<Speedometer>,
    /// How many steps have begun, and the log of the one that runs.
    log: Mutex<(usize, Option<StepLog>)>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(
        shared: &'a Shared,
        job: JobId,
        cancel: Arc<AtomicBool>,
        watcher: Option<&'a dyn Monitor>,
    ) -> Self {
        let started = Instant::now();
        Watch {
            shared,
            job,
            cancel,
            watcher,
            started,
            asked_ms: AtomicU64::new(0),
            warnings: AtomicU32::new(0),
            protected: AtomicUsize::new(0),
            meter: Mutex::new(Speedometer::start(started)),
            log: Mutex::default(),
        }
    }

    pub(super) fn has_warned(&self) -> bool {
        self.warnings.load(Ordering::Relaxed) > 0
    }

    /// The last word on warnings: how many there were beyond those that are kept. The log is whole then.
    pub(super) fn close(&self) {
        self.open_log().1 = None;
        let all = self.warnings.load(Ordering::Relaxed);
        if all > WARNINGS_KEPT {
            let text = format!("… and {} more warnings", all - WARNINGS_KEPT);
            self.remember(&EventKind::Warning { text });
        }
    }

    fn open_log(&self) -> MutexGuard<'_, (usize, Option<StepLog>)> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, kind: &EventKind) {
        self.shared.remember(self.job, kind);
    }

    /// True once in a while, for one of the threads that ask.
    fn is_time_to_ask(&self) -> bool {
        let now = self.started.elapsed().as_millis() as u64;
        let last = self.asked_ms.load(Ordering::Relaxed);
        now >= last + ASK_EVERY_MS
            && self.asked_ms.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

impl Monitor for Watch<'_> {
    fn stages(&self, all: &[Stage]) {
        self.remember(&EventKind::Stages { stages: all.to_vec() });
        if let Some(watcher) = self.watcher {
            watcher.stages(all);
        }
    }

    fn stage(&self, stage: Stage) {
        {
            let mut log = self.open_log();
            let number = log.0 + 1;
            *log = (number, Some(StepLog::new(&self.shared.tools().state_dir, self.job, number, stage)));
        }
        *self.meter.lock().unwrap_or_else(PoisonError::into_inner) = Speedometer::start(Instant::now());
        self.shared.gauges.send_modify(|all| all.retain(|gauge| gauge.job != self.job));
        self.remember(&EventKind::Stage { stage });
        if let Some(watcher) = self.watcher {
            watcher.stage(stage);
        }
    }

    fn warn(&self, warning: String) {
        self.log(&format!("warning: {warning}"));
        if self.warnings.fetch_add(1, Ordering::Relaxed) < WARNINGS_KEPT {
            self.remember(&EventKind::Warning { text: warning.clone() });
        }
        if let Some(watcher) = self.watcher {
            watcher.warn(warning);
        }
    }

    fn progress(&self, progress: Progress) {
        if let Some(watcher) = self.watcher {
            watcher.progress(progress.clone());
        }
        let gauge = self.meter.lock().unwrap_or_else(PoisonError::into_inner).read(self.job, progress, Instant::now());
        if let Some(gauge) = gauge {
            self.shared.gauges.send_modify(|all| match all.iter_mut().find(|old| old.job == gauge.job) {
                Some(old) => *old = gauge,
                None => all.push(gauge),
            });
        }
    }

    fn checkpoint(&self) -> Result<(), Cancelled> {
        if self.protected.load(Ordering::Relaxed) > 0 {
            return Ok(());
        }
        if let Some(watcher) = self.watcher
            && watcher.checkpoint().is_err()
        {
            self.cancel.store(true, Ordering::Relaxed);
        }
        if !self.cancel.load(Ordering::Relaxed) && self.is_time_to_ask() {
            // A catalog that does not answer now is asked again.
            let asked = self.shared.tools().catalog.cancel_asked(self.job).unwrap_or(false);
            self.cancel.fetch_or(asked, Ordering::Relaxed);
        }
        if self.cancel.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
    }

    fn log(&self, line: &str) {
        let now = (self.shared.tools().now)();
        if let Some(log) = &mut self.open_log().1 {
            log.line(&now, line);
        }
        if let Some(watcher) = self.watcher {
            watcher.log(line);
        }
    }

    fn protected(&self, change: Protection) {
        match change {
            Protection::Begins(what) => {
                self.protected.fetch_add(1, Ordering::Relaxed);
                self.shared.protected().insert(self.job, what);
            }
            Protection::Ends if self.protected.fetch_sub(1, Ordering::Relaxed) == 1 => {
                self.shared.protected().remove(&self.job);
            }
            Protection::Ends => {}
        }
        if let Some(watcher) = self.watcher {
            watcher.protected(change);
        }
    }
}
