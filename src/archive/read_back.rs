//! Reads what was written back from the disk.
use crate::domain::monitor::Monitor;
use crate::domain::proof::{Verified, Written};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Cancelled(#[from] crate::domain::monitor::Cancelled),
    #[error("{}: reading back failed", .path.display())]
    Read { path: std::path::PathBuf, source: std::io::Error },
    #[error(transparent)]
    Different(#[from] crate::domain::proof::NotWhatWasWritten),
}

/// Drops the page cache of the file (where the kernel lets us), reads every byte with all cores and
/// compares BLAKE3. Used for archives that we wrote and for uploads that we received.
pub fn read_back(_written: Written, _monitor: &dyn Monitor) -> Result<Verified, Error> {
    unimplemented!()
}
