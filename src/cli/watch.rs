//! Watches work for a person at a terminal: a bar with stage and speed, warnings as they come.
//!
//! The bar is drawn on standard error and only there where it is a terminal; standard output holds
//! results alone.
use std::io::IsTerminal;
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressDrawTarget};

use super::screen::say;
use super::{bars, interrupt};
use crate::base::rel_path::printable;
use crate::domain::monitor::{Cancelled, Monitor, Progress, Stage};

pub struct Watch {
    bar: ProgressBar,
    logs: Logs,
    seen: Mutex<Seen>,
}

/// What becomes of the lines of programs.
#[derive(PartialEq, Eq)]
enum Logs {
    /// They are in the log of their job.
    Kept,
    /// There is no job, so whoever watches sees them.
    Shown,
}

#[derive(Default)]
struct Seen {
    stages: Vec<Stage>,
    warnings: Vec<String>,
}

impl Watch {
    pub fn new() -> Self {
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr_with_hz(8)
        } else {
            ProgressDrawTarget::hidden()
        };
        Watch { bar: ProgressBar::with_draw_target(None, target), logs: Logs::Kept, seen: Mutex::default() }
    }

    /// For work without a job: what programs say is shown at once.
    pub fn showing_logs() -> Self {
        Watch { logs: Logs::Shown, ..Watch::new() }
    }

    /// Takes the bar away, and prints those `warnings` that were not seen while it ran.
    pub fn finish(&self, warnings: &[String]) {
        self.bar.finish_and_clear();
        let seen = self.seen();
        for warning in warnings.iter().filter(|w| !seen.warnings.contains(w)) {
            say(&format!("warning: {warning}"));
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Monitor for Watch {
    fn stages(&self, all: &[Stage]) {
        self.seen().stages = all.to_vec();
    }

    fn stage(&self, stage: Stage) {
        let seen = self.seen();
        let at = seen.stages.iter().position(|s| *s == stage);
        let step = at.map(|at| format!("[{}/{}] ", at + 1, seen.stages.len())).unwrap_or_default();
        drop(seen);
        self.bar.reset();
        self.bar.set_style(bars::style("{prefix}{spinner} {elapsed}"));
        self.bar.set_prefix(format!("{step}{} ", stage.label()));
        self.bar.set_message("");
    }

    fn warn(&self, warning: String) {
        self.bar.suspend(|| say(&format!("warning: {warning}")));
        self.seen().warnings.push(warning);
    }

    fn progress(&self, progress: Progress) {
        if progress.total_bytes > 0 {
            if self.bar.length() != Some(progress.total_bytes) {
                self.bar.set_style(bars::style("{prefix}{wide_bar} {percent}% {decimal_bytes_per_sec}, {eta} left"));
                self.bar.set_length(progress.total_bytes);
            }
            self.bar.set_position(progress.done_bytes);
        } else {
            self.bar.tick();
        }
    }

    fn log(&self, line: &str) {
        if self.logs == Logs::Shown {
            self.bar.suspend(|| say(&printable(line.as_bytes())));
        }
    }

    fn checkpoint(&self) -> Result<(), Cancelled> {
        if interrupt::asked() { Err(Cancelled) } else { Ok(()) }
    }
}
