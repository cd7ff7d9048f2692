//! Upload: bytes from outside are written and inspected in one stream; a refusal leaves nothing.
use std::io::Read;

use super::import::Imported;
use super::{Error, Tools};
use crate::domain::monitor::Monitor;

/// Receives `input` under the wished name `file_name` (any text; made safe). `expected` = length when known.
pub fn upload(
    _tools: &Tools,
    _file_name: &str,
    _expected: Option<u64>,
    _input: impl Read + Send,
    _monitor: &dyn Monitor,
) -> Result<Imported, Error> {
    unimplemented!()
}
