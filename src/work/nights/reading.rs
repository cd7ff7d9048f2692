//! Pictures on their way from the camera: read and hashed by a thread of their own, while another
//! writes what was read before.
//!
//! Pieces come in the order of the files, so that the drive is written as one stream; a few wait in
//! between, whatever the size of a film. Their memory goes round.
use std::io::{ErrorKind, Read};
use std::sync::mpsc::{Receiver, SyncSender};

use super::Error;
use super::wanted::{Wanted, is_there};
use crate::base::dir::Dir;
use crate::domain::monitor::Monitor;
use crate::domain::nights::frame;

const PIECE: usize = 256 << 10;
/// Pieces that may wait: 4 MiB.
pub(super) const WAITING: usize = 16;

/// What the reader tells, for each file from its `Begin` to its `End` or `Gone`.
pub(super) enum Piece {
    Begin(Needs),
    /// A buffer, and the number of bytes at its start that belong to the file.
    Bytes(Vec<u8>, usize),
    End {
        bytes: u64,
        hash: blake3::Hash,
        flaw: Option<&'static str>,
    },
    /// The file is gone: the camera deletes old files while we copy.
    Gone,
    Failed(Error),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    Writing,
    /// The drive has a file of this size and time, so only the hash is missing.
    Hashing,
}

/// Nobody takes the pieces any more.
struct Ended;

pub(super) struct Reading<'a> {
    pub images: &'a Dir,
    pub drive: &'a Dir,
    pub monitor: &'a dyn Monitor,
    pub give: SyncSender<Piece>,
    /// Buffers that were written.
    pub empty: Receiver<Vec<u8>>,
}

impl Reading<'_> {
    /// Reads all of them, until nobody takes any more.
    pub fn run(self, files: &[Wanted]) {
        for file in files {
            let passed = match self.needs(file) {
                Ok(needs) => self.pass(Piece::Begin(needs)).and_then(|()| self.read(file)),
                Err(error) => self.pass(Piece::Failed(error)),
            };
            if passed.is_err() {
                return;
            }
        }
    }

    fn needs(&self, wanted: &Wanted) -> Result<Needs, Error> {
        Ok(if is_there(self.drive, wanted)? { Needs::Hashing } else { Needs::Writing })
    }

    fn read(&self, wanted: &Wanted) -> Result<(), Ended> {
        let Ok(mut source) = self.images.read(&wanted.from) else { return self.pass(Piece::Gone) };
        let (mut hasher, mut bytes, mut tail) = (blake3::Hasher::new(), 0, Vec::new());
        loop {
            if let Err(cancelled) = self.monitor.checkpoint() {
                return self.pass(Piece::Failed(cancelled.into()));
            }
            let mut buffer = self.empty.try_recv().unwrap_or_else(|_| vec![0; PIECE]);
            let read = match source.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return self.pass(Piece::Gone),
            };
            hasher.update(&buffer[..read]);
            tail.extend_from_slice(&buffer[read.saturating_sub(frame::TAIL)..read]);
            tail.drain(..tail.len().saturating_sub(frame::TAIL));
            bytes += read as u64;
            self.pass(Piece::Bytes(buffer, read))?;
        }
        let flaw = frame::flaw(wanted.from.name(), bytes, &tail);
        self.pass(Piece::End { bytes, hash: hasher.finalize(), flaw })
    }

    fn pass(&self, piece: Piece) -> Result<(), Ended> {
        self.give.send(piece).map_err(|_| Ended)
    }
}
