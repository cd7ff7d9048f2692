//! How a unit is now.
use super::Error;
use super::systemctl::Systemctl;
use crate::domain::unit::Unit;

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
