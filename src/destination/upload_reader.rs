//! A file that still grows: one end writes what comes, the other reads what is there and waits for more.
//!
//! Invariant: the reader meets an end only when all that was announced is there. A writer that gives up is a
//! read error, and a writer whose reader is gone is told at once. Nobody holds the file open for longer than
//! bytes may come: one that is removed afterwards gives its room back.
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// After this long without a byte the reader may look around.
const LOOK_AROUND: Duration = Duration::from_millis(250);
/// How far the writer may be ahead, and how long it waits for the reader when it is.
const AHEAD: u64 = 64 << 20;
const WAIT: Duration = Duration::from_secs(5);

#[derive(Debug)]
struct State {
    written: u64,
    read: u64,
    /// Why nothing more comes.
    left_off: Option<String>,
    reader_gone: bool,
    news: Instant,
    /// Until all of it is on the disk, or nobody wants it any more.
    files: Option<Arc<Files>>,
}

/// What both ends see.
#[derive(Debug)]
struct Shared {
    total: u64,
    state: Mutex<State>,
    wakeup: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What grows, and where it is written down how much of it is on the disk.
#[derive(Debug)]
pub struct Files {
    pub bytes: File,
    pub mark: File,
}

/// The end that writes.
#[derive(Debug)]
pub struct UploadWriter {
    shared: Arc<Shared>,
}

/// The end that reads, from the first byte on.
#[derive(Debug)]
pub struct UploadReader {
    file: File,
    shared: Arc<Shared>,
    at: u64,
    patience: Duration,
}

/// A look at a growing file from outside.
#[derive(Debug, Clone)]
pub struct Progress(Arc<Shared>);

/// Both ends of a file that shall have `total` bytes and has `written`. The reader gives up after
/// `patience` without a byte.
pub fn ends(files: Files, written: u64, total: u64, patience: Duration) -> io::Result<(UploadWriter, UploadReader)> {
    let file = files.bytes.try_clone()?;
    let files = Some(Arc::new(files));
    let state = State { written, read: 0, left_off: None, reader_gone: false, news: Instant::now(), files };
    let shared = Arc::new(Shared { total, state: Mutex::new(state), wakeup: Condvar::new() });
    let head = UploadWriter { shared: shared.clone() };
    Ok((head, UploadReader { file, shared, at: 0, patience }))
}

/// How a mark is written; always as long, so that it can be written over.
pub fn mark(bytes: u64) -> String {
    format!("{bytes:020}\n")
}

impl UploadWriter {
    /// Writes behind what is there. Waits a little for a reader that is far behind. `BrokenPipe` when nobody
    /// reads any more, `InvalidInput` for more than was announced.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.shared.state();
        let end = Instant::now() + WAIT;
        while !state.reader_gone && state.written.saturating_sub(state.read) > AHEAD && Instant::now() < end {
            state = self.shared.wakeup.wait_timeout(state, LOOK_AROUND).unwrap_or_else(PoisonError::into_inner).0;
        }
        let (at, gone, files) = (state.written, state.reader_gone, state.files.clone());
        drop(state);
        if gone {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let files = files.filter(|_| at + bytes.len() as u64 <= self.shared.total).ok_or(ErrorKind::InvalidInput)?;
        files.bytes.write_all_at(bytes, at)?;
        let mut state = self.shared.state();
        state.written += bytes.len() as u64;
        state.news = Instant::now();
        self.shared.wakeup.notify_all();
        Ok(())
    }

    /// Everything that was written is on the disk afterwards, and counts also after a power cut.
    pub fn settle(&self) -> io::Result<()> {
        let state = self.shared.state();
        let written = state.written;
        // All is settled, or the reader has left, and there is nothing to go on with.
        let Some(files) = state.files.clone() else { return Ok(()) };
        drop(state);
        files.bytes.sync_data()?;
        files.mark.write_all_at(mark(written).as_bytes(), 0)?;
        if written == self.shared.total {
            self.shared.state().files = None;
        }
        Ok(())
    }

    pub fn progress(&self) -> Progress {
        Progress(self.shared.clone())
    }
}

impl Drop for UploadWriter {
    fn drop(&mut self) {
        self.progress().leave_off("the sending stopped");
    }
}

impl Progress {
    /// Bytes that are there.
    pub fn written(&self) -> u64 {
        self.0.state().written
    }

    pub fn total(&self) -> u64 {
        self.0.total
    }

    /// Since the last byte came.
    pub fn silence(&self) -> Duration {
        self.0.state().news.elapsed()
    }

    /// Nobody reads any more: all was read, or it was refused.
    pub fn is_over(&self) -> bool {
        self.0.state().reader_gone
    }

    /// Lets the reader go for now.
    pub fn leave_off(&self, why: &str) {
        let mut state = self.0.state();
        state.left_off.get_or_insert_with(|| why.to_owned());
        self.0.wakeup.notify_all();
    }
}

impl Read for UploadReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.shared.state();
        if self.at == state.written && self.at < self.shared.total && state.left_off.is_none() {
            state = self.shared.wakeup.wait_timeout(state, LOOK_AROUND).unwrap_or_else(PoisonError::into_inner).0;
        }
        let there = state.written - self.at;
        if there > 0 {
            drop(state);
            let most = buffer.len().min(usize::try_from(there).unwrap_or(usize::MAX));
            let count = self.file.read_at(&mut buffer[..most], self.at)?;
            if count == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.at += count as u64;
            self.shared.state().read = self.at;
            self.shared.wakeup.notify_all();
            return Ok(count);
        }
        if self.at == self.shared.total {
            return Ok(0);
        }
        if let Some(why) = &state.left_off {
            return Err(io::Error::new(ErrorKind::ConnectionReset, why.clone()));
        }
        if state.news.elapsed() >= self.patience {
            return Err(io::Error::new(ErrorKind::ConnectionReset, "nothing more came for a long time"));
        }
        Err(ErrorKind::TimedOut.into())
    }
}

impl Drop for UploadReader {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.reader_gone = true;
        // The writer closes the last files of a whole upload.
        if self.at < self.shared.total {
            state.files = None;
        }
        drop(state);
        self.shared.wakeup.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(total: u64, patience: Duration) -> (UploadWriter, UploadReader) {
        let made = || tempfile::tempfile().unwrap();
        ends(Files { bytes: made(), mark: made() }, 0, total, patience).unwrap()
    }

    #[test]
    fn what_is_written_here_is_read_there_and_the_end_is_the_announced_one() {
        let (mut head, mut tail) = both(6, WAIT);
        head.append(b"abc").unwrap();
        let reader = std::thread::spawn(move || {
            let mut all = Vec::new();
            while all.len() < 6 {
                let mut piece = [0; 2];
                match tail.read(&mut piece) {
                    Ok(count) => all.extend_from_slice(&piece[..count]),
                    Err(e) => assert_eq!(e.kind(), ErrorKind::TimedOut),
                }
            }
            assert_eq!(tail.read(&mut [0; 2]).unwrap(), 0);
            // A reader that goes is another story.
            (all, tail)
        });
        head.append(b"def").unwrap();
        assert_eq!(head.append(b"x").map_err(|e| e.kind()), Err(ErrorKind::InvalidInput));
        assert_eq!(reader.join().unwrap().0, b"abcdef");
    }

    #[test]
    fn a_writer_that_gives_up_is_no_end_and_a_reader_that_is_gone_is_told() {
        let (mut head, mut tail) = both(6, WAIT);
        head.append(b"abc").unwrap();
        drop(head);
        let mut all = Vec::new();
        assert_eq!(tail.read_to_end(&mut all).unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert_eq!(all, b"abc");
        let (mut head, tail) = both(6, WAIT);
        assert!(!head.progress().is_over());
        drop(tail);
        assert_eq!(head.append(b"abc").map_err(|e| e.kind()), Err(ErrorKind::BrokenPipe));
        assert!(head.progress().is_over());
    }

    #[test]
    fn what_is_whole_or_given_up_is_held_open_by_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let made = |name: &str| File::create_new(dir.path().join(name)).unwrap();
        let open = || {
            let links = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
            links
                .filter_map(|link| std::fs::read_link(link.path()).ok())
                .filter(|at| at.starts_with(dir.path()))
                .count()
        };
        let of = |bytes, mark, total| ends(Files { bytes: made(bytes), mark: made(mark) }, 0, total, WAIT).unwrap();
        let (mut head, tail) = of("given up", "its mark", 6);
        head.append(b"abc").unwrap();
        head.settle().unwrap();
        assert!(open() > 0);
        drop(tail);
        assert_eq!(open(), 0);
        head.settle().unwrap();
        let (mut whole, tail) = of("whole", "its other mark", 3);
        whole.append(b"abc").unwrap();
        whole.settle().unwrap();
        drop(tail);
        assert_eq!(open(), 0);
        assert_eq!(std::fs::read_to_string(dir.path().join("its other mark")).unwrap(), mark(3));
    }

    #[test]
    fn after_a_long_silence_the_reader_goes() {
        let (_head, mut tail) = both(6, Duration::ZERO);
        assert_eq!(tail.read(&mut [0; 2]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
}
