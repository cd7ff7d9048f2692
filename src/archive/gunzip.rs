//! Unpacks gzip as it streams by, member for member, and counts what that costs.
//!
//! Nothing is trusted: header flags, CRC and length of every member are checked here, because
//! decoders stop at the first member or let bytes after the last one pass. The compressed bytes are
//! hashed on their way in. Memory is a few fixed buffers, however large the archive.
use std::io::Read;

use flate2::{Decompress, FlushDecompress, Status};

use crate::base::digest::Sha256;
use crate::domain::limits::Limits;
use crate::domain::monitor::{Monitor, Progress};

use super::refusal::Refusal;
use super::stream_sums::StreamSums;

const BUFFER: usize = 64 << 10;
/// How often the owner is asked whether to go on.
const TICK: u64 = 1 << 20;

/// Where a byte of content can be reached from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restart {
    /// Offset in the archive file of a gzip member.
    pub gzip_offset: u64,
    /// Unpacked bytes from there.
    pub skip: u64,
}

#[derive(PartialEq)]
enum State {
    Start,
    Inside,
    Between,
    End,
}

/// What is known when all of the input went by.
pub struct Packed {
    pub bytes: u64,
    pub sha256: Sha256,
    pub blake3: [u8; 32],
    /// Zero bytes followed the last member, as tapes and some copy tools leave them.
    pub padded: bool,
}

pub struct Gunzip<'a, R> {
    input: R,
    limits: &'a Limits,
    monitor: &'a dyn Monitor,
    packed: Box<[u8]>,
    packed_from: usize,
    packed_to: usize,
    packed_read: u64,
    sums: StreamSums,
    inflate: Decompress,
    crc: crc32fast::Hasher,
    raw: Box<[u8]>,
    raw_from: usize,
    raw_to: usize,
    raw_made: u64,
    /// Offset of the present gzip member, and what was unpacked before it.
    member_offset: u64,
    member_raw: u64,
    state: State,
    padded: bool,
    tick_packed: u64,
    tick_raw: u64,
    members_seen: u64,
    now: String,
    ratio_after: u64,
}

impl<'a, R: Read> Gunzip<'a, R> {
    pub fn new(input: R, limits: &'a Limits, monitor: &'a dyn Monitor) -> Self {
        Gunzip {
            input,
            limits,
            monitor,
            packed: vec![0; BUFFER].into_boxed_slice(),
            packed_from: 0,
            packed_to: 0,
            packed_read: 0,
            sums: StreamSums::start(),
            inflate: Decompress::new(false),
            crc: crc32fast::Hasher::new(),
            raw: vec![0; BUFFER].into_boxed_slice(),
            raw_from: 0,
            raw_to: 0,
            raw_made: 0,
            member_offset: 0,
            member_raw: 0,
            state: State::Start,
            padded: false,
            tick_packed: 0,
            tick_raw: 0,
            members_seen: 0,
            now: "the beginning".to_owned(),
            ratio_after: limits.ratio_after,
        }
    }

    /// What is being read now, printable; refusals and progress name it.
    pub fn now(&self) -> &str {
        &self.now
    }

    /// What is read was made by us: a camera's disk may hold files that are nothing but zeros.
    pub fn of_this_disk(&mut self) {
        self.ratio_after = self.ratio_after.max(self.limits.ratio_after_of_ours);
    }

    /// The next member of the tar inside begins.
    pub fn enter(&mut self, now: String) {
        self.now = now;
        self.members_seen += 1;
    }

    /// The next unpacked bytes, at most `most`, taken; empty at the end of the last member.
    pub fn take(&mut self, most: usize) -> Result<&[u8], Refusal> {
        let n = self.fill()?.min(most);
        let from = self.raw_from;
        self.raw_from += n;
        Ok(&self.raw[from..from + n])
    }

    /// Where the next byte that `take` returns can be reached from.
    pub fn restart(&mut self) -> Result<Restart, Refusal> {
        let ready = self.fill()? as u64;
        Ok(Restart { gzip_offset: self.member_offset, skip: self.raw_made - ready - self.member_raw })
    }

    /// Everything went by (`take` returned nothing): what it was.
    pub fn finish(self) -> Packed {
        let sums = self.sums.finish();
        Packed { bytes: self.packed_read, sha256: sums.sha256, blake3: sums.blake3, padded: self.padded }
    }

    /// Makes unpacked bytes ready and says how many; they all belong to one gzip member.
    fn fill(&mut self) -> Result<usize, Refusal> {
        while self.raw_from == self.raw_to {
            match self.state {
                State::End => return Ok(0),
                State::Start | State::Between => self.begin_member()?,
                State::Inside => self.unpack()?,
            }
            self.tick()?;
        }
        Ok(self.raw_to - self.raw_from)
    }

    /// How much of the packed input was used.
    pub fn offset(&self) -> u64 {
        self.packed_read - (self.packed_to - self.packed_from) as u64
    }

    /// Makes packed bytes ready; false at the end of the input.
    fn refill(&mut self) -> Result<bool, Refusal> {
        if self.packed_from < self.packed_to {
            return Ok(true);
        }
        let n = loop {
            match self.input.read(&mut self.packed) {
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                other => break other.map_err(Refusal::Input)?,
            }
        };
        self.sums.update(&self.packed[..n]);
        (self.packed_from, self.packed_to) = (0, n);
        self.packed_read += n as u64;
        Ok(n > 0)
    }

    fn next_byte(&mut self) -> Result<Option<u8>, Refusal> {
        if !self.refill()? {
            return Ok(None);
        }
        self.packed_from += 1;
        Ok(Some(self.packed[self.packed_from - 1]))
    }

    /// A byte that must be there.
    fn byte(&mut self) -> Result<u8, Refusal> {
        match self.next_byte()? {
            Some(byte) => Ok(byte),
            None => Err(self.cut()),
        }
    }

    fn cut(&self) -> Refusal {
        Refusal::Cut { member: self.now.clone(), offset: self.offset() }
    }

    fn damaged(&self, what: &'static str) -> Refusal {
        Refusal::Damaged { member: self.now.clone(), offset: self.offset(), what }
    }

    fn begin_member(&mut self) -> Result<(), Refusal> {
        let first = self.state == State::Start;
        let offset = self.offset();
        let Some(id) = self.next_byte()? else {
            if first {
                return Err(Refusal::NotGzip { what: "it is empty" });
            }
            self.state = State::End;
            return Ok(());
        };
        if !first && id == 0 {
            return self.skip_padding();
        }
        let wrong = if first {
            Refusal::NotGzip { what: "it does not start as a gzip file does" }
        } else {
            Refusal::Trailing { offset }
        };
        if id != 0x1f || self.next_byte()? != Some(0x8b) {
            return Err(wrong);
        }
        self.header(offset)?;
        self.member_offset = offset;
        self.member_raw = self.raw_made;
        self.inflate.reset(false);
        self.crc.reset();
        self.state = State::Inside;
        Ok(())
    }

    fn skip_padding(&mut self) -> Result<(), Refusal> {
        while self.refill()? {
            if let Some(at) = self.packed[self.packed_from..self.packed_to].iter().position(|b| *b != 0) {
                return Err(Refusal::Trailing { offset: self.offset() + at as u64 });
            }
            self.packed_from = self.packed_to;
            self.tick()?;
        }
        self.padded = true;
        self.state = State::End;
        Ok(())
    }

    /// RFC 1952, after the two identifying bytes.
    fn header(&mut self, offset: u64) -> Result<(), Refusal> {
        const HAS_CRC: u8 = 2;
        const HAS_EXTRA: u8 = 4;
        const HAS_NAME: u8 = 8;
        const HAS_COMMENT: u8 = 16;
        const RESERVED: u8 = 0xe0;
        let bad = |what| Refusal::GzipHeader { offset, what };
        let mut crc = crc32fast::Hasher::new();
        crc.update(&[0x1f, 0x8b]);
        let mut fixed = [0u8; 8];
        for byte in &mut fixed {
            *byte = self.byte()?;
        }
        crc.update(&fixed);
        if fixed[0] != 8 {
            return Err(bad("names an unknown way of compressing"));
        }
        let flags = fixed[1];
        if flags & RESERVED != 0 {
            return Err(bad("has reserved flags set"));
        }
        if flags & HAS_EXTRA != 0 {
            let length = [self.byte()?, self.byte()?];
            crc.update(&length);
            for _ in 0..u16::from_le_bytes(length) {
                crc.update(&[self.byte()?]);
            }
        }
        for flag in [HAS_NAME, HAS_COMMENT] {
            let mut left = if flags & flag != 0 { self.limits.extension_bytes } else { continue };
            loop {
                let byte = self.byte()?;
                crc.update(&[byte]);
                if byte == 0 {
                    break;
                }
                left = left.checked_sub(1).ok_or_else(|| bad("holds a name without end"))?;
            }
        }
        if flags & HAS_CRC != 0 {
            let sum = (crc.finalize() & 0xffff) as u16;
            if u16::from_le_bytes([self.byte()?, self.byte()?]) != sum {
                return Err(bad("has a wrong checksum"));
            }
        }
        Ok(())
    }

    fn unpack(&mut self) -> Result<(), Refusal> {
        if !self.refill()? {
            return Err(self.cut());
        }
        let (taken, made) = (self.inflate.total_in(), self.inflate.total_out());
        let input = &self.packed[self.packed_from..self.packed_to];
        let status = self.inflate.decompress(input, &mut self.raw, FlushDecompress::None);
        let taken = (self.inflate.total_in() - taken) as usize;
        let made = (self.inflate.total_out() - made) as usize;
        self.packed_from += taken;
        let status = status.map_err(|_| self.damaged("the compressed data makes no sense"))?;
        if status != Status::StreamEnd && taken == 0 && made == 0 {
            return Err(self.damaged("the compressed data makes no sense"));
        }
        self.crc.update(&self.raw[..made]);
        (self.raw_from, self.raw_to) = (0, made);
        self.raw_made += made as u64;
        self.weigh()?;
        if status == Status::StreamEnd {
            self.end_member()?;
        }
        Ok(())
    }

    fn end_member(&mut self) -> Result<(), Refusal> {
        let mut trailer = [0u8; 8];
        for byte in &mut trailer {
            *byte = self.byte()?;
        }
        let [a, b, c, d, e, f, g, h] = trailer;
        if u32::from_le_bytes([a, b, c, d]) != self.crc.clone().finalize() {
            return Err(self.damaged("the checksum (CRC) is wrong"));
        }
        // The length is kept modulo 2^32.
        if u32::from_le_bytes([e, f, g, h]) != (self.raw_made - self.member_raw) as u32 {
            return Err(self.damaged("the length is wrong"));
        }
        self.state = State::Between;
        Ok(())
    }

    /// Refuses what would fill a disk.
    fn weigh(&self) -> Result<(), Refusal> {
        let limits = self.limits;
        if self.raw_made > limits.total_bytes {
            return Err(Refusal::TooLarge { member: self.now.clone(), limit: limits.total_bytes });
        }
        if self.raw_made > self.ratio_after && self.raw_made / self.offset().max(1) > limits.ratio {
            return Err(Refusal::Bomb { member: self.now.clone(), ratio: limits.ratio });
        }
        Ok(())
    }

    fn tick(&mut self) -> Result<(), Refusal> {
        if self.packed_read - self.tick_packed < TICK && self.raw_made - self.tick_raw < TICK {
            return Ok(());
        }
        (self.tick_packed, self.tick_raw) = (self.packed_read, self.raw_made);
        self.monitor.checkpoint()?;
        self.monitor.progress(Progress {
            done_bytes: self.offset(),
            done_files: self.members_seen,
            now: self.now.clone(),
            ..Progress::default()
        });
        Ok(())
    }
}
