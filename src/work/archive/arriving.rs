//! What arrives: its first block says whether it is packed, before any of it is judged.
//!
//! A browser or a desktop may have unpacked a download on its own. Such a tar is packed again on its
//! way in, and from there on it is judged like all others.
use std::io::{self, Cursor, ErrorKind, Read};
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::Compression;
use flate2::read::GzEncoder;

use crate::domain::limits::Limits;
use crate::domain::monitor::Monitor;

/// Bytes of a tar block.
const BLOCK: usize = 512;
/// Where a tar header says what it is.
const MARK_AT: usize = 257;

/// A stream whose first block has been looked at.
pub(crate) struct Arriving<R> {
    first: Cursor<Vec<u8>>,
    /// Why the first block is not whole; the next read returns it.
    failed: Option<io::Error>,
    rest: R,
}

impl<R: Read> Arriving<R> {
    /// Waits for the first block. A cancel only ends the wait; the caller asks for it again when it reads on.
    pub fn look(mut rest: R, monitor: &dyn Monitor) -> Self {
        let (mut first, mut failed) = (Vec::with_capacity(BLOCK), None);
        while first.len() < BLOCK && may_be_a_tar(&first) && failed.is_none() && monitor.checkpoint().is_ok() {
            let mut block = [0; BLOCK];
            match rest.read(&mut block[..BLOCK - first.len()]) {
                Ok(0) => break,
                Ok(n) => first.extend_from_slice(&block[..n]),
                Err(e) if matches!(e.kind(), ErrorKind::Interrupted | ErrorKind::TimedOut | ErrorKind::WouldBlock) => {}
                Err(e) => failed = Some(e),
            }
        }
        Arriving { first: Cursor::new(first), failed, rest }
    }

    /// A tar without gzip around it.
    pub fn is_plain_tar(&self) -> bool {
        self.first.get_ref().get(MARK_AT..MARK_AT + 5) == Some(b"ustar")
    }
}

/// False as soon as the first name shows that this is no tar of a camera, so that nobody waits for more.
fn may_be_a_tar(first: &[u8]) -> bool {
    let places = Limits::default().places.iter().map(|place| place.as_bytes());
    places.chain(HEADERS).any(|begin| first.iter().zip(begin).all(|(is, wanted)| is == wanted))
}

/// What programs call the headers that they put before a name.
const HEADERS: [&[u8]; 2] = [b"PaxHeader", b"./"];

impl<R: Read> Read for Arriving<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.first.read(buf)? {
            0 if !buf.is_empty() => match self.failed.take() {
                Some(error) => Err(error),
                None => self.rest.read(buf),
            },
            n => Ok(n),
        }
    }
}

/// Packs a tar on its way. What was announced is what is packed, so its end is judged here: `taken`
/// counts, and an end before `announced` bytes is a line that broke.
pub(crate) fn pack<'t, R: Read + 't>(tar: R, announced: Option<u64>, taken: &'t AtomicU64) -> impl Read + 't {
    Packed { header_left: HEADER, gzip: GzEncoder::new(Announced { tar, announced, taken }, Compression::fast()) }
}

/// Bytes of a gzip header without a name.
const HEADER: usize = 10;

struct Packed<R> {
    /// Bytes of the header still to be read. The header is read alone, because the encoder loses the part of it that
    /// it gave out when its input has nothing yet.
    header_left: usize,
    gzip: GzEncoder<R>,
}

impl<R: Read> Read for Packed<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = if self.header_left > 0 { buf.len().min(self.header_left) } else { buf.len() };
        let n = self.gzip.read(&mut buf[..most])?;
        self.header_left = self.header_left.saturating_sub(n);
        Ok(n)
    }
}

struct Announced<'t, R> {
    tar: R,
    announced: Option<u64>,
    taken: &'t AtomicU64,
}

impl<R: Read> Read for Announced<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.tar.read(buf)?;
        let taken = self.taken.fetch_add(n as u64, Ordering::Relaxed) + n as u64;
        if n == 0 && !buf.is_empty() && self.announced.is_some_and(|all| taken < all) {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "it ended before all that was announced had come"));
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::monitor::Unwatched;

    /// Gives one byte at a time, and nothing every other time.
    struct Slow<'a>(&'a [u8], bool);

    impl Read for Slow<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(ErrorKind::TimedOut.into());
            }
            self.0.take(1).read(buf).inspect(|n| self.0 = &self.0[*n..])
        }
    }

    fn all(mut from: impl Read) -> io::Result<Vec<u8>> {
        let (mut all, mut buf) = (Vec::new(), [0; 700]);
        loop {
            match from.read(&mut buf) {
                Ok(0) => return Ok(all),
                Ok(n) => all.extend_from_slice(&buf[..n]),
                Err(e) if e.kind() == ErrorKind::TimedOut => {}
                Err(e) => return Err(e),
            }
        }
    }

    #[test]
    fn a_tar_is_known_by_its_first_block_and_nothing_of_it_is_lost() {
        let mut tar = vec![b'x'; 1300];
        tar[..8].copy_from_slice(b"env.json");
        tar[MARK_AT..MARK_AT + 5].copy_from_slice(b"ustar");
        for (bytes, is_tar) in [(&tar[..], true), (b"\x1f\x8b\x08", false), (b"", false), (&tar[..200], false)] {
            let arriving = Arriving::look(Slow(bytes, false), &Unwatched);
            assert_eq!(arriving.is_plain_tar(), is_tar, "{} bytes", bytes.len());
            assert_eq!(all(arriving).unwrap(), bytes);
        }
        struct Waits;
        impl Read for Waits {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                panic!("nobody needs more than the first bytes");
            }
        }
        for begin in [&b"\x1f"[..], b"this is no archive", b"PK"] {
            assert!(!Arriving::look(begin.chain(Waits), &Unwatched).is_plain_tar());
        }
        let taken = AtomicU64::new(0);
        let packed = all(pack(Slow(&tar, false), Some(1300), &taken)).unwrap();
        assert_eq!(all(flate2::read::GzDecoder::new(&packed[..])).unwrap(), tar);
        let short = AtomicU64::new(0);
        let broken = all(pack(Slow(&tar, false), Some(1301), &short)).unwrap_err();
        assert_eq!((broken.kind(), short.into_inner()), (ErrorKind::UnexpectedEof, 1300));
    }
}
