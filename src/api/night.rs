//! Nights.
use serde::Serialize;

/// Another program works on the nights, and does what was asked for.
#[derive(Debug, Serialize)]
pub struct AlreadyRunning {
    already_running: bool,
}

impl AlreadyRunning {
    pub fn told() -> Self {
        AlreadyRunning { already_running: true }
    }
}

/// What was found on the drive.
#[derive(Debug, Serialize)]
pub struct Rescanned {
    pub nights: usize,
    pub verified: usize,
}
