//! A camera that rests for a process that is dead runs again.
use std::path::Path;

use super::Error;
use super::lease::{self, Lease};
use super::start::bring_back;
use super::systemctl::Systemctl;
use crate::domain::unit::Unit;

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

pub(super) fn recover_with(systemctl: &Systemctl, path: &Path) -> Result<Option<String>, Error> {
    match Lease::read(path)? {
        Some(lease) if !lease.is_held() => {
            let said = bring_back(systemctl, &lease)?.join(", ");
            lease::remove(path)?;
            Ok(Some(format!("{said}, after work that was interrupted")))
        }
        _ => Ok(None),
    }
}

/// True when the camera rests for a process that is dead. Changes nothing.
pub fn rests_for_the_dead(lease: &Path) -> Result<bool, Error> {
    Ok(Lease::read(lease)?.is_some_and(|lease| !lease.is_held()))
}

/// While the machine starts. systemd starts the camera behind this program, so that a start from here would wait for
/// itself: only the note from before the start is removed.
pub fn leave_to_boot(lease: &Path) -> Result<Option<String>, Error> {
    let done = match Lease::read(lease)? {
        Some(found) if found.is_of_earlier_boot() => {
            lease::remove(lease)?;
            let units: Vec<&str> = found.rests.iter().map(|rest| rest.unit.name.as_str()).collect();
            let units = units.join(", ");
            Some(format!("{units} is started with the machine, after work that a power cut interrupted"))
        }
        _ => None,
    };
    sweep(lease).map(|()| done)
}

fn sweep(lease: &Path) -> Result<(), Error> {
    let folder = lease.parent().unwrap_or(lease).to_owned();
    lease::sweep(lease).map_err(|source| Error::Sweep { folder, source })
}
