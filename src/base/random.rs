//! Bytes that nobody can guess, from the kernel.
use std::fs::File;
use std::io::{self, Read};

/// Does not wait: the kernel's pool is filled long before a service starts.
pub fn bytes<const COUNT: usize>() -> io::Result<[u8; COUNT]> {
    let mut bytes = [0; COUNT];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
