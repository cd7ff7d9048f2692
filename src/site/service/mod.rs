//! The camera's systemd unit, and the lease under which we may pause it.
//!
//! A lease is written down before the camera stops and removed after it runs again. When its process is
//! dead, the next job, the next start of the program or `allsky-backups recover` finds it and starts the
//! camera. A camera that its owner had stopped is never started.
mod lease;
mod systemctl;

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::domain::failure::{Advice, Code};
use crate::domain::unit::Unit;
use lease::{Lease, Rest};
use systemctl::Systemctl;

/// How often a start is tried before we ask for help.
const TRIES: u32 = 3;
/// How long the camera may take to come up.
const START_LIMIT: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("systemctl {verb} {unit} failed: {said}")]
    Systemctl { verb: &'static str, unit: Unit, said: String },
    #[error("{}: the pause could not be written down, so the camera was not touched", .path.display())]
    Lease { path: PathBuf, source: io::Error },
    #[error("{}: another backup has paused the camera", .path.display())]
    Taken { path: PathBuf },
    #[error("{}: what is written there about a pause of the camera cannot be read", .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}: a pause of services that are not this camera's is written there; they were left alone", .path.display())]
    Foreign { path: PathBuf },
    #[error("{}: the camera runs again, but the note about its pause could not be removed", .path.display())]
    Remove { path: PathBuf, source: io::Error },
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Taken { .. } => Code::NotReady,
            _ => Code::Failed,
        }
    }
    fn advice(&self) -> String {
        match self {
            Error::Systemctl { verb: "start", unit, .. } => format!(
                "The camera is still stopped: run `{}`, look at `{}`, then run `allsky-backups recover`.",
                unit.command("start"),
                unit.journal()
            ),
            Error::Systemctl { unit, .. } => {
                format!("The camera was left as it was; check that this user may stop and start {unit}.")
            }
            Error::Lease { .. } => "Check that this folder can be written and its disk is not full.".into(),
            Error::Taken { .. } => "Wait until the other backup is done, then try again.".into(),
            Error::Unreadable { path, .. } | Error::Foreign { path } => {
                format!("Check that the camera runs, then remove {}.", path.display())
            }
            Error::Remove { path, .. } => format!("Remove {} by hand.", path.display()),
        }
    }
}

/// The camera rests until this is resumed or dropped.
#[derive(Debug)]
pub struct Pause {
    /// `None` when nothing was stopped, or when it runs again.
    stopped: Option<Stopped>,
}

#[derive(Debug)]
struct Stopped {
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

    fn begin_with(systemctl: Systemctl, units: &[Unit], path: &Path, limit: Duration) -> Result<Pause, Error> {
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
}

impl Pause {
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

/// How the camera is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    Up,
    /// Starting, or about to be started again by systemd after it ended.
    Rising,
    /// Ended with a failure.
    Failed,
    /// Stopped by someone.
    Down,
    /// There is no systemd to ask.
    Unknown,
}

/// How `unit` is now.
pub fn health(unit: &Unit) -> Result<Health, Error> {
    let Some(state) = Systemctl::on_path().state(unit)? else { return Ok(Health::Unknown) };
    Ok(match state.active.as_str() {
        _ if state.is_up() => Health::Up,
        "failed" => Health::Failed,
        "activating" => Health::Rising,
        _ => Health::Down,
    })
}

/// Starts a unit that has failed; any other is left as it is.
pub fn start_failed(unit: &Unit) -> Result<(), Error> {
    match health(unit)? {
        Health::Failed => start(&Systemctl::on_path(), unit),
        _ => Ok(()),
    }
}

/// What recovery did, in words, when there was something to do.
///
/// A lease names units, and lies where the owner of the camera may write; none but the camera's own `units` are
/// ever started for it.
pub fn recover(lease: &Path, units: &[Unit]) -> Result<Option<String>, Error> {
    if Lease::read(lease)?.is_some_and(|found| found.rests.iter().any(|rest| !units.contains(&rest.unit))) {
        return Err(Error::Foreign { path: lease.to_owned() });
    }
    let done = recover_with(&Systemctl::on_path(), lease)?;
    // After the camera: what lies about must not keep it down.
    sweep(lease).map(|()| done)
}

fn recover_with(systemctl: &Systemctl, path: &Path) -> Result<Option<String>, Error> {
    match Lease::read(path)? {
        Some(lease) if !lease.is_held() => {
            let said = bring_back(systemctl, &lease)?.join(", ");
            lease::remove(path)?;
            Ok(Some(format!("{said}, after a backup that was interrupted")))
        }
        _ => Ok(None),
    }
}

/// True when the camera rests for a process that is dead. Changes nothing.
pub fn rests_for_the_dead(lease: &Path) -> Result<bool, Error> {
    Ok(Lease::read(lease)?.is_some_and(|lease| !lease.is_held()))
}

/// While the machine starts: the system itself starts the camera in a moment, and waits for us with
/// that, so to ask for it here would be to wait for ourselves. A note from before the start is void.
pub fn leave_to_boot(lease: &Path) -> Result<Option<String>, Error> {
    let done = match Lease::read(lease)? {
        Some(found) if found.is_of_earlier_boot() => {
            lease::remove(lease)?;
            let units: Vec<&str> = found.rests.iter().map(|rest| rest.unit.name.as_str()).collect();
            let units = units.join(", ");
            Some(format!("{units} is started with the machine, after a backup that a power cut interrupted"))
        }
        _ => None,
    };
    sweep(lease).map(|()| done)
}

fn sweep(lease: &Path) -> Result<(), Error> {
    lease::sweep(lease).map_err(|source| Error::Remove { path: lease.to_owned(), source })
}

/// Makes all units run as they did when the lease was written; says what that took. One that does not
/// start does not keep the others down.
fn bring_back(systemctl: &Systemctl, lease: &Lease) -> Result<Vec<String>, Error> {
    let done: Vec<Result<String, Error>> =
        lease.rests.iter().rev().map(|rest| bring_one_back(systemctl, rest)).collect();
    done.into_iter().collect()
}

fn bring_one_back(systemctl: &Systemctl, rest: &Rest) -> Result<String, Error> {
    let done = match systemctl.state(&rest.unit)? {
        None => "was left alone, because there is no systemd",
        Some(state) if state.is_up() => "was running already",
        // The camera was started after our stop and stopped again. That second stop was not ours.
        Some(state) if state.is_another_run_than(&rest.was) => "was left stopped, because its owner stopped it",
        Some(_) => {
            start(systemctl, &rest.unit)?;
            "was started again"
        }
    };
    Ok(format!("{} {done}", rest.unit))
}

/// Starts `unit` and waits until it is active, several times if need be.
fn start(systemctl: &Systemctl, unit: &Unit) -> Result<(), Error> {
    for _ in 1..TRIES {
        if systemctl.start(unit, START_LIMIT).is_ok() {
            return Ok(());
        }
    }
    systemctl.start(unit, START_LIMIT)
}

#[cfg(test)]
mod tests;
