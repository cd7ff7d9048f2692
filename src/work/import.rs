//! Import a file of this machine: the same path as an upload, with what a look at the file tells first.
//!
//! An archive of our own make, head and tail in place, may hold every name that a camera's disk held.
//! A tar that a browser has unpacked on the way is packed again.
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use flate2::Compression;
use flate2::read::GzEncoder;

use super::upload::Imported;
use super::{Error, Tools, upload};
use crate::archive::glance::{Glance, glance};
use crate::base::plain::open_plain;
use crate::domain::limits::{Limits, Spelling};
use crate::domain::monitor::Monitor;

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
    if is_plain_tar(&input).map_err(trouble)? {
        let packed = GzEncoder::new(io::BufReader::new(input), Compression::fast());
        return upload::upload(tools, &name, None, packed, monitor);
    }
    let limits = match glance(&input).map_err(trouble)? {
        Glance::Ours(_) => Limits { spelling: Spelling::ThisDisk, ..Limits::default() },
        _ => Limits::default(),
    };
    upload::within(tools, &name, Some(bytes), input, &limits, monitor)
}

/// The mark of a tar header, where no gzip is around it.
fn is_plain_tar(file: &File) -> io::Result<bool> {
    let mut block = [0; 512];
    match file.read_exact_at(&mut block, 0) {
        Ok(()) => Ok(&block[257..262] == b"ustar"),
        Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(why) => Err(why),
    }
}
