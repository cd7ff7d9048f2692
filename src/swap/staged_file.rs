//! One new file on its way: a staged file is given out in order, filled by any thread, and kept in order.
//!
//! A staged file is complete with owner, mode and time before it can be kept.
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use rustix::fs::Advice;

use super::error::Error;
use crate::base::attributes::{Attributes, Denied, Seen};
use crate::base::rel_path::RelPath;
use crate::domain::monitor::Monitor;

const BUFFER: usize = 64 << 10;

/// What was written for one new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Put {
    pub bytes: u64,
    /// BLAKE3 of the content as it went to the disk.
    pub digest: [u8; 32],
}

/// An empty new file. One that is never filled goes with the folder that it lies in.
#[derive(Debug)]
pub struct StagedFile {
    pub(super) n: u32,
    pub(super) root: usize,
    pub(super) path: RelPath,
    pub(super) full: PathBuf,
    pub(super) attributes: Attributes,
    pub(super) file: File,
}

/// A new file that is complete; not on the disk yet.
#[derive(Debug)]
pub struct Filled {
    pub(super) n: u32,
    pub(super) root: usize,
    pub(super) path: RelPath,
    pub(super) full: PathBuf,
    pub(super) denied: Vec<Denied>,
    pub(super) seen: Seen,
    pub(super) put: Put,
}

impl StagedFile {
    /// Takes `content` to its end.
    pub fn fill(self, content: impl Read, monitor: &dyn Monitor) -> Result<Filled, Error> {
        let StagedFile { n, root, path, full, attributes, mut file } = self;
        let put = pour(content, &mut file, &full, monitor)?;
        // The disk begins now, so that the wait for all files at the end is short. It may decline.
        let _ = rustix::fs::fadvise(&file, 0, None, Advice::DontNeed);
        let denied = attributes.put_on(&file).map_err(Error::io("set the attributes of", &full))?;
        let stat = rustix::fs::fstat(&file).map_err(|e| Error::io("look at", &full)(e.into()))?;
        Ok(Filled { n, root, path, full, denied, seen: Seen::from(&stat), put })
    }
}

fn pour(mut content: impl Read, file: &mut File, full: &Path, monitor: &dyn Monitor) -> Result<Put, Error> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0u8; BUFFER];
    let mut bytes = 0;
    loop {
        monitor.checkpoint()?;
        let n = match content.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(source) => return Err(Error::Source { path: full.to_owned(), source }),
        };
        hasher.update(&buffer[..n]);
        file.write_all(&buffer[..n]).map_err(Error::io("write", full))?;
        bytes += n as u64;
    }
    Ok(Put { bytes, digest: hasher.finalize().into() })
}
