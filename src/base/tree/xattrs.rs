//! Extended attributes and access lists: what a file carries besides its bytes and its mode.
use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd;

use rustix::fs::XattrFlags;
use rustix::io::Errno;

/// More than any file system of Linux has for all of a file.
const MOST: usize = 128 << 10;
/// Given by the system to each file, and not ours to set.
const OF_THE_SYSTEM: [&[u8]; 2] = [b"security.selinux", b"security.SMACK64"];

pub type Xattrs = BTreeMap<Vec<u8>, Vec<u8>>;

/// All that can be read of an open file; none where the file system has none.
pub fn of(file: impl AsFd) -> io::Result<Xattrs> {
    let file = file.as_fd();
    let mut buffer = vec![0; 1024];
    let length = match read(&mut buffer, |buffer| rustix::fs::flistxattr(file, buffer)) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::PERM | Errno::ACCESS) => return Ok(Xattrs::new()),
        other => other?,
    };
    let names = buffer[..length].to_vec();
    let mut all = Xattrs::new();
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty() && !OF_THE_SYSTEM.contains(name)) {
        match read(&mut buffer, |buffer| rustix::fs::fgetxattr(file, name, buffer)) {
            Ok(length) => {
                all.insert(name.to_vec(), buffer[..length].to_vec());
            }
            // Gone meanwhile, or not ours to read.
            Err(Errno::NODATA | Errno::PERM | Errno::ACCESS | Errno::OPNOTSUPP) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(all)
}

fn read(buffer: &mut Vec<u8>, call: impl Fn(&mut [u8]) -> Result<usize, Errno>) -> Result<usize, Errno> {
    loop {
        match call(buffer) {
            Err(Errno::RANGE) if buffer.len() < MOST => buffer.resize(MOST, 0),
            other => return other,
        }
    }
}

/// Sets all on an open file; returns how many the file system does not take, or does not take from us.
pub fn put(file: impl AsFd, all: &Xattrs) -> io::Result<u64> {
    let mut refused = 0;
    for (name, value) in all {
        match rustix::fs::fsetxattr(&file, name.as_slice(), value, XattrFlags::empty()) {
            Ok(()) => {}
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::PERM | Errno::ACCESS | Errno::INVAL | Errno::TOOBIG) => {
                refused += 1;
            }
            Err(e) => return Err(e.into()),
        }
    }
    Ok(refused)
}
