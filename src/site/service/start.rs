//! Starts units, several times if need be.
use std::time::Duration;

use super::Error;
use super::health::{Health, health};
use super::lease::{Lease, Rest};
use super::systemctl::Systemctl;
use crate::domain::unit::Unit;

/// How often a start is tried before we ask for help.
const TRIES: u32 = 3;
/// How long the camera may take to come up.
const START_LIMIT: Duration = Duration::from_secs(30);

/// Starts a unit that has failed; any other is left as it is.
pub fn start_failed(unit: &Unit) -> Result<(), Error> {
    match health(unit)? {
        Health::Failed => start(&Systemctl::on_path(), unit),
        _ => Ok(()),
    }
}

/// Makes all units run as they did when the lease was written; says what that took. One that does not
/// start does not keep the others down.
pub(super) fn bring_back(systemctl: &Systemctl, lease: &Lease) -> Result<Vec<String>, Error> {
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
