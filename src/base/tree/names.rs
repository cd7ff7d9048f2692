//! The names of one folder in one piece of memory: a folder of a million files has as many.
use std::io;
use std::os::fd::AsFd;

/// A name is at most 255 bytes long, so that its length has room beside its place.
const LENGTH_BITS: u32 = 8;

/// Names in the order of their bytes.
#[derive(Debug, Default)]
pub struct Names {
    bytes: Vec<u8>,
    /// Place and length of each.
    spans: Vec<u64>,
}

impl Names {
    /// All names in `folder` but `.` and `..`.
    pub fn of(folder: impl AsFd) -> io::Result<Names> {
        let mut names = Names::default();
        for entry in rustix::fs::Dir::read_from(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.add(name);
            }
        }
        names.spans.sort_unstable_by(|a, b| span(&names.bytes, *a).cmp(span(&names.bytes, *b)));
        Ok(names)
    }

    /// Adds a name behind all others.
    pub fn add(&mut self, name: &[u8]) {
        // A file system with longer names would be none of Linux.
        let Ok(length) = u8::try_from(name.len()) else { return };
        self.spans.push((self.bytes.len() as u64) << LENGTH_BITS | u64::from(length));
        self.bytes.extend_from_slice(name);
    }

    pub fn nth(&self, n: usize) -> Option<&[u8]> {
        self.spans.get(n).map(|at| span(&self.bytes, *at))
    }

    pub fn len(&self) -> usize {
        self.spans.len()
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }
}

fn span(bytes: &[u8], at: u64) -> &[u8] {
    let begin = (at >> LENGTH_BITS) as usize;
    bytes.get(begin..begin + (at & 0xff) as usize).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_by_their_bytes() {
        let top = tempfile::tempdir().unwrap();
        for name in ["b", "a", "a.b", &"x".repeat(255), "a b"] {
            std::fs::write(top.path().join(name), "").unwrap();
        }
        let names = Names::of(std::fs::File::open(top.path()).unwrap()).unwrap();
        let all: Vec<&[u8]> = (0..names.len()).map(|n| names.nth(n).unwrap()).collect();
        assert_eq!(all, [b"a", &b"a b"[..], b"a.b", b"b", "x".repeat(255).as_bytes()]);
    }
}
