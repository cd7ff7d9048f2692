//! Reads a camera's file to the size that its header promised, whatever happens to it meanwhile: what
//! is not there any more becomes zeros, and why is kept.
use std::fs::File;
use std::io::{self, Read};

/// Reads a file piece by piece and gives zeros for what it does not have any more.
pub struct Reading<'f> {
    file: &'f File,
    pub read: u64,
    pub broke: Option<io::Error>,
    ended: bool,
}

impl<'f> Reading<'f> {
    pub fn new(file: &'f File) -> Self {
        Reading { file, read: 0, broke: None, ended: false }
    }

    pub fn fill(&mut self, block: &mut [u8]) {
        let mut at = 0;
        while at < block.len() && !self.ended {
            match self.file.read(&mut block[at..]) {
                Ok(0) => self.ended = true,
                Ok(n) => at += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.broke = Some(e);
                    self.ended = true;
                }
            }
        }
        self.read += at as u64;
        block[at..].fill(0);
    }
}
