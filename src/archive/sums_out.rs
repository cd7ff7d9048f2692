//! Remembers the sum of every file that is written, and writes them as `SHA256SUMS` at the end.
//!
//! A hundred thousand pictures are 4 MB here: the names stay in the listing.
use std::io::{self, Write};

use crate::base::digest::{Sha256, Sha256Writer};
use crate::domain::archive::listing::Listing;

use super::member::Begins;
use super::packer::Packer;
use super::tar_out::{self, Header};
use super::unit::Which;
use super::{LATE, METADATA, sum_line};

pub struct Sums<'a> {
    listing: &'a Listing,
    metadata: Option<Sha256>,
    entries: Vec<(u32, Sha256)>,
    /// Of what was found only while the archive was written.
    late: Option<Sha256>,
}

impl<'a> Sums<'a> {
    pub fn new(listing: &'a Listing) -> Self {
        Sums { listing, metadata: None, entries: Vec::new(), late: None }
    }

    /// In archive order.
    pub fn add(&mut self, which: Which, sum: Sha256) {
        match which {
            Which::Metadata => self.metadata = Some(sum),
            Which::Nth(nth) => self.entries.push((nth as u32, sum)),
        }
    }

    pub fn add_late(&mut self, sum: Sha256) {
        self.late = Some(sum);
    }

    fn lines(&self) -> impl Iterator<Item = (Sha256, &[u8])> {
        let first = self.metadata.map(|sum| (sum, METADATA.as_bytes()));
        let name = |nth: u32| self.listing.entries[nth as usize].name.as_bytes();
        let late = self.late.map(|sum| (sum, LATE.as_bytes()));
        first.into_iter().chain(self.entries.iter().map(move |(nth, sum)| (*sum, name(*nth)))).chain(late)
    }

    /// Bytes of the file.
    pub fn size(&self) -> u64 {
        let mut line = Vec::new();
        self.lines()
            .map(|(sum, name)| {
                line.clear();
                sum_line::line(&mut line, sum, name);
                line.len() as u64
            })
            .sum()
    }

    /// Hands the gzip members with `SHA256SUMS` and the end of the tar stream to `put`; gives the sum of
    /// the file itself and how many bytes of header stand before it.
    pub fn pack<E>(&self, header: &Header, mut put: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(Sha256, u64), E> {
        let mut packer = Packer::new(Begins::AtEntry, Vec::new());
        let mut add = |mut bytes: &[u8], packer: &mut Packer| {
            while !bytes.is_empty() {
                let (now, later) = bytes.split_at(bytes.len().min(packer.room()));
                packer.text(now);
                bytes = later;
                if packer.room() == 0 {
                    let packed = packer.finish();
                    put(packed.bytes())?;
                    packer.restart(Begins::Within, packed.into_buffer());
                }
            }
            Ok(())
        };
        let mut text = Vec::new();
        header.encode(&mut text);
        let skip = text.len() as u64;
        add(&text, &mut packer)?;
        let mut hash = Sha256Writer::new(io::sink());
        for (sum, name) in self.lines() {
            text.clear();
            sum_line::line(&mut text, sum, name);
            // A sink takes everything.
            let _ = hash.write_all(&text);
            add(&text, &mut packer)?;
        }
        text.clear();
        text.resize(tar_out::padding(header.size) + 2 * tar_out::BLOCK, 0);
        add(&text, &mut packer)?;
        if packer.raw() > 0 {
            put(packer.finish().bytes())?;
        }
        Ok((hash.finish().1, skip))
    }
}
