//! Puts the floors together: options become tools.
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::failure::Failure;
use crate::work::Tools;

/// What a shell was told on its command line or in a configuration file.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub config: Option<PathBuf>,
    /// The camera's home.
    pub site: Option<PathBuf>,
    pub backups: Option<PathBuf>,
    pub state: Option<PathBuf>,
}

/// Opens site, folder and catalog.
pub fn open(_options: &Options) -> Result<Arc<Tools>, Failure> {
    unimplemented!()
}
