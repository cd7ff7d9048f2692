//! Monitors that stand between a verb and the monitor of its caller.
use std::sync::{Mutex, PoisonError};

use crate::domain::monitor::{Cancelled, Monitor, Progress, Protection, Stage};

/// What ends the part of a job that puts an archive in its place.
pub(super) const IN_PLACE: &str = "the archive lies in its place";
/// What ends the part of a job that deletes an archive.
pub(super) const GONE: &str = "the archive is deleted";
/// A camera whose disk fails can warn a hundred thousand times.
const KEPT: usize = 200;

/// Passes everything on, and keeps the warnings for the result.
pub(super) struct Noted<'a> {
    inner: &'a dyn Monitor,
    /// The warnings that are kept, and the number of all warnings.
    warnings: Mutex<(Vec<String>, usize)>,
}

impl<'a> Noted<'a> {
    pub(super) fn new(inner: &'a dyn Monitor) -> Self {
        Noted { inner, warnings: Mutex::default() }
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let (mut kept, all) = self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if all > kept.len() {
            kept.push(format!("… and {} more warnings", all - kept.len()));
        }
        kept
    }
}

impl Monitor for Noted<'_> {
    fn stages(&self, all: &[Stage]) {
        self.inner.stages(all);
    }
    fn stage(&self, stage: Stage) {
        self.inner.stage(stage);
    }
    fn warn(&self, warning: String) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        // Work that is tried again warns again in the same words.
        if warnings.0.contains(&warning) {
            return;
        }
        warnings.1 += 1;
        if warnings.0.len() < KEPT {
            warnings.0.push(warning.clone());
        }
        drop(warnings);
        self.inner.warn(warning);
    }
    fn progress(&self, progress: Progress) {
        self.inner.progress(progress);
    }
    fn checkpoint(&self) -> Result<(), Cancelled> {
        self.inner.checkpoint()
    }
    fn log(&self, line: &str) {
        self.inner.log(line);
    }
    fn protected(&self, change: Protection) {
        self.inner.protected(change);
    }
}

/// The monitor of a part of something larger: no stages of its own, and its progress is that of the whole, which has
/// `total` bytes, of which `before` lie before this part and `share` are this part's.
pub(super) struct PartMonitor<'a> {
    pub(super) inner: &'a dyn Monitor,
    pub(super) before: u64,
    pub(super) share: u64,
    pub(super) total: u64,
}

impl<'a> PartMonitor<'a> {
    /// For a part that counts nothing.
    pub(super) fn whole(inner: &'a dyn Monitor) -> Self {
        PartMonitor { inner, before: 0, share: 0, total: 0 }
    }
}

impl Monitor for PartMonitor<'_> {
    fn stages(&self, _: &[Stage]) {}
    fn stage(&self, _: Stage) {}
    fn warn(&self, warning: String) {
        self.inner.warn(warning);
    }
    fn progress(&self, progress: Progress) {
        let Progress { done_bytes, total_bytes, .. } = progress;
        let here = match total_bytes {
            0 => 0.0,
            all => (done_bytes as f64 / all as f64).min(1.0) * self.share as f64,
        };
        self.inner.progress(Progress { done_bytes: self.before + here as u64, total_bytes: self.total, ..progress });
    }
    fn checkpoint(&self) -> Result<(), Cancelled> {
        self.inner.checkpoint()
    }
    fn log(&self, line: &str) {
        self.inner.log(line);
    }
    fn protected(&self, change: Protection) {
        self.inner.protected(change);
    }
}

/// Lets a cancel in and nothing out: for a part that runs beside one that tells its own progress.
pub(super) struct Silent<'a>(pub(super) &'a dyn Monitor);

impl Monitor for Silent<'_> {
    fn stages(&self, _: &[Stage]) {}
    fn stage(&self, _: Stage) {}
    fn warn(&self, warning: String) {
        self.0.warn(warning);
    }
    fn progress(&self, _: Progress) {}
    fn checkpoint(&self) -> Result<(), Cancelled> {
        self.0.checkpoint()
    }
    fn log(&self, line: &str) {
        self.0.log(line);
    }
    fn protected(&self, change: Protection) {
        self.0.protected(change);
    }
}
