//! A realistic AllskyTeam home to work on, for the demo, for tests and for benchmarks.
use std::path::Path;

/// How large the camera is.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub nights: u32,
    /// Pictures a night.
    pub frames: u32,
    /// Width and height of a picture in pixels.
    pub width: u16,
    pub height: u16,
    /// Rows in the database, in steps of about 100 bytes.
    pub database_rows: u32,
    pub seed: u64,
    /// The last night, that of "today".
    pub last_night: jiff::civil::Date,
}

/// Builds it below `home` (made; must be empty or missing) and says how far it is: done, total files.
pub fn build(_home: &Path, _plan: &Plan, _progress: &mut dyn FnMut(u64, u64)) -> std::io::Result<()> {
    unimplemented!()
}

/// A thread that writes to the database, and adds a picture to the running night, until dropped.
pub struct Capture {}

impl Capture {
    pub fn start(_home: &Path, _every: std::time::Duration) -> std::io::Result<Capture> {
        unimplemented!()
    }
}
