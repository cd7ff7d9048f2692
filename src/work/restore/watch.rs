//! Does the camera come back after its files have changed? It is watched for as long as its owner
//! wants; one that was stopped by hand meanwhile is no failure.
use std::thread;
use std::time::{Duration, Instant};

use super::Error;
use crate::domain::monitor::{Monitor, Progress};
use crate::domain::unit::Unit;
use crate::site::service::{self, Health};

const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How the camera was at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Up,
    Failed,
}

/// Watches `unit` for `seconds`; a unit that failed is not waited for.
pub(super) fn watch(unit: &Unit, seconds: u32, monitor: &dyn Monitor) -> Result<Seen, Error> {
    let begin = Instant::now();
    let end = begin + Duration::from_secs(seconds.into());
    let mut seen = Seen::Up;
    while Instant::now() < end {
        match service::health(unit)? {
            Health::Up => seen = Seen::Up,
            Health::Rising => seen = Seen::Failed,
            Health::Failed => return Ok(Seen::Failed),
            Health::Down | Health::Unknown => return Ok(Seen::Up),
        }
        let done_bytes = begin.elapsed().as_secs();
        monitor.progress(Progress { now: format!("{done_bytes} of {seconds} s"), ..Progress::default() });
        thread::sleep(LOOK_EVERY);
    }
    Ok(seen)
}
