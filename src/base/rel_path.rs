//! A name inside an archive or below a folder that can never point anywhere else.
//!
//! Parsed once at the edge and refused, never repaired: no empty, `.` or `..` part, not absolute, no
//! NUL, within the limits below. Bytes end to end, because cameras and visitors name files in every
//! encoding there is.
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};

/// Longest name in bytes that is accepted anywhere.
pub const MAX_BYTES: usize = 1024;
/// Longest part of a name, the name of one file or folder, that a disk can hold.
pub const MAX_PART_BYTES: usize = 255;
/// Deepest nesting that is accepted anywhere.
pub const MAX_DEPTH: usize = 32;

/// Why a name was refused; each reads as the end of "NAME …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("is empty")]
    Empty,
    #[error("is absolute")]
    Absolute,
    #[error("has an empty, `.` or `..` part")]
    Part,
    #[error("holds a NUL byte")]
    Nul,
    #[error("is longer than {MAX_BYTES} bytes")]
    Long,
    #[error("has a part longer than {MAX_PART_BYTES} bytes")]
    LongPart,
    #[error("is nested deeper than {MAX_DEPTH} folders")]
    Deep,
}

/// A relative path of ordinary components, separated by single slashes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelPath(Box<[u8]>);

impl RelPath {
    pub fn parse(bytes: impl AsRef<[u8]>) -> Result<Self, Refused> {
        let bytes = bytes.as_ref();
        if bytes.is_empty() {
            return Err(Refused::Empty);
        }
        if bytes.len() > MAX_BYTES {
            return Err(Refused::Long);
        }
        if bytes[0] == b'/' {
            return Err(Refused::Absolute);
        }
        if bytes.contains(&0) {
            return Err(Refused::Nul);
        }
        let mut depth = 0;
        for part in bytes.split(|b| *b == b'/') {
            if part.is_empty() || part == b"." || part == b".." {
                return Err(Refused::Part);
            }
            // No disk could hold it: what is restored under it would end half-way.
            if part.len() > MAX_PART_BYTES {
                return Err(Refused::LongPart);
            }
            depth += 1;
        }
        if depth > MAX_DEPTH {
            return Err(Refused::Deep);
        }
        Ok(RelPath(bytes.into()))
    }

    /// A short name that this program makes up for files of its own: parts of ASCII letters, digits,
    /// `.`, `-` and `_`. It cannot fail: any other byte becomes `_`, and so does a part of dots alone.
    pub fn of_our_own(name: &str) -> Self {
        let plain = |b: u8| if b.is_ascii_alphanumeric() || b".-_".contains(&b) { b } else { b'_' };
        let mut bytes = Vec::with_capacity(name.len());
        for part in name.as_bytes().split(|b| *b == b'/') {
            if !bytes.is_empty() {
                bytes.push(b'/');
            }
            match part {
                b"" | b"." | b".." => bytes.push(b'_'),
                part => bytes.extend(part.iter().copied().map(plain)),
            }
        }
        RelPath(bytes.into())
    }

    pub fn join(&self, part: impl AsRef<[u8]>) -> Result<Self, Refused> {
        let mut bytes = self.0.to_vec();
        bytes.push(b'/');
        bytes.extend_from_slice(part.as_ref());
        RelPath::parse(bytes)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }

    /// The text, when the bytes are UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    pub fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|b| *b == b'/')
    }

    /// The last part.
    pub fn name(&self) -> &[u8] {
        self.0.rsplit(|b| *b == b'/').next().unwrap_or(&self.0)
    }

    /// Everything before the last part; `None` at the top.
    pub fn parent(&self) -> Option<RelPath> {
        let cut = self.0.iter().rposition(|b| *b == b'/')?;
        Some(RelPath(self.0[..cut].into()))
    }

    /// True when this is `folder` or lies below it.
    pub fn is_within(&self, folder: &RelPath) -> bool {
        self.0.starts_with(&folder.0) && matches!(self.0.get(folder.0.len()), None | Some(b'/'))
    }
}

/// Safe to print: bytes that are not text, and control characters, are escaped as `\xHH`.
impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.0))
    }
}

impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RelPath({self})")
    }
}

/// Bytes of a name as text that no terminal, log line or page can misread: control and
/// direction-changing characters and bytes that are not UTF-8 become `\xHH` or `\u{…}`.
pub fn printable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if c.is_control() && c.is_ascii() {
                text.push_str(&format!("\\x{:02x}", c as u32));
            } else if c.is_control() || turns {
                text.push_str(&format!("\\u{{{:x}}}", c as u32));
            } else {
                text.push(c);
            }
        }
        for b in chunk.invalid() {
            text.push_str(&format!("\\x{b:02x}"));
        }
    }
    text
}

/// JSON: a string when the bytes are UTF-8, else `{"bytes": [..]}`, so that no name is lost.
impl Serialize for RelPath {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self.as_str() {
            Some(text) => s.serialize_str(text),
            None => {
                let mut map = s.serialize_map(Some(1))?;
                map.serialize_entry("bytes", &self.0)?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for RelPath {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            Bytes { bytes: Vec<u8> },
        }
        let bytes = match Form::deserialize(d)? {
            Form::Text(text) => text.into_bytes(),
            Form::Bytes { bytes } => bytes,
        };
        RelPath::parse(&bytes).map_err(|why| de::Error::custom(format!("{} {why}", printable(&bytes))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_leave_its_folder_is_refused() {
        for (name, why) in [
            (&b""[..], Refused::Empty),
            (b"/etc/passwd", Refused::Absolute),
            (b"..", Refused::Part),
            (b"a/../b", Refused::Part),
            (b"./a", Refused::Part),
            (b"a//b", Refused::Part),
            (b"a/", Refused::Part),
            (b"a\0b", Refused::Nul),
        ] {
            assert_eq!(RelPath::parse(name), Err(why), "{}", printable(name));
        }
        assert_eq!(RelPath::parse(vec![b'a'; MAX_BYTES + 1]), Err(Refused::Long));
        assert_eq!(RelPath::parse([b"a/", &[b'a'; MAX_PART_BYTES + 1][..]].concat()), Err(Refused::LongPart));
        assert!(RelPath::parse([b"a/", &[b'a'; MAX_PART_BYTES][..]].concat()).is_ok());
        assert_eq!(RelPath::parse("a/".repeat(MAX_DEPTH) + "a"), Err(Refused::Deep));
    }

    #[test]
    fn a_name_of_our_own_is_always_a_proper_name() {
        assert_eq!(RelPath::of_our_own(".allsky-restore-1/new/17").as_bytes(), b".allsky-restore-1/new/17");
        for odd in ["", "/", "..", "../x", "a//b", "a\0b", "é/."] {
            let name = RelPath::of_our_own(odd);
            assert_eq!(RelPath::parse(name.as_bytes()), Ok(name));
        }
    }

    #[test]
    fn every_name_survives_json() {
        for name in [&b"images/20261117/a b.jpg"[..], "Größe Ñ.ttf".as_bytes(), b"latin\xe4.jpg", b"new\nline"] {
            let path = RelPath::parse(name).unwrap();
            let json = serde_json::to_string(&path).unwrap();
            assert_eq!(serde_json::from_str::<RelPath>(&json).unwrap(), path);
        }
    }

    #[test]
    fn a_folder_holds_itself_and_what_is_below_but_no_namesake() {
        let folder = RelPath::parse("config/modules").unwrap();
        assert!(folder.is_within(&folder));
        assert!(RelPath::parse("config/modules/a.json").unwrap().is_within(&folder));
        assert!(!RelPath::parse("config/modules2/a.json").unwrap().is_within(&folder));
    }
}
