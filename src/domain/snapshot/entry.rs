//! One line of a manifest: a file, folder or link of the host as it was.
//!
//! A line is text as far as names are: fields with single blanks between them, the path last. In paths and targets a
//! backslash, a newline and a NUL byte are escaped; all other bytes stand as they are.
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

/// A line that is about to be written, of borrowed parts.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    pub sort: Sort,
    pub looks: Looks,
    pub names: Names,
    pub digest: Option<&'a [u8; 32]>,
    pub target: &'a [u8],
    /// The folder of the thing below the top; empty at the top.
    pub folder: &'a [u8],
    pub name: &'a [u8],
}

impl Line<'_> {
    /// With the newline at its end, behind what `out` has.
    pub fn write(&self, out: &mut Vec<u8>) {
        let letter = match self.sort {
            Sort::File if self.names == Names::Several => b'h',
            Sort::File => b'f',
            Sort::Folder => b'd',
            Sort::Symlink => b'l',
        };
        out.extend_from_slice(&[letter, b' ']);
        match self.sort {
            Sort::File => put_hex(self.digest.map_or(&[][..], |digest| digest), out),
            Sort::Folder => out.push(b'-'),
            // The length of the target stands before, so that both can hold any byte.
            Sort::Symlink => put_number(self.target.len() as u64, 1, out),
        }
        let Looks { bytes, seconds, nanos, mode, uid, gid } = self.looks;
        out.push(b' ');
        put_number(bytes, 1, out);
        out.push(b' ');
        if seconds < 0 {
            out.push(b'-');
        }
        put_number(seconds.unsigned_abs(), 1, out);
        out.push(b'.');
        put_number(nanos.into(), 9, out);
        out.push(b' ');
        put_octal(mode, out);
        for id in [uid, gid] {
            out.push(b' ');
            put_number(id.into(), 1, out);
        }
        out.push(b' ');
        escape(self.target, out);
        if self.sort == Sort::Symlink {
            out.push(0);
        }
        if !self.folder.is_empty() {
            escape(self.folder, out);
            out.push(b'/');
        }
        escape(self.name, out);
        out.push(b'\n');
    }
}

/// In decimal, with at least so many digits.
fn put_number(mut number: u64, digits: usize, out: &mut Vec<u8>) {
    let (mut text, mut at) = ([b'0'; 20], 20);
    while number > 0 {
        at -= 1;
        text[at] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    out.extend_from_slice(&text[at.min(20 - digits)..]);
}

fn put_octal(number: u32, out: &mut Vec<u8>) {
    let digits = (32 - number.leading_zeros()).div_ceil(3).max(1);
    out.extend((0..digits).rev().map(|digit| b'0' + ((number >> (3 * digit)) & 7) as u8));
}

impl Entry {
    /// Reads a line without its newline; `None` when it is none of ours.
    pub fn read(line: &[u8]) -> Option<Entry> {
        let mut fields = line.splitn(8, |byte| *byte == b' ');
        let letter = fields.next()?;
        let between = fields.next()?;
        let bytes = number(fields.next()?)?;
        let time = fields.next()?;
        let dot = time.iter().position(|byte| *byte == b'.')?;
        let seconds = match time[..dot].strip_prefix(b"-") {
            Some(before) => 0i64.checked_sub_unsigned(number(before)?)?,
            None => i64::try_from(number(&time[..dot])?).ok()?,
        };
        let nanos = u32::try_from(number(&time[dot + 1..])?).ok().filter(|nanos| *nanos < 1_000_000_000)?;
        let mode = octal(fields.next()?)?;
        let uid = u32::try_from(number(fields.next()?)?).ok()?;
        let gid = u32::try_from(number(fields.next()?)?).ok()?;
        let looks = Looks { bytes, seconds, nanos, mode, uid, gid };
        let rest = fields.next()?;
        let (sort, digest, target, path) = match letter {
            b"f" | b"h" => (Sort::File, Some(unhex(between)?), Vec::new(), unescape(rest)?),
            b"d" => (Sort::Folder, None, Vec::new(), unescape(rest)?),
            b"l" => {
                let end = rest.iter().position(|byte| *byte == 0)?;
                let target = unescape(&rest[..end])?;
                if number(between)? != target.len() as u64 {
                    return None;
                }
                (Sort::Symlink, None, target, unescape(&rest[end + 1..])?)
            }
            _ => return None,
        };
        let names = if letter == b"h" { Names::Several } else { Names::One };
        Some(Entry { sort, looks, names, digest, target, path })
    }
}

fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |number, letter| {
        let digit = letter.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}

fn octal(text: &[u8]) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u32, |number, letter| {
        let digit = letter.checked_sub(b'0').filter(|digit| *digit < 8)?;
        number.checked_mul(8)?.checked_add(digit.into())
    })
}

pub fn hex(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(2 * bytes.len());
    put_hex(bytes, &mut text);
    text.into_iter().map(char::from).collect()
}

fn put_hex(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend(bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]));
}

fn unhex(text: &[u8]) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(digest)
}

fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    }
}

fn escape(bytes: &[u8], out: &mut Vec<u8>) {
    let is_plain = |byte: &u8| !matches!(byte, b'\\' | b'\n' | 0);
    for piece in bytes.split_inclusive(|byte| !is_plain(byte)) {
        match piece.split_last() {
            Some((b'\\', plain)) => (out.extend_from_slice(plain), out.extend_from_slice(b"\\\\")),
            Some((b'\n', plain)) => (out.extend_from_slice(plain), out.extend_from_slice(b"\\n")),
            Some((0, plain)) => (out.extend_from_slice(plain), out.extend_from_slice(b"\\0")),
            _ => (out.extend_from_slice(piece), ()),
        };
    }
}

fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    if !text.contains(&b'\\') {
        return Some(text.to_vec());
    }
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
                let (target, name) = (entry.target.as_slice(), entry.path.as_slice());
                let (sort, names, digest) = (entry.sort, entry.names, entry.digest.as_ref());
                Line { sort, looks, names, digest, target, folder: b"", name }.write(&mut line);
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
