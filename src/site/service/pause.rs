//! A pause of the camera: it ends when the value goes, however that comes.
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Error;
use super::lease::{self, Lease, Rest};
use super::recovery::recover_with;
use super::start::bring_back;
use super::systemctl::{self, Systemctl};
use crate::domain::unit::Unit;

/// The camera rests until this is resumed or dropped.
#[derive(Debug)]
pub struct Pause {
    /// `None` when nothing was stopped, or when it runs again.
    pub(super) stopped: Option<Stopped>,
}

#[derive(Debug)]
pub(super) struct Stopped {
    systemctl: Systemctl,
    lease: Lease,
    path: PathBuf,
    since: Instant,
}

impl Pause {
    /// Stops those of `units` that run, in this order; units that do not run, or no systemd, are a
    /// pause of nothing.
    pub fn begin(units: &[Unit], lease: &Path, limit: Duration) -> Result<Pause, Error> {
        Pause::begin_with(Systemctl::on_path(), units, lease, limit)
    }

    pub(super) fn begin_with(
        systemctl: Systemctl,
        units: &[Unit],
        path: &Path,
        limit: Duration,
    ) -> Result<Pause, Error> {
        // What a dead process of ours left behind comes first, or its camera would count as stopped by
        // its owner.
        recover_with(&systemctl, path)?;
        if Lease::read(path)?.is_some() {
            return Err(Error::Taken { path: path.to_owned() });
        }
        let mut rests = Vec::new();
        for unit in units {
            if let Some(was) = systemctl.state(unit)?.filter(systemctl::State::is_running) {
                rests.push(Rest { unit: unit.clone(), was });
            }
        }
        if rests.is_empty() {
            return Ok(Pause { stopped: None });
        }
        let lease = Lease::of_this_process(rests);
        lease.write_new(path)?;
        let stopped = Stopped { systemctl, lease, path: path.to_owned(), since: Instant::now() };
        let stop = |rest: &Rest| stopped.systemctl.stop(&rest.unit, limit);
        match stopped.lease.rests.iter().try_for_each(stop) {
            Ok(()) => Ok(Pause { stopped: Some(stopped) }),
            // A stop that failed half-way may still have stopped it: put it back as it was.
            Err(why) => stopped.start_again().and(Err(why)),
        }
    }

    /// Starts the unit again if we stopped it, waits until it is active; returns how long it rested
    /// (zero when it had not been running).
    pub fn resume(mut self) -> Result<Duration, Error> {
        match self.stopped.take() {
            Some(stopped) => stopped.start_again(),
            None => Ok(Duration::ZERO),
        }
    }

    /// Does what [`Pause::resume`] does, and may be called again when it fails.
    pub fn try_resume(&mut self) -> Result<Duration, Error> {
        let rested = self.stopped.as_ref().map_or(Ok(Duration::ZERO), Stopped::start_again)?;
        self.stopped = None;
        Ok(rested)
    }

    /// True when it is us who stopped the camera.
    pub fn has_stopped(&self) -> bool {
        self.stopped.is_some()
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        if let Some(stopped) = self.stopped.take() {
            // A failure cannot be returned here. The lease stays then, and recovery tells of it.
            let _ = stopped.start_again();
        }
    }
}

impl Stopped {
    fn start_again(&self) -> Result<Duration, Error> {
        bring_back(&self.systemctl, &self.lease)?;
        let rested = self.since.elapsed();
        lease::remove(&self.path)?;
        Ok(rested)
    }
}
