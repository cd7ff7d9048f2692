//! Reading an archive and writing its files are two threads: while one waits for the disk, the other
//! unpacks and proves. A few pieces lie between them, whatever the size of a file.
//!
//! Files of different gzip members have nothing to do with each other, so there are two
//! such pairs. An archive that is one single member is read by one.
use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::Error;
use crate::archive::index::Row;
use crate::archive::sweep;
use crate::domain::monitor::Monitor;

/// Small enough for the allocator to use it again without asking the kernel.
const PIECE_BYTES: usize = 64 << 10;
/// Pieces that may wait in each pair: 2 MiB.
const WAITING: usize = 32;

/// Four threads are enough for any disk of a camera, and more would cost memory.
const PAIRS: usize = 2;

enum Piece<'r> {
    Begin(&'r Row),
    Bytes(Vec<u8>),
    End,
}

/// Takes one file: the row, and its content to the end.
pub(super) type Put<'p, 'r> = dyn Fn(&'r Row, &mut dyn Read) -> Result<(), Error> + Sync + 'p;

/// Gives each of `rows` (in archive order) to `put` with a reader of its content, several at once. A
/// content that turns out to be wrong is an error after `put` has taken it, so nothing that was put
/// may be used before this returns.
pub(super) fn stream<'r>(
    archive: &File,
    rows: &[&'r Row],
    put: &Put<'_, 'r>,
    monitor: &dyn Monitor,
) -> Result<(), Error> {
    let groups: Vec<&[&Row]> = rows.chunk_by(|one, next| one.gzip_offset == next.gzip_offset).collect();
    let pairs = PAIRS.min(groups.len());
    let queue = Queue { groups: Mutex::new(groups.into_iter()), stopped: AtomicBool::new(false) };
    let pair = || {
        let outcome = pair(archive, &queue, put, monitor);
        if outcome.is_err() {
            queue.stopped.store(true, Ordering::Relaxed);
        }
        outcome
    };
    thread::scope(|scope| {
        let all: Vec<_> = (0..pairs).map(|_| scope.spawn(pair)).collect();
        let ends: Vec<_> =
            all.into_iter().map(|t| t.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect();
        ends.into_iter().collect()
    })
}

/// Files that nobody has taken yet, gzip member by gzip member.
struct Queue<'g, 'r> {
    groups: Mutex<std::vec::IntoIter<&'g [&'r Row]>>,
    stopped: AtomicBool,
}

impl<'g, 'r> Queue<'g, 'r> {
    /// The next gzip member, until one pair has failed.
    fn next(&self) -> Option<&'g [&'r Row]> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        groups.next().filter(|_| !self.stopped.load(Ordering::Relaxed))
    }
}

fn pair<'r>(archive: &File, queue: &Queue<'_, 'r>, put: &Put<'_, 'r>, monitor: &dyn Monitor) -> Result<(), Error> {
    let (give, taken) = sync_channel(WAITING);
    let rows = std::iter::from_fn(|| queue.next()).flatten().copied();
    let (read, written) = thread::scope(|scope| {
        let reader =
            scope.spawn(move || sweep::sweep(archive, rows, &mut |row, content| send(&give, row, content), monitor));
        let written = write(&taken, put);
        // A reader that waits for a writer that gave up must not wait for ever.
        drop(taken);
        (reader.join(), written)
    });
    match (read, written) {
        (Err(panic), _) => std::panic::resume_unwind(panic),
        // The reader only says that nobody took its pieces; the writer knows why.
        (Ok(Err(sweep::Error::Write { .. })), Err(error)) => Err(error),
        (Ok(Err(error)), _) => Err(error.into()),
        (Ok(Ok(())), written) => written,
    }
}

fn send<'r>(give: &SyncSender<Piece<'r>>, row: &'r Row, mut content: &mut dyn Read) -> io::Result<()> {
    let pass = |piece| give.send(piece).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe));
    pass(Piece::Begin(row))?;
    let mut left = row.size;
    while left > 0 {
        let most = left.min(PIECE_BYTES as u64);
        let mut bytes = Vec::with_capacity(most as usize);
        let read = (&mut content).take(most).read_to_end(&mut bytes)? as u64;
        if read == 0 {
            break;
        }
        left -= read;
        pass(Piece::Bytes(bytes))?;
    }
    pass(Piece::End)
}

fn write<'r>(taken: &Receiver<Piece<'r>>, put: &Put<'_, 'r>) -> Result<(), Error> {
    while let Ok(piece) = taken.recv() {
        if let Piece::Begin(row) = piece {
            put(row, &mut Content { taken, bytes: Vec::new(), at: 0, ended: false })?;
        }
    }
    Ok(())
}

/// The pieces of one file.
struct Content<'c, 'r> {
    taken: &'c Receiver<Piece<'r>>,
    bytes: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Read for Content<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.bytes.len() && !self.ended {
            match self.taken.recv() {
                Ok(Piece::Bytes(bytes)) => (self.bytes, self.at) = (bytes, 0),
                Ok(Piece::End) => self.ended = true,
                Ok(Piece::Begin(_)) => return Err(io::ErrorKind::InvalidData.into()),
                // The reader has stopped in the middle, and says why when it is joined.
                Err(_) => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let n = buffer.len().min(self.bytes.len() - self.at);
        buffer[..n].copy_from_slice(&self.bytes[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}
