//! One line of a manifest: a file, folder or link of the host as it was.
//!
//! A line is text as far as names are: fields with single blanks between them, the path last. In paths and targets a
//! backslash, a newline and a NUL byte are escaped; all other bytes stand as they are.
use std::io::{self, Write};

use crate::base::attributes::{Kind, Seen};

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    File,
    Folder,
    Symlink,
}

/// What can be compared of two files without reading them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looks {
    pub bytes: u64,
    pub seconds: i64,
    pub nanos: u32,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

/// How many names a file has within its snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    One,
    Several,
}

impl Looks {
    /// Folders have no size of their own.
    pub fn of(seen: &Seen) -> Looks {
        let bytes = if seen.kind == Kind::Folder { 0 } else { seen.bytes };
        let attributes = seen.attributes;
        Looks {
            bytes,
            seconds: attributes.mtime.seconds,
            nanos: attributes.mtime.nanos,
            mode: attributes.mode,
            uid: attributes.uid,
            gid: attributes.gid,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub sort: Sort,
    pub looks: Looks,
    /// Whether the file had other names at the host, which are kept as names of one file.
    pub names: Names,
    /// BLAKE3 of a file.
    pub digest: Option<[u8; 32]>,
    /// Where a link points.
    pub target: Vec<u8>,
    /// Below the top, which has no entry itself.
    pub path: Vec<u8>,
}

impl Entry {
    /// With the newline at its end.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let (letter, between) = match self.sort {
            Sort::File if self.names == Names::Several => {
                ("h", hex(self.digest.as_ref().map_or(&[][..], |digest| digest)))
            }
            Sort::File => ("f", hex(self.digest.as_ref().map_or(&[][..], |digest| digest))),
            Sort::Folder => ("d", "-".to_owned()),
            Sort::Symlink => ("l", self.target.len().to_string()),
        };
        let Looks { bytes, seconds, nanos, mode, uid, gid } = self.looks;
        write!(out, "{letter} {between} {bytes} {seconds}.{nanos:09} {mode:o} {uid} {gid} ")?;
        // The length of the target stands before, so that both can hold any byte.
        escape(&self.target, out)?;
        if self.sort == Sort::Symlink {
            out.write_all(b"\0")?;
        }
        escape(&self.path, out)?;
        out.write_all(b"\n")
    }

    /// Reads a line without its newline; `None` when it is none of ours.
    pub fn read(line: &[u8]) -> Option<Entry> {
        let mut fields = line.splitn(8, |byte| *byte == b' ');
        let mut text = || std::str::from_utf8(fields.next()?).ok();
        let (letter, between) = (text()?, text()?);
        let bytes = text()?.parse().ok()?;
        let (seconds, nanos) = text()?.rsplit_once('.')?;
        let (seconds, nanos) = (seconds.parse().ok()?, nanos.parse().ok().filter(|nanos| *nanos < 1_000_000_000)?);
        let mode = u32::from_str_radix(text()?, 8).ok()?;
        let (uid, gid) = (text()?.parse().ok()?, text()?.parse().ok()?);
        let looks = Looks { bytes, seconds, nanos, mode, uid, gid };
        let rest = fields.next()?;
        let (sort, digest, target, path) = match letter {
            "f" | "h" => (Sort::File, Some(unhex(between)?), Vec::new(), unescape(rest)?),
            "d" => (Sort::Folder, None, Vec::new(), unescape(rest)?),
            "l" => {
                let end = rest.iter().position(|byte| *byte == 0)?;
                let target = unescape(&rest[..end])?;
                if between.parse() != Ok(target.len()) {
                    return None;
                }
                (Sort::Symlink, None, target, unescape(&rest[end + 1..])?)
            }
            _ => return None,
        };
        let names = if letter == "h" { Names::Several } else { Names::One };
        Some(Entry { sort, looks, names, digest, target, path })
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(digest)
}

fn escape(bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let is_plain = |byte: &u8| !matches!(byte, b'\\' | b'\n' | 0);
    for piece in bytes.split_inclusive(|byte| !is_plain(byte)) {
        match piece.split_last() {
            Some((b'\\', plain)) => (out.write_all(plain)?, out.write_all(b"\\\\")?),
            Some((b'\n', plain)) => (out.write_all(plain)?, out.write_all(b"\\n")?),
            Some((0, plain)) => (out.write_all(plain)?, out.write_all(b"\\0")?),
            _ => (out.write_all(piece)?, ()),
        };
    }
    Ok(())
}

fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next()? {
                b'\\' => b'\\',
                b'n' => b'\n',
                b'0' => 0,
                _ => return None,
            },
            other => *other,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_and_target_comes_back_as_it_was() {
        let looks = Looks { bytes: 7, seconds: -3, nanos: 5, mode: 0o4755, uid: 0, gid: 1000 };
        for name in [&b"a"[..], b"new\nline \\ and blank", b"latin\xe4", b" ", b"\\n", "ü/ñ".as_bytes()] {
            for entry in [
                Entry {
                    sort: Sort::File,
                    looks,
                    names: Names::Several,
                    digest: Some([7; 32]),
                    target: vec![],
                    path: name.to_vec(),
                },
                Entry {
                    sort: Sort::Folder,
                    looks,
                    names: Names::One,
                    digest: None,
                    target: vec![],
                    path: name.to_vec(),
                },
                Entry {
                    sort: Sort::Symlink,
                    looks,
                    names: Names::One,
                    digest: None,
                    target: name.to_vec(),
                    path: name.to_vec(),
                },
            ] {
                let mut line = Vec::new();
                entry.write(&mut line).unwrap();
                assert_eq!(line.pop(), Some(b'\n'));
                assert!(!line.contains(&b'\n'));
                assert_eq!(Entry::read(&line), Some(entry));
            }
        }
    }

    #[test]
    fn a_line_that_is_damaged_is_none() {
        let digest = "07".repeat(32);
        assert!(Entry::read(format!("f {digest} 7 1.000000000 644 0 0 a").as_bytes()).is_some());
        for odd in [
            "",
            "f",
            "x - 7 1.000000000 644 0 0 a",
            "d - 7 1.000000000 644 0 0 a\\x",
            "d - 7 1 644 0 0 a",
            "d - 7 1.9999999999 644 0 0 a",
            "f 07 7 1.000000000 644 0 0 a",
            "l 2 1 1.000000000 777 0 0 a\0b",
            "d - 7 1.000000000 9 0 0 a",
            "d - -7 1.000000000 644 0 0 a",
        ] {
            assert_eq!(Entry::read(odd.as_bytes()), None, "{odd}");
        }
    }
}
