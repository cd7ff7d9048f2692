//! Watches long work: remembers warnings, and cancels at the checkpoint that a story asks for.
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use allsky_backups::domain::monitor::{Cancelled, Monitor, Progress, Stage};

pub struct Watcher {
    warnings: Mutex<Vec<String>>,
    last: Mutex<Progress>,
    checkpoints: AtomicU64,
    stop_at: u64,
}

impl Watcher {
    pub fn new() -> Self {
        Watcher::stopping_at(u64::MAX)
    }

    /// Cancels at checkpoint number `stop_at` and at every later one.
    pub fn stopping_at(stop_at: u64) -> Self {
        Watcher { warnings: Mutex::default(), last: Mutex::default(), checkpoints: AtomicU64::new(0), stop_at }
    }

    pub fn warnings(&self) -> Vec<String> {
        self.warnings.lock().unwrap().clone()
    }

    /// The progress that was told last.
    pub fn progress(&self) -> Progress {
        self.last.lock().unwrap().clone()
    }
}

impl Monitor for Watcher {
    fn stages(&self, _: &[Stage]) {}
    fn stage(&self, _: Stage) {}
    fn warn(&self, warning: String) {
        self.warnings.lock().unwrap().push(warning);
    }
    fn progress(&self, progress: Progress) {
        *self.last.lock().unwrap() = progress;
    }
    fn checkpoint(&self) -> Result<(), Cancelled> {
        if self.checkpoints.fetch_add(1, Ordering::Relaxed) >= self.stop_at { Err(Cancelled) } else { Ok(()) }
    }
}
