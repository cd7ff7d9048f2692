//! Walks through the tar stream of an archive of ours and hashes every file in it. Only what our
//! writer writes is accepted; archives from elsewhere go through `inspect`.
use sha2::Digest as _;

use crate::base::digest::Sha256;
use crate::base::rel_path::RelPath;
use crate::domain::restore::content::HEAD_BYTES;
use crate::domain::restore::program::ContentVerdict;

use super::tar_out::{BLOCK, padding};

/// An entry that went by completely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub name: RelPath,
    /// `None` for directories.
    pub sha256: Option<Sha256>,
    pub size: u64,
    pub mtime: i64,
    /// Raw bytes before its content, from where the walk began.
    pub content_at: u64,
    pub content: ContentVerdict,
}

/// What is not as we write it; each reads as the end of "NAME …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("has a broken tar header")]
    Header,
    #[error("has a name that no file may have")]
    Name,
    #[error("is followed by padding that is not empty")]
    Padding,
    #[error("is followed by bytes after the end of the archive")]
    AfterEnd,
}

/// Where the walk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Header,
    Records {
        left: usize,
        padding: usize,
    },
    Content {
        left: u64,
        padding: usize,
    },
    Padding {
        left: usize,
    },
    /// Zero blocks seen.
    End {
        zeros: usize,
    },
}

/// Takes raw bytes in pieces of any length.
pub struct Entries {
    at: At,
    part: Vec<u8>,
    records: Vec<u8>,
    name: Option<RelPath>,
    is_dir: bool,
    sha: sha2::Sha256,
    size: u64,
    mtime: i64,
    content_at: u64,
    /// The first bytes of the content.
    head: Vec<u8>,
    /// Raw bytes that went by in earlier pieces.
    fed: u64,
    pub seen: Vec<Seen>,
}

impl Default for Entries {
    fn default() -> Self {
        Entries {
            at: At::Header,
            part: Vec::new(),
            records: Vec::new(),
            name: None,
            is_dir: false,
            sha: sha2::Sha256::new(),
            size: 0,
            mtime: 0,
            content_at: 0,
            head: Vec::with_capacity(HEAD_BYTES),
            fed: 0,
            seen: Vec::new(),
        }
    }
}

impl Entries {
    /// The entry that is going by, or else the last one.
    pub fn name(&self) -> Option<&RelPath> {
        self.name.as_ref().or(self.seen.last().map(|s| &s.name))
    }

    /// True between two entries.
    pub fn is_between(&self) -> bool {
        self.at == At::Header && self.part.is_empty() && self.records.is_empty()
    }

    /// True behind the two zero blocks at the end.
    pub fn is_at_end(&self) -> bool {
        self.at == At::End { zeros: 2 * BLOCK }
    }

    /// `content` gets the bytes of files as they go by.
    pub fn feed(&mut self, mut raw: &[u8], content: &mut impl FnMut(&[u8])) -> Result<(), Broken> {
        let given = raw.len();
        while !raw.is_empty() {
            match self.at {
                At::Header => {
                    if self.gather(&mut raw, BLOCK) {
                        let block = std::mem::take(&mut self.part);
                        self.content_at = self.fed + (given - raw.len()) as u64;
                        self.header(&block)?;
                        self.part = block;
                        self.part.clear();
                    }
                }
                At::Records { left, padding } => {
                    if self.gather(&mut raw, left + padding) {
                        if self.part[left..].iter().any(|b| *b != 0) {
                            return Err(Broken::Padding);
                        }
                        self.part.truncate(left);
                        self.records = std::mem::take(&mut self.part);
                        self.at = At::Header;
                    }
                }
                At::Content { left, padding } => {
                    let now = raw.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    self.sha.update(&raw[..now]);
                    self.head.extend_from_slice(&raw[..now.min(HEAD_BYTES - self.head.len())]);
                    content(&raw[..now]);
                    raw = &raw[now..];
                    self.at = At::Content { left: left - now as u64, padding };
                    self.settle();
                }
                At::Padding { left } => {
                    let now = raw.len().min(left);
                    if raw[..now].iter().any(|b| *b != 0) {
                        return Err(Broken::Padding);
                    }
                    raw = &raw[now..];
                    self.at = At::Padding { left: left - now };
                    self.settle();
                }
                At::End { zeros } => {
                    if raw.iter().any(|b| *b != 0) || zeros + raw.len() > 2 * BLOCK {
                        return Err(Broken::AfterEnd);
                    }
                    self.at = At::End { zeros: zeros + raw.len() };
                    raw = &[];
                }
            }
        }
        self.fed += given as u64;
        Ok(())
    }

    /// Moves bytes until `wanted` are together.
    fn gather(&mut self, raw: &mut &[u8], wanted: usize) -> bool {
        let now = raw.len().min(wanted - self.part.len());
        self.part.extend_from_slice(&raw[..now]);
        *raw = &raw[now..];
        self.part.len() == wanted
    }

    /// Goes on as soon as nothing is left of the present stretch.
    fn settle(&mut self) {
        if let At::Content { left: 0, padding } = self.at {
            self.at = At::Padding { left: padding };
        }
        if self.at == (At::Padding { left: 0 }) {
            self.at = At::Header;
            let sum = Sha256(std::mem::take(&mut self.sha).finalize().into());
            if let Some(name) = self.name.take() {
                let sha256 = (!self.is_dir).then_some(sum);
                let (size, mtime, content_at) = (self.size, self.mtime, self.content_at);
                let content = ContentVerdict::of(&name, &self.head);
                self.seen.push(Seen { name, sha256, size, mtime, content_at, content });
            }
            self.head.clear();
        }
    }

    fn header(&mut self, block: &[u8]) -> Result<(), Broken> {
        if block.iter().all(|b| *b == 0) && self.records.is_empty() {
            self.at = At::End { zeros: BLOCK };
            return Ok(());
        }
        let sum: u64 = block.iter().map(|b| u64::from(*b)).sum();
        let own: u64 = block[148..156].iter().map(|b| u64::from(*b)).sum();
        if &block[257..265] != b"ustar\x0000" || number(&block[148..155]) != Some(sum - own + 8 * 32) {
            return Err(Broken::Header);
        }
        let size = number(&block[124..136]).ok_or(Broken::Header)?;
        if block[156] == b'x' {
            let left = usize::try_from(size).ok().filter(|n| *n <= 4096 && *n > 0).ok_or(Broken::Header)?;
            if !self.records.is_empty() {
                return Err(Broken::Header);
            }
            self.at = At::Records { left, padding: padding(size) };
            return Ok(());
        }
        let records = std::mem::take(&mut self.records);
        let mut name = match value(&records, b"path")? {
            Some(name) => name.to_vec(),
            None => {
                let (prefix, rest) = (text(&block[345..500]), text(&block[..100]));
                if prefix.is_empty() { rest.to_vec() } else { [prefix, b"/", rest].concat() }
            }
        };
        self.is_dir = match (block[156], name.last()) {
            (b'0', Some(last)) if *last != b'/' => false,
            (b'5', Some(b'/')) if size == 0 => {
                name.pop();
                true
            }
            // A link of an archive of a host: like a folder it has nothing to hash.
            (b'2', Some(last)) if *last != b'/' && size == 0 => true,
            _ => return Err(Broken::Header),
        };
        self.name = Some(RelPath::parse(&name).map_err(|_| Broken::Name)?);
        self.size = size;
        self.mtime = match value(&records, b"mtime")? {
            Some(text) => std::str::from_utf8(text).ok().and_then(|n| n.parse().ok()).ok_or(Broken::Header)?,
            None => number(&block[136..148]).and_then(|n| i64::try_from(n).ok()).unwrap_or_default(),
        };
        self.at = At::Content { left: size, padding: padding(size) };
        self.settle();
        Ok(())
    }
}

fn text(field: &[u8]) -> &[u8] {
    field.split(|b| *b == 0).next().unwrap_or(field)
}

/// Octal digits and a NUL, or base 256.
fn number(field: &[u8]) -> Option<u64> {
    let (last, digits) = field.split_last()?;
    if field[0] == 0x80 {
        return field[1..].iter().try_fold(0u64, |n, b| n.checked_mul(256)?.checked_add(u64::from(*b)));
    }
    let value = digits.iter().try_fold(0u64, |n, b| matches!(b, b'0'..=b'7').then(|| n * 8 + u64::from(b - b'0')))?;
    (*last == 0).then_some(value)
}

/// The value of `key` in PAX records, where they have one.
fn value<'r>(mut records: &'r [u8], key: &[u8]) -> Result<Option<&'r [u8]>, Broken> {
    let mut value = None;
    while !records.is_empty() {
        let space = records.iter().position(|b| *b == b' ').ok_or(Broken::Header)?;
        let length = std::str::from_utf8(&records[..space]).ok().and_then(|n| n.parse::<usize>().ok());
        let length = length.filter(|n| *n > space + 1 && *n <= records.len()).ok_or(Broken::Header)?;
        let (record, rest) = records.split_at(length);
        let (end, record) = record[space + 1..].split_last().ok_or(Broken::Header)?;
        let equals = record.iter().position(|b| *b == b'=').ok_or(Broken::Header)?;
        if *end != b'\n' {
            return Err(Broken::Header);
        }
        if &record[..equals] == key {
            value = Some(&record[equals + 1..]);
        }
        records = rest;
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::super::tar_out::{Header, Kind};
    use super::*;

    #[test]
    fn a_stream_is_understood_in_pieces_of_every_length() {
        let long = [&[b'n'; 200][..], b"/", &[b'n'; 200]].concat();
        let names: [&[u8]; 4] = [b"a", b"dir", &long, b"latin\xe4"];
        let mut raw = Vec::new();
        for (nth, name) in names.iter().enumerate() {
            let kind = if nth == 1 { Kind::Directory } else { Kind::File };
            let size = if nth == 1 { 0 } else { [5u64, 0, 512, 0][nth] };
            Header { name, kind, size, mode: 0o644, uid: 1, gid: 1, mtime: 0, user: "", group: "" }.encode(&mut raw);
            raw.resize(raw.len() + size as usize, b'x');
            raw.resize(raw.len() + padding(size), 0);
        }
        raw.resize(raw.len() + 2 * BLOCK, 0);
        for piece in [1, 7, 511, 512, 513, 100_000] {
            let mut entries = Entries::default();
            for part in raw.chunks(piece) {
                entries.feed(part, &mut |_| {}).unwrap();
            }
            assert!(entries.is_at_end());
            assert_eq!(entries.seen.iter().map(|s| s.name.as_bytes()).collect::<Vec<_>>(), names);
            assert_eq!(entries.seen[0].sha256, Some(Sha256::of(b"xxxxx")));
            assert_eq!(entries.seen[1].sha256, None);
        }
    }
}
