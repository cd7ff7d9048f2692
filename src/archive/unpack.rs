//! Gives back the raw bytes of one of our gzip members and checks every byte of it on the way.
use flate2::{Decompress, FlushDecompress, Status};

use super::member::{self, HEAD, MemberHead, RAW_MAX, TRAILER};

/// What is wrong with a member; each reads as the end of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("its checksum does not fit")]
    Checksum,
    #[error("its compressed data is broken")]
    Deflate,
    #[error("its length is wrong")]
    Length,
}

/// Inflates members; keeps its memory from one to the next.
pub struct Unpacker {
    inflate: Decompress,
    /// One byte more than a member may hold: enough to see that it holds too much.
    raw: Vec<u8>,
}

impl Default for Unpacker {
    fn default() -> Self {
        Unpacker { inflate: Decompress::new(false), raw: vec![0; RAW_MAX + 1] }
    }
}

impl Unpacker {
    /// Hands the raw bytes of `member` to `take`, in order. Goes on behind a wrong checksum, so that
    /// what is hit can be named, and says so at the end. Of a member that is cut, the bytes before the cut.
    pub fn unpack(&mut self, member: &[u8], head: &MemberHead, mut take: impl FnMut(&[u8])) -> Result<(), Fault> {
        let whole = member.len() == head.length && member::checksum(&member[..HEAD], &member[HEAD..]) == head.crc;
        let runs = member::runs(member, head).ok_or(Fault::Checksum)?;
        // A member that is cut has lost its trailer.
        let trailer_bytes = if member.len() < head.length { 0 } else { TRAILER };
        let end = member.len().checked_sub(trailer_bytes).ok_or(Fault::Length)?;
        let mut crc = crc32fast::Hasher::new();
        let mut raw = 0;
        let mut take = |bytes: &[u8]| {
            crc.update(bytes);
            raw += bytes.len();
            take(bytes);
        };
        let mut at = head.size();
        let mut last = Last::No;
        for run in runs {
            self.inflate(member.get(at..run.offset.min(end)).ok_or(Fault::Deflate)?, Last::No, &mut take)?;
            (at, last) = stored(&member[..end], run, &mut take)?;
        }
        match last {
            Last::No => self.inflate(member.get(at..end).ok_or(Fault::Deflate)?, Last::Yes, &mut take)?,
            Last::Yes if at == end => {}
            Last::Yes => return Err(Fault::Length),
        }
        let trailer = [crc.finalize().to_le_bytes(), (raw as u32).to_le_bytes()].concat();
        if whole && member[end..] == trailer[..] { Ok(()) } else { Err(Fault::Checksum) }
    }

    /// A stretch that begins at a whole byte with an empty window, and ends so.
    fn inflate(&mut self, packed: &[u8], last: Last, take: &mut impl FnMut(&[u8])) -> Result<(), Fault> {
        if packed.is_empty() {
            return if last == Last::No { Ok(()) } else { Err(Fault::Deflate) };
        }
        self.inflate.reset(false);
        let status = self.inflate.decompress(packed, &mut self.raw, FlushDecompress::Sync);
        let made = self.inflate.total_out() as usize;
        // The bytes before the fault are handed on too: they may hold the name of the damaged file.
        take(&self.raw[..made]);
        let status = status.map_err(|_| Fault::Deflate)?;
        let ended = if status == Status::StreamEnd { Last::Yes } else { Last::No };
        let all = self.inflate.total_in() == packed.len() as u64 && made <= RAW_MAX;
        if all && ended == last { Ok(()) } else { Err(Fault::Deflate) }
    }
}

/// Whether a stretch ends the deflate stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Yes,
    No,
}

/// Takes a run of stored blocks without a copy; gives where it ends.
fn stored(member: &[u8], run: member::StoredRun, take: &mut impl FnMut(&[u8])) -> Result<(usize, Last), Fault> {
    let mut at = run.offset;
    let mut left = run.raw;
    loop {
        let header = member.get(at..at + 5).ok_or(Fault::Deflate)?;
        let length = u16::from_le_bytes([header[1], header[2]]);
        let size = usize::from(length);
        if header[0] > 1 || u16::from_le_bytes([header[3], header[4]]) != !length || size == 0 || size > left {
            return Err(Fault::Deflate);
        }
        let block = member.get(at + 5..).unwrap_or_default();
        take(&block[..size.min(block.len())]);
        if block.len() < size {
            return Err(Fault::Deflate);
        }
        at += 5 + size;
        left -= size;
        match (left, header[0]) {
            (0, 1) => return Ok((at, Last::Yes)),
            (0, _) => return Ok((at, Last::No)),
            (_, 1) => return Err(Fault::Deflate),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::member::Begins;
    use super::super::packer::Packer;
    use super::*;

    fn noise(len: usize) -> Vec<u8> {
        let mut state = 88_172_645_463_325_252u64;
        (0..len)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 24) as u8
            })
            .collect()
    }

    fn unpack(member: &[u8]) -> Result<Vec<u8>, Fault> {
        let head = MemberHead::parse(member).ok_or(Fault::Length)?;
        let mut raw = Vec::new();
        Unpacker::default().unpack(member, &head, |bytes| raw.extend_from_slice(bytes))?;
        Ok(raw)
    }

    /// Text and noise in every order.
    fn mixtures() -> Vec<Vec<Vec<u8>>> {
        let text = b"{\"gain\": 1}\n".repeat(300);
        let (short, long) = (noise(5000), noise(100_000));
        vec![
            vec![],
            vec![text.clone()],
            vec![long.clone()],
            vec![text.clone(), long.clone()],
            vec![long.clone(), text.clone()],
            vec![text.clone(), long.clone(), long.clone(), text.clone(), short.clone(), text.clone(), long.clone()],
            vec![short.clone(), text, short, long],
        ]
    }

    #[test]
    fn what_was_packed_comes_back_to_us_and_to_every_gzip() {
        for blocks in mixtures() {
            let mut packer = Packer::new(Begins::AtEntry, Vec::new());
            blocks.iter().for_each(|b| packer.content(b));
            let packed = packer.finish();
            assert_eq!(unpack(packed.bytes()).unwrap(), blocks.concat());
            let mut theirs = Vec::new();
            std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(packed.bytes()), &mut theirs).unwrap();
            assert_eq!(theirs, blocks.concat());
        }
    }

    #[test]
    fn a_changed_bit_anywhere_in_a_member_is_found() {
        for blocks in [vec![b"hello ".repeat(40)], vec![b"a".repeat(600), noise(33_000), b"b".repeat(9)]] {
            let mut packer = Packer::new(Begins::AtEntry, Vec::new());
            blocks.iter().for_each(|b| packer.content(b));
            let packed = packer.finish();
            for at in
                (0..packed.bytes().len()).filter(|at| *at < 400 || at % 97 == 0 || at + 400 > packed.bytes().len())
            {
                for bit in 0..8 {
                    let mut bad = packed.bytes().to_vec();
                    bad[at] ^= 1 << bit;
                    assert!(unpack(&bad).is_err(), "byte {at}, bit {bit}");
                }
            }
        }
    }
}
