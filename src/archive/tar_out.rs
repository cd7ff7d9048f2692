//! Tar headers as we write them: ustar, with PAX records only where ustar has no words for it.
//!
//! Names that ustar can hold stand in the plain header as well, so that readers that have never
//! heard of PAX find them.
use std::collections::BTreeMap;

pub const BLOCK: usize = 512;
/// Largest number that 11 octal digits can say, and 7.
const MAX_11: u64 = 0o77_777_777_777;
const MAX_7: u64 = 0o7_777_777;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    File,
    Directory,
    /// A symbolic link, and where it leads.
    Symlink(&'a [u8]),
}

/// The longest target that a plain header holds.
const MAX_TARGET: usize = 100;

/// One entry; `name` without a slash at its end.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    pub name: &'a [u8],
    pub kind: Kind<'a>,
    pub size: u64,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Unix seconds.
    pub mtime: i64,
    pub user: &'a str,
    pub group: &'a str,
}

/// The name for a number, as far as it is known and a header can hold it.
pub fn known(names: &BTreeMap<u32, String>, id: u32) -> &str {
    names.get(&id).map(String::as_str).filter(|n| n.len() < 32 && n.is_ascii()).unwrap_or("")
}

/// Bytes that fill `size` up to whole blocks.
pub fn padding(size: u64) -> usize {
    (size.next_multiple_of(BLOCK as u64) - size) as usize
}

impl Header<'_> {
    /// Adds the header blocks of this entry to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut name = self.name.to_vec();
        if self.kind == Kind::Directory {
            name.push(b'/');
        }
        let split = split(&name);
        let mut records = Vec::new();
        if split.is_none() || !name.is_ascii() {
            if std::str::from_utf8(&name).is_err() {
                record(&mut records, "hdrcharset", b"BINARY");
            }
            record(&mut records, "path", &name);
        }
        if let Kind::Symlink(target) = self.kind
            && (target.len() > MAX_TARGET || !target.is_ascii())
        {
            if std::str::from_utf8(target).is_err() && !records.starts_with(b"21 hdrcharset") {
                record(&mut records, "hdrcharset", b"BINARY");
            }
            record(&mut records, "linkpath", target);
        }
        if self.size > MAX_11 {
            record(&mut records, "size", self.size.to_string().as_bytes());
        }
        for (key, id) in [("uid", self.uid), ("gid", self.gid)] {
            if u64::from(id) > MAX_7 {
                record(&mut records, key, id.to_string().as_bytes());
            }
        }
        // Before 1970, and after the year 2242.
        if !(0..=MAX_11 as i64).contains(&self.mtime) {
            record(&mut records, "mtime", self.mtime.to_string().as_bytes());
        }
        if !records.is_empty() {
            let size = records.len() as u64;
            self.block(b"", b"PaxHeaders/records", b'x', size, out);
            out.extend_from_slice(&records);
            out.resize(out.len() + padding(size), 0);
        }
        // A name that fits nowhere is cut here; its PAX record is what counts.
        let (prefix, rest) = split.unwrap_or((b"", &name[..name.len().min(100)]));
        let kind = match self.kind {
            Kind::File => b'0',
            Kind::Directory => b'5',
            Kind::Symlink(_) => b'2',
        };
        self.block(prefix, rest, kind, self.size, out);
    }

    fn block(&self, prefix: &[u8], name: &[u8], kind: u8, size: u64, out: &mut Vec<u8>) {
        let mut b = [0u8; BLOCK];
        b[..name.len()].copy_from_slice(name);
        octal(&mut b[100..108], u64::from(self.mode & 0o777));
        octal(&mut b[108..116], u64::from(self.uid));
        octal(&mut b[116..124], u64::from(self.gid));
        octal(&mut b[124..136], size);
        octal(&mut b[136..148], u64::try_from(self.mtime).unwrap_or(0).min(MAX_11));
        b[148..156].fill(b' ');
        b[156] = kind;
        if let (b'2', Kind::Symlink(target)) = (kind, self.kind) {
            let target = &target[..target.len().min(MAX_TARGET)];
            b[157..157 + target.len()].copy_from_slice(target);
        }
        b[257..265].copy_from_slice(b"ustar\x0000");
        b[265..265 + self.user.len()].copy_from_slice(self.user.as_bytes());
        b[297..297 + self.group.len()].copy_from_slice(self.group.as_bytes());
        octal(&mut b[329..337], 0);
        octal(&mut b[337..345], 0);
        b[345..345 + prefix.len()].copy_from_slice(prefix);
        let sum: u64 = b.iter().map(|b| u64::from(*b)).sum();
        octal(&mut b[148..155], sum);
        out.extend_from_slice(&b);
    }
}

/// Octal digits and a NUL; what has too many digits is written in base 256, so that the plain header
/// and its PAX record say the same.
fn octal(field: &mut [u8], value: u64) {
    let digits = field.len() - 1;
    if value >> (3 * digits) != 0 {
        let bytes = value.to_be_bytes();
        field.fill(0);
        let from = field.len().saturating_sub(bytes.len());
        let skip = bytes.len().saturating_sub(field.len());
        field[from..].copy_from_slice(&bytes[skip..]);
        field[0] = 0x80;
        return;
    }
    for (nth, digit) in field[..digits].iter_mut().rev().enumerate() {
        *digit = b'0' + (value >> (3 * nth) & 7) as u8;
    }
    field[digits] = 0;
}

/// `LENGTH key=value\n`, where the length counts itself.
fn record(out: &mut Vec<u8>, key: &str, value: &[u8]) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while rest + length.to_string().len() != length {
        length = rest + length.to_string().len();
    }
    out.extend_from_slice(format!("{length} {key}=").as_bytes());
    out.extend_from_slice(value);
    out.push(b'\n');
}

/// Prefix and name as ustar has them; `None` when the name is too long to be split.
fn split(name: &[u8]) -> Option<(&[u8], &[u8])> {
    if name.len() <= 100 {
        return Some((b"", name));
    }
    // The slash at the end of a directory belongs to its name.
    let last = name.len() - 1;
    let cut = (name.len() - 101..last.min(156)).find(|at| name[*at] == b'/' && *at > 0)?;
    Some((&name[..cut], &name[cut + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &[u8]) -> Header<'_> {
        Header {
            name,
            kind: Kind::File,
            size: 5,
            mode: 0o644,
            uid: 1000,
            gid: 33,
            mtime: 1_700_000_000,
            user: "pi",
            group: "www-data",
        }
    }

    fn read(bytes: Vec<u8>) -> (Vec<u8>, u64, u64) {
        let mut archive = tar::Archive::new(&bytes[..]);
        let entry = archive.entries().unwrap().next().unwrap().unwrap();
        (entry.path_bytes().into_owned(), entry.size(), entry.header().uid().unwrap())
    }

    #[test]
    fn every_name_comes_back_as_it_was() {
        let long = [b'n'; 300];
        let deep = [&[b'd'; 90][..], b"/", &[b'e'; 90], b"/", &[b'f'; 60]].concat();
        for length in 1..=300 {
            let mut bytes = Vec::new();
            header(&long[..length]).encode(&mut bytes);
            bytes.resize(bytes.len() + BLOCK, 0);
            assert_eq!(read(bytes).0, &long[..length]);
        }
        for name in [&deep[..], "Größe.ttf".as_bytes(), b"latin\xe4", b"new\nline", b"12 path=evil\n"] {
            let mut bytes = Vec::new();
            header(name).encode(&mut bytes);
            bytes.resize(bytes.len() + BLOCK, 0);
            assert_eq!(read(bytes).0, name);
        }
    }

    #[test]
    fn numbers_that_are_too_large_for_ustar_are_said_twice_and_alike() {
        let mut bytes = Vec::new();
        Header { size: 9 << 30, uid: 3_000_000, ..header(b"huge") }.encode(&mut bytes);
        assert_eq!(read(bytes.clone()), (b"huge".to_vec(), 9 << 30, 3_000_000));
        let plain = tar::Header::from_byte_slice(&bytes[1024..1536]);
        assert_eq!((plain.entry_size().unwrap(), plain.uid().unwrap()), (9 << 30, 3_000_000));
    }
}
