//! Bytes on their way: read by a thread of their own, while another writes what was read before.
//!
//! Pieces come in the order of the files, so that a disk is written as one stream; a few wait in between, whatever the
//! size of a file. Their memory goes round.
use std::cell::Cell;
use std::io::{self, ErrorKind, Read};
use std::ops::Deref;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, channel, sync_channel};
use std::thread;

/// Fits into the memory of a processor, so that what was read is hashed from there.
pub const PIECE_BYTES: usize = 256 << 10;
/// Pieces that may wait: 2 MiB.
const WAITING: usize = 8;

/// What the reading side tells of each file, from its `Begin` to its `End`.
enum Told<B, E> {
    Begin(B),
    /// A buffer, and the number of bytes at its start that belong to the file.
    Bytes(Vec<u8>, usize),
    End(E),
}

/// The side that reads. `B` is told when a file begins, `E` when it ends.
pub struct PieceSender<B, E> {
    told: SyncSender<Told<B, E>>,
    /// Buffers that were written.
    empty: Receiver<Vec<u8>>,
    /// The buffer that met the end of the last file.
    spare: Cell<Option<Vec<u8>>>,
}

/// The side that writes.
pub struct PieceReceiver<B, E> {
    told: Receiver<Told<B, E>>,
    written: Sender<Vec<u8>>,
}

/// Why the reading side stops before its end.
#[derive(Debug)]
pub enum Stopped<X> {
    /// Nobody takes pieces any more; the side that writes knows why.
    NobodyTakes,
    Failed(X),
}

impl<X> From<X> for Stopped<X> {
    fn from(error: X) -> Self {
        Stopped::Failed(error)
    }
}

/// The reading side has stopped in the middle, and says why itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenOff;

impl<B, E> PieceSender<B, E> {
    pub fn begin<X>(&self, begin: B) -> Result<(), Stopped<X>> {
        self.tell(Told::Begin(begin))
    }

    pub fn end<X>(&self, end: E) -> Result<(), Stopped<X>> {
        self.tell(Told::End(end))
    }

    /// Reads one piece from `from`, shows it to `look` and passes it on. False at the end of `from`; an error of `from`
    /// is the inner one.
    pub fn pass<X>(&self, from: &mut dyn Read, look: &mut dyn FnMut(&[u8])) -> Result<io::Result<bool>, Stopped<X>> {
        let spare = self.spare.take().or_else(|| self.empty.try_recv().ok());
        let mut buffer = spare.unwrap_or_else(|| vec![0; PIECE_BYTES]);
        match fill(from, &mut buffer) {
            Ok(read) if read > 0 => {
                look(&buffer[..read]);
                self.tell(Told::Bytes(buffer, read)).map(|()| Ok(true))
            }
            end => {
                self.spare.set(Some(buffer));
                Ok(end.map(|_| false))
            }
        }
    }

    fn tell<X>(&self, told: Told<B, E>) -> Result<(), Stopped<X>> {
        self.told.send(told).map_err(|_| Stopped::NobodyTakes)
    }
}

/// Reads until `buffer` is full or `from` is at its end.
fn fill(from: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Bytes of a file, in a buffer that goes back to the reading side when this value goes.
pub struct Piece<'a> {
    buffer: Vec<u8>,
    length: usize,
    written: &'a Sender<Vec<u8>>,
}

impl Deref for Piece<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}

impl Drop for Piece<'_> {
    fn drop(&mut self) {
        // When the reading side has ended it needs no buffer any more.
        let _ = self.written.send(std::mem::take(&mut self.buffer));
    }
}

/// What comes next of a file that has begun.
pub enum Next<'a, E> {
    Bytes(Piece<'a>),
    End(E),
}

impl<B, E> PieceReceiver<B, E> {
    /// The next file begins; what its predecessor still had is passed over. `None` when no file comes any more.
    pub fn begin(&self) -> Option<B> {
        loop {
            match self.told.recv() {
                Ok(Told::Begin(begin)) => return Some(begin),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    /// Only between the beginning of a file and its end.
    pub fn next(&self) -> Result<Next<'_, E>, BrokenOff> {
        match self.told.recv() {
            Ok(Told::Bytes(buffer, length)) => Ok(Next::Bytes(Piece { buffer, length, written: &self.written })),
            Ok(Told::End(end)) => Ok(Next::End(end)),
            Ok(Told::Begin(_)) | Err(_) => Err(BrokenOff),
        }
    }

    /// The file that has begun, to be read to its end.
    pub fn content(&self) -> Content<'_, B, E> {
        Content { pieces: self, piece: None, at: 0, has_ended: false }
    }
}

/// The bytes of one file. It has no end when the reading side has stopped in the middle.
pub struct Content<'a, B, E> {
    pieces: &'a PieceReceiver<B, E>,
    piece: Option<Piece<'a>>,
    at: usize,
    has_ended: bool,
}

impl<B, E> Read for Content<'_, B, E> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.has_ended && self.piece.as_ref().is_none_or(|piece| self.at == piece.len()) {
            self.piece = None;
            match self.pieces.next() {
                Ok(Next::Bytes(piece)) => (self.piece, self.at) = (Some(piece), 0),
                Ok(Next::End(_)) => self.has_ended = true,
                Err(BrokenOff) => return Err(ErrorKind::UnexpectedEof.into()),
            }
        }
        let Some(piece) = &self.piece else { return Ok(0) };
        let n = buffer.len().min(piece.len() - self.at);
        buffer[..n].copy_from_slice(&piece[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

/// Runs `read` in a thread of its own beside `write`, and returns what `write` did. When both fail, the one counts that
/// failed by itself: a writing side that only met [`BrokenOff`] does not.
pub fn read_ahead<B: Send, E: Send, T, X: Send>(
    read: impl FnOnce(&PieceSender<B, E>) -> Result<(), Stopped<X>> + Send,
    write: impl FnOnce(&PieceReceiver<B, E>) -> Result<T, X>,
) -> Result<T, X> {
    let (told, hear) = sync_channel(WAITING);
    let (written, empty) = channel();
    let (read, wrote, was_cut) = thread::scope(|scope| {
        let sender = PieceSender { told, empty, spare: Cell::new(None) };
        let reader = scope.spawn(move || read(&sender));
        let receiver = PieceReceiver { told: hear, written };
        let wrote = write(&receiver);
        // Only a reading side that has gone leaves nothing to wait for.
        let was_cut = matches!(receiver.told.try_recv(), Err(TryRecvError::Disconnected));
        // A reading side that waits for one that gave up must not wait for ever.
        drop(receiver);
        (reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), wrote, was_cut)
    });
    match (read, wrote) {
        (Err(Stopped::Failed(error)), Ok(_)) => Err(error),
        (Err(Stopped::Failed(error)), Err(_)) if was_cut => Err(error),
        (_, wrote) => wrote,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read2 = PieceSender<usize, u64>;

    fn send(sender: &Read2, bytes: &[u8]) -> Result<(), Stopped<&'static str>> {
        sender.begin(bytes.len())?;
        let (mut from, mut seen) = (bytes, 0);
        while sender.pass(&mut from, &mut |piece| seen += piece.len() as u64)?.map_err(|_| "unreadable")? {}
        sender.end(seen)
    }

    #[test]
    fn every_byte_comes_in_order_and_small_files_come_between_large_ones() {
        let bytes = |length: usize| (0..length).map(|n| (n / 1000 + n) as u8).collect::<Vec<u8>>();
        let files = [0, 1, PIECE_BYTES, 3, 40 * PIECE_BYTES + 7, PIECE_BYTES - 1].map(bytes);
        let came = read_ahead(
            |sender: &Read2| files.iter().try_for_each(|file| send(sender, file)),
            |pieces| {
                let mut came = Vec::new();
                while let Some(length) = pieces.begin() {
                    let mut content = Vec::new();
                    pieces.content().read_to_end(&mut content).map_err(|_| "broken off")?;
                    assert_eq!(content.len(), length);
                    came.push(content);
                }
                Ok(came)
            },
        );
        assert_eq!(came, Ok(files.to_vec()));
    }

    #[test]
    fn the_side_that_failed_by_itself_says_why() {
        let endless = |sender: &Read2| loop {
            send(sender, &[7; 3 * PIECE_BYTES])?;
        };
        assert_eq!(read_ahead(endless, |_| Err::<(), _>("the disk is full")), Err("the disk is full"));
        let cut = |sender: &Read2| {
            sender.begin(1)?;
            Err(Stopped::Failed("the file is gone"))
        };
        let take = |pieces: &PieceReceiver<usize, u64>| {
            pieces.begin();
            pieces.next().map(drop).map_err(|BrokenOff| "cut")
        };
        assert_eq!(read_ahead(cut, take), Err("the file is gone"));
        let late = |sender: &Read2| send(sender, b"x").and(Err(Stopped::Failed("the sum is wrong")));
        let to_the_end = |pieces: &PieceReceiver<usize, u64>| {
            while pieces.begin().is_some() {}
            Ok(())
        };
        assert_eq!(read_ahead(late, to_the_end), Err("the sum is wrong"));
    }
}
