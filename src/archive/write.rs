//! Writes a listing as an archive.
use std::path::Path;

use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::failure::{Advice, Code};
use crate::domain::listing::Listing;
use crate::domain::monitor::{Cancelled, Monitor};
use crate::domain::proof::Written;

use super::index::IndexBuilder;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("{}: writing failed", .path.display())]
    Write { path: std::path::PathBuf, source: std::io::Error },
    #[error("{}: the member index could not be written", .path.display())]
    Index { path: std::path::PathBuf, source: super::index::Error },
}

impl Advice for Error {
    fn code(&self) -> Code {
        Code::Failed
    }
    fn advice(&self) -> String {
        String::new()
    }
}

/// What was really written.
#[derive(Debug)]
pub struct Report {
    pub written: Written,
    /// Files and directories, `metadata.json` and `SHA256SUMS` included.
    pub members: u64,
    /// Files of the owner.
    pub files: u64,
    /// Their bytes.
    pub raw_bytes: u64,
}

/// Writes `metadata` (a finished `metadata.json`) and then `listing` to the new file `name` in `to`,
/// fsynced, and tells `index` where everything lies. Files that vanish, shrink, grow or cannot be
/// read become warnings with their names.
pub fn write(
    _listing: &Listing,
    _metadata: &Path,
    _to: &Dir,
    _name: &RelPath,
    _index: &mut IndexBuilder,
    _monitor: &dyn Monitor,
) -> Result<Report, Error> {
    unimplemented!()
}
