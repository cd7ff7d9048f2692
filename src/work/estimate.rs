//! Estimate: sizes of sections and picture folders, from a scan that is kept and refreshed bit by bit.
use serde::Serialize;

use super::{Error, Tools};
use crate::domain::monitor::Monitor;

/// Sizes of one section or folder; `None` where nobody has looked yet.
#[derive(Debug, Clone, Serialize)]
pub struct Sized {
    pub key: String,
    pub files: Option<u64>,
    pub raw_bytes: Option<u64>,
    pub packed_bytes: Option<u64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Estimates {
    pub sections: Vec<Sized>,
    pub folders: Vec<Sized>,
    /// When the oldest of these was seen.
    pub as_of: Option<String>,
    pub read_bytes: u64,
}

/// What is remembered; reads no tree.
pub fn remembered(_tools: &Tools) -> Result<Estimates, Error> {
    unimplemented!()
}

/// Looks again at what changed since the last scan.
pub fn refresh(_tools: &Tools, _monitor: &dyn Monitor) -> Result<Estimates, Error> {
    unimplemented!()
}
