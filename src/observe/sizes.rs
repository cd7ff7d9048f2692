//! How large backups would be, measured while pages show what is known so far.
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::domain::monitor::{Cancelled, Monitor, Progress, Stage};
use crate::work::Tools;
use crate::work::archive::estimate;

/// New sizes are told at most this often.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// Measures everything once; ends early when the process is told to stop. `tell` is called as sizes become known.
pub(super) fn measure(tools: &Tools, tell: &(dyn Fn() + Sync), closing: &watch::Receiver<bool>) {
    let telling = Telling { tell, last: Mutex::new(Instant::now()), closing };
    if let Err(error) = estimate::refresh(tools, &telling) {
        tracing::warn!(%error, "sizes could not be measured");
    }
}

struct Telling<'a> {
    tell: &'a (dyn Fn() + Sync),
    last: Mutex<Instant>,
    closing: &'a watch::Receiver<bool>,
}

impl Monitor for Telling<'_> {
    fn stages(&self, _: &[Stage]) {}
    fn stage(&self, _: Stage) {}
    fn warn(&self, warning: String) {
        tracing::info!(%warning, "while measuring sizes");
    }
    fn progress(&self, _: Progress) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= TELL_EVERY {
            *last = Instant::now();
            (self.tell)();
        }
    }
    fn checkpoint(&self) -> Result<(), Cancelled> {
        if *self.closing.borrow() { Err(Cancelled) } else { Ok(()) }
    }
}
