//! Reads the lines of `SHA256SUMS` from the end of an archive of ours, one gzip member at a time.
use std::fs::File;
use std::os::unix::fs::FileExt;

use crate::base::digest::Sha256;

use super::member::{ArchiveTail, TAIL};
use super::run::head_at;
use super::tar_in::Entries;
use super::unpack::Unpacker;
use super::{SUMS, sum_line};

/// What is next.
pub struct SumLines<'c> {
    file: &'c File,
    at: u64,
    end: u64,
    packed: Vec<u8>,
    unpacker: Unpacker,
    entries: Entries,
    text: Vec<u8>,
    /// Bytes of `text` that were given out.
    used: usize,
}

impl<'c> SumLines<'c> {
    pub fn new(file: &'c File, tail: &ArchiveTail) -> Self {
        SumLines {
            file,
            at: tail.sums,
            end: tail.length - TAIL as u64,
            packed: Vec::new(),
            unpacker: Unpacker::default(),
            entries: Entries::default(),
            text: Vec::new(),
            used: 0,
        }
    }

    /// The next sum and name, or what is wrong as a sentence.
    pub fn next(&mut self) -> Result<Option<(Sha256, Vec<u8>)>, String> {
        loop {
            if let Some(length) = self.text[self.used..].iter().position(|b| *b == b'\n') {
                let line = &self.text[self.used..self.used + length];
                self.used += length + 1;
                return sum_line::parse(line).map(Some).ok_or_else(|| format!("{SUMS} has a line that makes no sense"));
            }
            if self.at >= self.end {
                return match self.text.len() - self.used {
                    0 if self.entries.is_at_end() => Ok(None),
                    0 => Err(format!("{SUMS} ends too early")),
                    _ => Err(format!("{SUMS} ends in the middle of a line")),
                };
            }
            self.text.drain(..self.used);
            self.used = 0;
            self.member().map_err(|why| format!("{SUMS} is damaged, near byte {} of the archive: {why}", self.at))?;
        }
    }

    fn member(&mut self) -> Result<(), String> {
        let head = head_at(self.file, self.at).map_err(|e| e.to_string())?;
        let head = head.ok_or("the head of a gzip member is broken")?;
        self.packed.resize(head.length, 0);
        self.file.read_exact_at(&mut self.packed, self.at).map_err(|e| e.to_string())?;
        let mut broken = Ok(());
        let (entries, text) = (&mut self.entries, &mut self.text);
        let unpacked = self.unpacker.unpack(&self.packed, &head, |bytes| {
            if broken.is_ok() {
                broken = entries.feed(bytes, &mut |b| text.extend_from_slice(b));
            }
        });
        unpacked.map_err(|e| e.to_string())?;
        broken.map_err(|b| format!("it {b}"))?;
        if self.entries.name().is_some_and(|n| n.as_bytes() != SUMS.as_bytes()) {
            return Err("another file stands in its place".to_owned());
        }
        self.at += head.length as u64;
        Ok(())
    }
}
