//! The archive file while it grows: how far it is, and the hash of what went into it.
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::base::space;
use crate::domain::archive::proof::{StreamDigest, Written};

use super::write_error::Error;

/// The disk is given this much at a time, so that the sync at the end finds little left to do.
const STRIDE: u64 = 32 << 20;

pub struct Out {
    file: File,
    path: PathBuf,
    pub at: u64,
    hash: blake3::Hasher,
    /// Raw bytes that are going to be written, for the message when they do not fit.
    planned: u64,
    early: Option<EarlySync>,
}

impl Out {
    pub fn new(file: File, path: PathBuf, planned: u64) -> Self {
        // Without it the sync at the end takes longer, that is all.
        let early = file.try_clone().ok().map(EarlySync::start);
        Out { file, path, at: 0, hash: blake3::Hasher::new(), planned, early }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|e| self.failed(e))?;
        self.hash.update(bytes);
        let before = self.at;
        self.at += bytes.len() as u64;
        match &self.early {
            Some(early) if before / STRIDE != self.at / STRIDE => early.nudge().map_err(|e| self.failed(e)),
            _ => Ok(()),
        }
    }

    /// Everything is on the disk when this returns.
    pub fn close(mut self) -> Result<Written, Error> {
        // The kernel reports a lost page only once, to the first sync: its error has to be passed on.
        if let Some(early) = self.early.take() {
            early.finish().map_err(|e| self.failed(e))?;
        }
        self.file.sync_all().map_err(|e| self.failed(e))?;
        let digest = StreamDigest(*self.hash.finalize().as_bytes());
        Ok(Written::new(self.path, self.at, digest))
    }

    fn failed(&self, source: io::Error) -> Error {
        let path = self.path.clone();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                let free = path.parent().and_then(|p| space::room_at(p).ok()).map_or(0, |room| room.free_bytes);
                Error::Full { path, need: self.planned, have: self.at, free, source }
            }
            _ => Error::Write { path, source },
        }
    }
}

/// A thread that syncs beside the writing.
struct EarlySync {
    nudge: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl EarlySync {
    fn start(file: File) -> Self {
        let (nudge, nudged) = sync_channel(1);
        let thread = std::thread::spawn(move || nudged.iter().try_for_each(|()| file.sync_data()));
        EarlySync { nudge, thread }
    }

    /// One sync that waits is enough. An error means that the thread is gone, and why.
    fn nudge(&self) -> io::Result<()> {
        use std::sync::mpsc::TrySendError;
        match self.nudge.try_send(()) {
            Err(TrySendError::Disconnected(())) => Err(io::Error::other("the disk could not keep what was written")),
            Ok(()) | Err(TrySendError::Full(())) => Ok(()),
        }
    }

    fn finish(self) -> io::Result<()> {
        drop(self.nudge);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}
