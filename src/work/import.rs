//! Import a file of this machine: the same path as an upload.
use std::fs::File;
use std::path::Path;

use super::upload::Imported;
use super::{Error, Tools, upload};
use crate::domain::monitor::Monitor;

pub fn import(tools: &Tools, file: &Path, monitor: &dyn Monitor) -> Result<Imported, Error> {
    let trouble = |source| Error::Source { path: file.to_owned(), source };
    // Asked before it is opened: opening a pipe would wait for somebody to write into it.
    let meta = std::fs::metadata(file).map_err(trouble)?;
    if !meta.is_file() {
        return Err(Error::NotAFile(file.to_owned()));
    }
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    upload::upload(tools, &name, Some(meta.len()), File::open(file).map_err(trouble)?, monitor)
}
