//! The manifest of a snapshot on the drive: one line for each file, folder and link, in the order of
//! `domain::snapshot::order`, packed with gzip. It is written and read as a stream, whatever its length.
//!
//! Invariant: the last line tells how many there are, so that one that was cut off is never taken for whole.
use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, IntoInnerError, Read, Write};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::domain::snapshot::entry::{Entry, Line, Sort, hex};
use crate::domain::snapshot::order::compare;

const HEAD: &str = "allsky-backups manifest of a snapshot 1";
const END: &str = "end ";
/// A path of a thousand folders with the longest names, twice.
const LONGEST_LINE: u64 = 1 << 20;

/// Bytes that are gathered before they go on.
const GATHERED: usize = 64 << 10;

pub struct ManifestWriter {
    /// What gzip gives out comes in small parts, and is gathered.
    out: GzEncoder<BufWriter<Hashed>>,
    /// Lines that are still to be packed.
    gathered: Vec<u8>,
    lines: u64,
}

/// A file, and the digest of what was written to it.
struct Hashed {
    file: File,
    hasher: blake3::Hasher,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl ManifestWriter {
    /// Into an empty file.
    pub fn new(file: File) -> io::Result<ManifestWriter> {
        let packed = BufWriter::with_capacity(GATHERED, Hashed { file, hasher: blake3::Hasher::new() });
        let out = GzEncoder::new(packed, Compression::fast());
        Ok(ManifestWriter { out, gathered: format!("{HEAD}\n").into_bytes(), lines: 0 })
    }

    pub fn add(&mut self, line: &Line<'_>) -> io::Result<()> {
        self.lines += 1;
        line.write(&mut self.gathered);
        if self.gathered.len() < GATHERED {
            return Ok(());
        }
        self.out.write_all(&self.gathered)?;
        self.gathered.clear();
        Ok(())
    }

    /// The digest of the file, in hex.
    pub fn finish(mut self) -> io::Result<String> {
        self.gathered.extend_from_slice(format!("{END}{}\n", self.lines).as_bytes());
        self.out.write_all(&self.gathered)?;
        let packed = self.out.finish()?;
        let Hashed { file, hasher } = packed.into_inner().map_err(IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(hex(hasher.finalize().as_bytes()))
    }
}

pub struct ManifestReader {
    lines: BufReader<MultiGzDecoder<BufReader<File>>>,
    /// The line that was read last, so that its memory is used again.
    line: Vec<u8>,
    next: Option<Entry>,
    read: u64,
    /// Files that were passed over by [`ManifestReader::seek`].
    pub passed_files: u64,
}

impl ManifestReader {
    pub fn open(file: File) -> io::Result<ManifestReader> {
        let packed = MultiGzDecoder::new(BufReader::with_capacity(GATHERED, file));
        let lines = BufReader::with_capacity(GATHERED, packed);
        let mut reader = ManifestReader { lines, line: Vec::new(), next: None, read: 0, passed_files: 0 };
        if !reader.has_line()? || reader.line != HEAD.as_bytes() {
            return Err(damaged("it does not begin as a manifest"));
        }
        reader.advance()?;
        Ok(reader)
    }

    /// The entry that comes next, and the one behind it becomes the next.
    pub fn take(&mut self) -> io::Result<Option<Entry>> {
        let taken = self.next.take();
        if taken.is_some() {
            self.advance()?;
        }
        Ok(taken)
    }

    pub fn peek(&self) -> Option<&Entry> {
        self.next.as_ref()
    }

    /// The entry of this path, when there is one; passes over all that come before it.
    pub fn seek(&mut self, path: &[u8], sort: Sort) -> io::Result<Option<Entry>> {
        loop {
            let Some(next) = &self.next else { return Ok(None) };
            match compare((&next.path, next.sort), (path, sort)) {
                Ordering::Less => {
                    self.passed_files += u64::from(next.sort == Sort::File);
                    self.take()?;
                }
                Ordering::Equal => return self.take(),
                Ordering::Greater => return Ok(None),
            }
        }
    }

    /// The next entry that comes before `path`; `None` when that has its turn.
    pub fn take_before(&mut self, path: &[u8], sort: Sort) -> io::Result<Option<Entry>> {
        match &self.next {
            Some(next) if compare((&next.path, next.sort), (path, sort)).is_lt() => self.take(),
            _ => Ok(None),
        }
    }

    /// The next entry that lies below `folder`; all of them at the top.
    pub fn take_below(&mut self, folder: &[u8]) -> io::Result<Option<Entry>> {
        let is_below = |path: &[u8]| {
            folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.first() == Some(&b'/'))
        };
        match &self.next {
            Some(next) if is_below(&next.path) => self.take(),
            _ => Ok(None),
        }
    }

    /// Passes over the rest.
    pub fn finish(&mut self) -> io::Result<()> {
        while let Some(entry) = self.take()? {
            self.passed_files += u64::from(entry.sort == Sort::File);
        }
        Ok(())
    }

    fn advance(&mut self) -> io::Result<()> {
        if !self.has_line()? {
            return Err(damaged("its end is missing"));
        }
        if let Some(count) = self.line.strip_prefix(END.as_bytes()) {
            let said = std::str::from_utf8(count).ok().and_then(|text| text.parse::<u64>().ok());
            return if said == Some(self.read) && !self.has_line()? {
                Ok(())
            } else {
                Err(damaged("lines are missing"))
            };
        }
        self.next = Some(Entry::read(&self.line).ok_or_else(|| damaged("a line cannot be understood"))?);
        self.read += 1;
        Ok(())
    }

    /// Reads the next line; false when there is none.
    fn has_line(&mut self) -> io::Result<bool> {
        self.line.clear();
        (&mut self.lines).take(LONGEST_LINE).read_until(b'\n', &mut self.line)?;
        match self.line.pop() {
            None => Ok(false),
            Some(b'\n') => Ok(true),
            Some(_) => Err(damaged("a line is cut off")),
        }
    }
}

fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the manifest is damaged: {why}"))
}

#[cfg(test)]
mod tests {
    use std::io::Seek;

    use super::*;
    use crate::domain::snapshot::entry::{Looks, Names};

    fn line(path: &str) -> Line<'_> {
        let looks = Looks { bytes: 1, seconds: 2, nanos: 3, mode: 0o644, uid: 0, gid: 0 };
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let (folder, name) = (folder.as_bytes(), name.as_bytes());
        Line { sort: Sort::File, looks, names: Names::One, digest: Some(&[1; 32]), target: b"", folder, name }
    }

    fn written() -> File {
        let file = tempfile::tempfile().unwrap();
        let mut writer = ManifestWriter::new(file.try_clone().unwrap()).unwrap();
        ["a", "c", "e/b"].iter().for_each(|path| writer.add(&line(path)).unwrap());
        assert_eq!(writer.finish().unwrap().len(), 64);
        (&file).rewind().unwrap();
        file
    }

    #[test]
    fn entries_are_found_side_by_side_with_a_walk() {
        let mut reader = ManifestReader::open(written()).unwrap();
        for (path, found) in [("a", true), ("b", false), ("c", true), ("e/a", false), ("e/b", true), ("e/c", false)] {
            assert_eq!(reader.seek(path.as_bytes(), Sort::File).unwrap().is_some(), found, "{path}");
        }
        assert_eq!(reader.passed_files, 0);
        let mut reader = ManifestReader::open(written()).unwrap();
        reader.seek(b"d", Sort::File).unwrap();
        reader.finish().unwrap();
        assert_eq!(reader.passed_files, 3);
    }

    #[test]
    fn a_manifest_that_was_cut_off_is_never_taken_for_whole() {
        let mut bytes = Vec::new();
        written().read_to_end(&mut bytes).unwrap();
        for length in 0..bytes.len() {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes[..length]).unwrap();
            file.rewind().unwrap();
            let read = ManifestReader::open(file).and_then(|mut reader| reader.finish());
            assert!(read.is_err(), "{length} of {}", bytes.len());
        }
    }
}
