//! Reading an archive and writing its files are two threads: while one waits for the disk, the other
//! unpacks and proves. A few pieces lie between them, whatever the size of a file.
//!
//! Files of different gzip members have nothing to do with each other, so there are two
//! such pairs. An archive that is one single member is read by one.
use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::Error;
use crate::archive::index::Row;
use crate::archive::sweep;
use crate::domain::monitor::Monitor;
use crate::transfer::read_ahead::{PieceSender, Stopped, read_ahead};

/// Four threads are enough for any disk of a camera, and more would cost memory.
const PAIRS: usize = 2;

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
    let rows = std::iter::from_fn(|| queue.next()).flatten().copied();
    read_ahead(
        |pieces| {
            sweep::sweep(archive, rows, &mut |row, content| send(pieces, row, content), monitor).map_err(|error| {
                match error {
                    // It only says that nobody took its pieces.
                    sweep::Error::Write { .. } => Stopped::NobodyTakes,
                    other => Stopped::Failed(other.into()),
                }
            })
        },
        |pieces| {
            while let Some(row) = pieces.begin() {
                put(row, &mut pieces.content())?;
            }
            Ok(())
        },
    )
}

fn send<'r>(pieces: &PieceSender<&'r Row, ()>, row: &'r Row, content: &mut dyn Read) -> io::Result<()> {
    let ended = |_: Stopped<Infallible>| io::Error::from(io::ErrorKind::BrokenPipe);
    pieces.begin(row).map_err(ended)?;
    while pieces.pass(content, &mut |_| ()).map_err(ended)?? {}
    pieces.end(()).map_err(ended)
}
