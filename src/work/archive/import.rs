//! Import a file of this machine: the path of an upload, and its judgement.
use std::path::Path;

use super::upload;
use crate::base::plain::open_plain;
use crate::domain::monitor::Monitor;
use crate::work::archive::upload::Imported;
use crate::work::{Error, Tools};

pub fn import(tools: &Tools, file: &Path, monitor: &dyn Monitor) -> Result<Imported, Error> {
    let trouble = |source| Error::Source { path: file.to_owned(), source };
    let input = match open_plain(file) {
        Err(source) if source.kind() == std::io::ErrorKind::InvalidInput => {
            return Err(Error::NotAFile(file.to_owned()));
        }
        other => other.map_err(trouble)?,
    };
    let bytes = input.metadata().map_err(trouble)?.len();
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    upload::upload(tools, &name, Some(bytes), input, monitor)
}
