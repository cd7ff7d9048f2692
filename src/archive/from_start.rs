//! A file read from its start, without the cursor that all clones of its handle share.
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

pub struct FromStart<'f> {
    file: &'f File,
    at: u64,
}

impl<'f> FromStart<'f> {
    pub fn new(file: &'f File) -> Self {
        FromStart { file, at: 0 }
    }
}

impl Read for FromStart<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read_at(buf, self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}
