//! Values that show how far along an archive is. Only what was read back may be stored, and the
//! compiler sees to it: the one way to a [`Verified`] is a digest of what the disk returned.
use std::path::{Path, PathBuf};

/// BLAKE3 of a whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamDigest(pub [u8; 32]);

/// A complete file under a temporary name; its bytes may still be wrong on the disk.
#[derive(Debug)]
pub struct Written {
    path: PathBuf,
    bytes: u64,
    digest: StreamDigest,
}

/// The disk did not return what was written to it.
#[derive(Debug, thiserror::Error)]
#[error("{} was written, but the disk returned other bytes when it was read back", .path.display())]
pub struct NotWhatWasWritten {
    pub path: PathBuf,
}

impl Written {
    /// `digest` is of the bytes as they left us.
    pub fn new(path: PathBuf, bytes: u64, digest: StreamDigest) -> Self {
        Written { path, bytes, digest }
    }
    pub fn path(&self) -> &Path {
        &self.path
    }
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
    /// `returned` is of the bytes that the disk gave back.
    pub fn confirmed_by(self, returned: StreamDigest) -> Result<Verified, NotWhatWasWritten> {
        if self.digest == returned { Ok(Verified(self)) } else { Err(NotWhatWasWritten { path: self.path }) }
    }
}

/// A file that the disk has returned byte for byte.
#[derive(Debug)]
pub struct Verified(Written);

impl Verified {
    pub fn path(&self) -> &Path {
        &self.0.path
    }
    pub fn bytes(&self) -> u64 {
        self.0.bytes
    }
    pub fn digest(&self) -> StreamDigest {
        self.0.digest
    }
}
