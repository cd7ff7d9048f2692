//! One file out of an archive, from its restart point.
//!
//! The last bytes are handed out only when length and SHA-256 are what the archive promised.
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt as _;

use flate2::bufread::MultiGzDecoder;
use sha2::Digest as _;

use crate::base::digest::Sha256;
use crate::base::rel_path::RelPath;

use super::index::Row;

/// Reads the content of `row`. The last read fails when the content is not what the archive
/// promised (length, and SHA-256 where it is known).
pub fn open(archive: File, row: &Row) -> io::Result<impl Read + Send + 'static> {
    if row.is_dir {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, format!("{} is a folder", row.path)));
    }
    let at = At { file: archive, offset: row.gzip_offset };
    let mut raw = MultiGzDecoder::new(BufReader::with_capacity(64 << 10, at));
    let skipped = io::copy(&mut (&mut raw).take(row.skip), &mut io::sink()).map_err(|e| damaged(&row.path, &e))?;
    if skipped < row.skip {
        return Err(damaged(&row.path, &"the archive ends before it"));
    }
    Ok(Content { raw, left: row.size, sum: sha2::Sha256::new(), promised: row.sha256, path: row.path.clone() })
}

/// Reads a file by offset, so that a shared handle is never moved for others.
pub(super) struct At {
    pub file: File,
    pub offset: u64,
}

impl Read for At {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read_at(buf, self.offset)?;
        self.offset += n as u64;
        Ok(n)
    }
}

struct Content {
    raw: MultiGzDecoder<BufReader<At>>,
    left: u64,
    sum: sha2::Sha256,
    /// Taken when it was compared.
    promised: Option<Sha256>,
    path: RelPath,
}

impl Read for Content {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        let n = if most == 0 { 0 } else { self.raw.read(&mut buf[..most]).map_err(|e| damaged(&self.path, &e))? };
        if n == 0 && self.left > 0 {
            return Err(damaged(&self.path, &"the archive ends inside it"));
        }
        self.sum.update(&buf[..n]);
        self.left -= n as u64;
        if self.left == 0
            && let Some(promised) = self.promised
        {
            if Sha256(self.sum.clone().finalize().into()) != promised {
                return Err(damaged(&self.path, &"its content is not what was backed up"));
            }
            self.promised = None;
        }
        Ok(n)
    }
}

fn damaged(path: &RelPath, why: &dyn std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{path} cannot be taken out of the archive: {why}"))
}
