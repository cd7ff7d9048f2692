//! A good archive of any size that lies nowhere: every byte of it can be made when it is asked for.
use sha2::Digest as _;

use crate::support::tarball::{IMAGES_METADATA, Tar, TarHeader, gzip};

/// Bytes of one picture; whole blocks, so that nothing has to be filled up.
const PICTURE: usize = 4 << 20;

/// One gzip member after the other: the header of a picture, its noise, and at the end the metadata.
pub struct LargeArchive {
    headers: Vec<Vec<u8>>,
    noise: Vec<u8>,
    end: Vec<u8>,
}

impl LargeArchive {
    /// Of about `bytes`.
    pub fn of(bytes: u64) -> LargeArchive {
        let count = bytes.div_ceil(PICTURE as u64).max(1);
        let header =
            |number| gzip(&TarHeader::new(format!("images/20261120/image-{number:06}.jpg"), PICTURE as u64).block());
        let mut headers: Vec<Vec<u8>> = (0..count).map(header).collect();
        // Packed headers differ in length by a byte or two; zero bytes of a gzip comment make them one.
        let width = headers.iter().map(Vec::len).max().unwrap();
        headers.iter_mut().for_each(|header| *header = widened(header, width + 16));
        let mut dice = crate::dice::Dice::new(33);
        let noise: Vec<u8> = (0..PICTURE / 8).flat_map(|_| dice.roll().to_le_bytes()).collect();
        let end = Tar::default().file("metadata.json", IMAGES_METADATA).end();
        LargeArchive { headers, noise: stored(&noise), end: gzip(&end) }
    }

    fn unit(&self) -> u64 {
        (self.headers[0].len() + self.noise.len()) as u64
    }

    pub fn bytes(&self) -> u64 {
        self.unit() * self.headers.len() as u64 + self.end.len() as u64
    }

    /// At least one and at most `most` bytes from `at` on.
    pub fn read(&self, at: u64, most: u64) -> Vec<u8> {
        let (number, within) = ((at / self.unit()) as usize, (at % self.unit()) as usize);
        let (part, from) = match self.headers.get(number) {
            None => (&self.end, (at - self.unit() * self.headers.len() as u64) as usize),
            Some(header) if within < header.len() => (header, within),
            Some(header) => (&self.noise, within - header.len()),
        };
        part[from..part.len().min(from + most as usize)].to_vec()
    }

    /// Of all of it, in hex.
    pub fn sha256(&self) -> String {
        let mut sum = sha2::Sha256::new();
        for header in &self.headers {
            sum.update(header);
            sum.update(&self.noise);
        }
        sum.update(&self.end);
        sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A member with an extra field that makes it `width` long.
fn widened(member: &[u8], width: usize) -> Vec<u8> {
    let extra = width - member.len() - 2;
    let mut wide = member[..10].to_vec();
    wide[3] |= 4;
    wide.extend_from_slice(&u16::try_from(extra).unwrap().to_le_bytes());
    wide.extend(std::iter::repeat_n(0, extra));
    wide.extend_from_slice(&member[10..]);
    wide
}

/// One gzip member that does not try to compress.
fn stored(raw: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut packed = flate2::GzBuilder::new().write(Vec::new(), flate2::Compression::none());
    packed.write_all(raw).unwrap();
    packed.finish().unwrap()
}
