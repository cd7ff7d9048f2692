//! Fills gzip members: what compresses is deflated, what does not is stored as it is.
//!
//! Deflated stretches are flushed to a whole byte and start with an empty window, so that stretches
//! of both kinds stand one after the other in a single deflate stream.
use flate2::{Compress, Compression, FlushCompress};

use super::entropy::{self, Choice};
use super::member::{Begins, MemberHead, RAW_MAX, RUN, RUN_MIN, StoredRun, TRAILER};

/// Blocks of content are judged this large at most.
pub const BLOCK: usize = 256 << 10;
/// From 7 on zlib-rs searches as thoroughly as gzip does by default; its 6 is faster and 5 % larger on
/// databases.
const LEVEL: u32 = 7;
/// For the header between one picture and the next: a kilobyte of text is not worth a Huffman tree of
/// its own, and there are as many of them as pictures.
const BRIEF: u32 = 1;
/// Longer than what stands between two pictures.
const BRIEF_MAX: usize = 4 << 10;
/// Tables and remarks at the start of a JPEG take about this much.
const TABLES: usize = 640;
/// A stored block holds a 16-bit length.
const STORED_MAX: usize = 65_535;
/// Deflated bytes that are taken over at a time.
const SCRATCH: usize = 16 << 10;
/// Room before the deflate stream, so that the head can be put there when all is known.
const FRONT: usize = super::member::HEAD + RAW_MAX / RUN_MIN * RUN;

/// A finished gzip member.
#[derive(Debug)]
pub struct Packed {
    bytes: Vec<u8>,
    start: usize,
}

impl Packed {
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
    /// The memory, to be used again.
    pub fn into_buffer(self) -> Vec<u8> {
        self.bytes
    }
}

/// Builds one member after the other.
pub struct Packer {
    deflate: Compress,
    brief: Compress,
    /// Text that no stretch has been begun for: what follows decides which.
    waiting: Vec<u8>,
    deflating: bool,
    /// flate2 fills whatever room it is given with zeros first, and a member's buffer has a megabyte.
    scratch: Vec<u8>,
    /// Header byte of the last stored block, while nothing came after it.
    stored_last: Option<usize>,
    out: Vec<u8>,
    crc: crc32fast::Hasher,
    raw: usize,
    begins: Begins,
    runs: Vec<StoredRun>,
}

impl Packer {
    pub fn new(begins: Begins, buffer: Vec<u8>) -> Self {
        Packer::with_level(None, begins, buffer)
    }

    /// `level` is 1 to 9; without one it is what suits a camera.
    pub fn with_level(level: Option<u32>, begins: Begins, buffer: Vec<u8>) -> Self {
        let mut packer = Packer {
            deflate: Compress::new(Compression::new(level.unwrap_or(LEVEL)), false),
            brief: Compress::new(Compression::new(BRIEF), false),
            waiting: Vec::new(),
            deflating: false,
            scratch: vec![0; SCRATCH],
            stored_last: None,
            out: Vec::new(),
            crc: crc32fast::Hasher::new(),
            raw: 0,
            begins,
            runs: Vec::new(),
        };
        packer.restart(begins, buffer);
        packer
    }

    /// Begins the next member in `buffer`, whose content is thrown away.
    pub fn restart(&mut self, begins: Begins, mut buffer: Vec<u8>) {
        buffer.clear();
        buffer.resize(FRONT, 0);
        self.out = buffer;
        self.waiting.clear();
        self.deflating = false;
        self.stored_last = None;
        self.crc = crc32fast::Hasher::new();
        self.raw = 0;
        self.begins = begins;
        self.runs.clear();
    }

    /// Raw bytes in the present member.
    pub fn raw(&self) -> usize {
        self.raw
    }
    /// Raw bytes that still fit.
    pub fn room(&self) -> usize {
        RAW_MAX - self.raw
    }

    /// Headers, padding and sums: always deflated. At most [`Packer::room`] bytes.
    pub fn text(&mut self, bytes: &[u8]) {
        if self.deflating || self.waiting.len() + bytes.len() > BRIEF_MAX {
            self.thorough(bytes);
        } else {
            self.count(bytes);
            self.waiting.extend_from_slice(bytes);
        }
    }

    /// Content of a file, judged as one block. At most [`Packer::room`] bytes.
    pub fn content(&mut self, block: &[u8]) {
        match entropy::choose(block) {
            Choice::Deflate => self.thorough(block),
            Choice::Store => self.store(block),
        }
    }

    /// The first block of a file. Pictures begin with tables that compress, although the rest does not.
    pub fn opening(&mut self, block: &[u8]) {
        let (tables, rest) = block.split_at(block.len().min(TABLES));
        match entropy::choose(block) {
            Choice::Deflate => self.thorough(block),
            Choice::Store => {
                self.text(tables);
                self.store(rest);
            }
        }
    }

    fn thorough(&mut self, bytes: &[u8]) {
        self.count(bytes);
        self.deflating = true;
        self.stored_last = None;
        for part in [&self.waiting, bytes] {
            deflate(&mut self.deflate, part, FlushCompress::None, &mut self.scratch, &mut self.out);
        }
        self.waiting.clear();
    }

    fn store(&mut self, block: &[u8]) {
        self.count(block);
        if self.deflating || !self.waiting.is_empty() {
            self.end_stretch(FlushCompress::Sync);
        }
        match self.runs.last_mut() {
            Some(run) if self.stored_last.is_some() => run.raw += block.len(),
            _ => self.runs.push(StoredRun { offset: self.out.len() - FRONT, raw: block.len() }),
        }
        for part in block.chunks(STORED_MAX) {
            self.stored_last = Some(self.out.len());
            let length = part.len() as u16;
            self.out.push(0);
            self.out.extend_from_slice(&length.to_le_bytes());
            self.out.extend_from_slice(&(!length).to_le_bytes());
            self.out.extend_from_slice(part);
        }
    }

    /// Ends the deflated stretch that is open, or makes a brief one of what waits.
    fn end_stretch(&mut self, flush: FlushCompress) {
        let stream = if self.deflating { &mut self.deflate } else { &mut self.brief };
        deflate(stream, &self.waiting, flush, &mut self.scratch, &mut self.out);
        stream.reset();
        self.waiting.clear();
        self.deflating = false;
        self.stored_last = None;
    }

    /// Ends the member.
    pub fn finish(&mut self) -> Packed {
        match self.stored_last {
            // The last block of a deflate stream says so in its first bit.
            Some(header) if self.waiting.is_empty() => self.out[header] = 1,
            _ => self.end_stretch(FlushCompress::Finish),
        }
        let crc = std::mem::take(&mut self.crc).finalize();
        self.out.extend_from_slice(&crc.to_le_bytes());
        self.out.extend_from_slice(&(self.raw as u32).to_le_bytes());
        self.runs.retain(|run| run.raw >= RUN_MIN);
        let head = MemberHead::encode(self.begins, &self.runs, &self.out[FRONT..]);
        let start = FRONT - head.len();
        self.out[start..FRONT].copy_from_slice(&head);
        debug_assert!(self.out.len() - FRONT > TRAILER);
        self.raw = 0;
        Packed { bytes: std::mem::take(&mut self.out), start }
    }

    fn count(&mut self, bytes: &[u8]) {
        self.crc.update(bytes);
        self.raw += bytes.len();
    }
}

/// Deflates `input` to the end of `out`, and flushes as told.
fn deflate(stream: &mut Compress, mut input: &[u8], flush: FlushCompress, scratch: &mut [u8], out: &mut Vec<u8>) {
    loop {
        let (before_in, before_out) = (stream.total_in(), stream.total_out());
        let status = stream.compress(input, scratch, flush);
        input = &input[(stream.total_in() - before_in) as usize..];
        let made = (stream.total_out() - before_out) as usize;
        out.extend_from_slice(&scratch[..made]);
        match (flush, status) {
            (_, Err(_)) | (FlushCompress::Finish, Ok(flate2::Status::StreamEnd)) => break,
            (FlushCompress::Finish, _) => {}
            // Scratch that is not full: there is no more to come.
            _ if input.is_empty() && made < scratch.len() => break,
            _ => {}
        }
    }
}
