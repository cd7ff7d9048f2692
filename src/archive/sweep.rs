//! Many files out of an archive in one pass, for restores.
//!
//! Files are asked for in archive order; each is reached from its restart point, or by reading on
//! when it lies ahead in the same gzip member. An archive that is one single member is thus read
//! once, however many files are taken. Every file is held against its SHA-256 before it counts.
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;

use flate2::bufread::MultiGzDecoder;
use sha2::Digest as _;

use crate::base::digest::Sha256;
use crate::base::rel_path::RelPath;
use crate::domain::monitor::{Cancelled, Monitor};

use super::index::Row;

/// Packed bytes that are read at once.
const BUFFER: usize = 256 << 10;
/// Bytes between two looks at the monitor.
const TICK: u64 = 1 << 20;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("{member}: the archive is damaged here")]
    Read { member: RelPath, source: io::Error },
    #[error("{member}: the content is not what the archive promised")]
    Different { member: RelPath },
    #[error("{member}: could not be written")]
    Write { member: RelPath, source: io::Error },
}

/// Gives each of `rows` (files in archive order) to `take` with a reader of its content. Bytes that
/// `take` leaves unread are read and proved too. After an error nothing that it took may be used.
pub fn sweep<'r>(
    archive: &File,
    rows: impl IntoIterator<Item = &'r Row>,
    take: &mut dyn FnMut(&'r Row, &mut dyn Read) -> io::Result<()>,
    monitor: &dyn Monitor,
) -> Result<(), Error> {
    let mut stream: Option<Stream<'_>> = None;
    for row in rows {
        monitor.checkpoint()?;
        let damaged = |source| Error::Read { member: row.path.clone(), source };
        let here = match stream.take() {
            Some(open) if open.start == row.gzip_offset && open.position <= row.skip => open,
            _ => Stream::open(archive, row.gzip_offset),
        };
        let here = stream.insert(here);
        here.skip_to(row.skip, monitor).map_err(|stop| stop.at(&row.path))?;
        let mut content = Content { stream: here, left: row.size, hasher: sha2::Sha256::new(), failed: None };
        if let Err(source) = take(row, &mut content) {
            // A reader's error comes back through the writer; what the archive did wrong counts.
            return Err(match content.failed {
                Some(source) => damaged(source),
                None => Error::Write { member: row.path.clone(), source },
            });
        }
        io::copy(&mut content, &mut io::sink()).map_err(damaged)?;
        let sum = Sha256(content.hasher.finalize().into());
        if row.sha256.is_some_and(|promised| promised != sum) {
            return Err(Error::Different { member: row.path.clone() });
        }
    }
    Ok(())
}

/// Unpacked bytes from the start of one gzip member on.
struct Stream<'f> {
    start: u64,
    position: u64,
    decoder: MultiGzDecoder<BufReader<At<'f>>>,
}

enum Stop {
    Cancelled(Cancelled),
    Read(io::Error),
}

impl Stop {
    fn at(self, member: &RelPath) -> Error {
        match self {
            Stop::Cancelled(cancelled) => Error::Cancelled(cancelled),
            Stop::Read(source) => Error::Read { member: member.clone(), source },
        }
    }
}

impl<'f> Stream<'f> {
    fn open(file: &'f File, start: u64) -> Self {
        let decoder = MultiGzDecoder::new(BufReader::with_capacity(BUFFER, At { file, offset: start }));
        Stream { start, position: 0, decoder }
    }

    fn skip_to(&mut self, position: u64, monitor: &dyn Monitor) -> Result<(), Stop> {
        while self.position < position {
            monitor.checkpoint().map_err(Stop::Cancelled)?;
            let step = (position - self.position).min(TICK);
            let read = io::copy(&mut (&mut self.decoder).take(step), &mut io::sink()).map_err(Stop::Read)?;
            self.position += read;
            if read < step {
                return Err(Stop::Read(io::ErrorKind::UnexpectedEof.into()));
            }
        }
        Ok(())
    }
}

/// The content of one file; the end comes after exactly its length.
struct Content<'s, 'f> {
    stream: &'s mut Stream<'f>,
    left: u64,
    hasher: sha2::Sha256,
    failed: Option<io::Error>,
}

impl Read for Content<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if most == 0 {
            return Ok(0);
        }
        let n = match self.stream.decoder.read(&mut buffer[..most]) {
            Ok(0) => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            other => other,
        }
        .inspect_err(|e| self.failed = Some(io::Error::new(e.kind(), e.to_string())))?;
        self.hasher.update(&buffer[..n]);
        self.left -= n as u64;
        self.stream.position += n as u64;
        Ok(n)
    }
}

/// Reads a file from a place of its own, so that several sweeps may share one open file.
struct At<'f> {
    file: &'f File,
    offset: u64,
}

impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read_at(buffer, self.offset)?;
        self.offset += n as u64;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::domain::monitor::Unwatched;

    /// Contents packed as `parts` gzip members, and the rows that reach them.
    fn packed(contents: &[Vec<u8>], parts: usize) -> (File, Vec<Row>) {
        let mut file = tempfile::tempfile().unwrap();
        let mut rows = Vec::new();
        let mut offset = 0;
        for (number, chunk) in contents.chunks(contents.len().div_ceil(parts)).enumerate() {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
            let mut skip = 0;
            for (at, content) in chunk.iter().enumerate() {
                gzip.write_all(b"header").unwrap();
                gzip.write_all(content).unwrap();
                rows.push(Row {
                    path: RelPath::parse(format!("{number}/{at}")).unwrap(),
                    is_dir: false,
                    size: content.len() as u64,
                    files: 1,
                    mtime: 0,
                    sha256: Some(Sha256::of(content)),
                    gzip_offset: offset,
                    skip: skip + 6,
                    content: Default::default(),
                });
                skip += 6 + content.len() as u64;
            }
            let bytes = gzip.finish().unwrap();
            file.write_all(&bytes).unwrap();
            offset += bytes.len() as u64;
        }
        (file, rows)
    }

    fn contents() -> Vec<Vec<u8>> {
        (0..7u8).map(|n| vec![n; usize::from(n) * 1000]).collect()
    }

    fn taken(file: &File, rows: &[Row]) -> Result<Vec<Vec<u8>>, Error> {
        let mut out = Vec::new();
        let mut take = |_: &Row, content: &mut dyn Read| {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes)?;
            out.push(bytes);
            Ok(())
        };
        sweep(file, rows, &mut take, &Unwatched)?;
        Ok(out)
    }

    #[test]
    fn every_choice_of_files_comes_out_whole_from_one_member_or_many() {
        let contents = contents();
        for parts in [1, 3, 7] {
            let (file, rows) = packed(&contents, parts);
            for choice in 0u32..128 {
                let chosen = |n: &usize| choice & (1 << n) != 0;
                let some: Vec<Row> = (0..7).filter(chosen).map(|n| rows[n].clone()).collect();
                let wanted: Vec<_> = (0..7).filter(chosen).map(|n| contents[n].clone()).collect();
                assert_eq!(taken(&file, &some).unwrap(), wanted, "{parts} members, choice {choice:b}");
            }
        }
    }

    #[test]
    fn what_is_left_unread_is_proved_all_the_same() {
        let (file, mut rows) = packed(&contents(), 1);
        rows[3].sha256 = Some(Sha256::of(b"something else"));
        let error = sweep(&file, &rows, &mut |_, _| Ok(()), &Unwatched).unwrap_err();
        assert!(matches!(error, Error::Different { member } if member == rows[3].path));
    }

    #[test]
    fn damage_is_told_from_a_disk_that_cannot_be_written() {
        let (file, rows) = packed(&contents(), 1);
        let cut = file.metadata().unwrap().len() / 2;
        file.set_len(cut).unwrap();
        assert!(matches!(taken(&file, &rows), Err(Error::Read { .. })));
        let (file, rows) = packed(&contents(), 1);
        let full = sweep(&file, &rows, &mut |_, _| Err(io::ErrorKind::StorageFull.into()), &Unwatched);
        assert!(matches!(full, Err(Error::Write { .. })));
    }
}
