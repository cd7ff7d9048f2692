//! Create: survey, copy databases, write, read back, store, remember.
use serde::Serialize;

use super::{Error, Tools};
use crate::domain::monitor::Monitor;
use crate::domain::order::{NightChoice, PauseChoice, SectionChoice};

/// A new archive, as `--json` prints it.
#[derive(Debug, Clone, Serialize)]
pub struct Created {
    pub name: String,
    pub path: String,
    pub bytes: u64,
    pub files: u64,
    pub pause_ms: u64,
    pub warnings: Vec<String>,
}

pub fn config(
    _tools: &Tools,
    _sections: &SectionChoice,
    _pause: PauseChoice,
    _monitor: &dyn Monitor,
) -> Result<Created, Error> {
    unimplemented!()
}

pub fn images(_tools: &Tools, _nights: &NightChoice, _monitor: &dyn Monitor) -> Result<Created, Error> {
    unimplemented!()
}
