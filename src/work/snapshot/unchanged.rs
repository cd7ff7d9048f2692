//! What rsync did not bring, because the snapshot before has it: its names, as rsync tells them. They are kept as numbers
//! of eight bytes, so that a million of them takes 8 MB.
use crate::base::tree::open_path::number_of;

/// How a line about a file and one about a link begin when nothing of it changed.
const FILE: &str = ".f          ";
const LINK: &str = ".L          ";

/// In the order of the numbers once it is sorted.
#[derive(Debug, Default)]
pub(super) struct Unchanged {
    numbers: Vec<u64>,
}

impl Unchanged {
    /// `expected` is how many the snapshot before has.
    pub fn new(expected: u64) -> Unchanged {
        // The figure comes from a text on the drive; more than this is not set aside for it.
        let expected = usize::try_from(expected).unwrap_or(0).min(4 << 20);
        Unchanged { numbers: Vec::with_capacity(expected) }
    }

    /// Reads a line of `--itemize-changes` given twice.
    pub fn hear(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix(FILE).or_else(|| line.strip_prefix(LINK)) {
            self.numbers.push(number_of(&plain(name)));
        }
    }

    pub fn sort(&mut self) {
        self.numbers.sort_unstable();
        self.numbers.dedup();
    }

    pub fn has(&self, path: &[u8]) -> bool {
        self.numbers.binary_search(&number_of(path)).is_ok()
    }

    pub fn count(&self) -> u64 {
        self.numbers.len() as u64
    }
}

/// rsync writes `\#ooo` for bytes that are no printable letters of ASCII, and for a backslash that would look so.
fn plain(name: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let escaped = rest.strip_prefix(b"\\#").and_then(|rest| {
            let digits = rest.get(..3)?;
            let text = std::str::from_utf8(digits).ok()?;
            Some((u8::from_str_radix(text, 8).ok()?, &rest[3..]))
        });
        let (byte, behind) = escaped.unwrap_or((*first, behind));
        bytes.push(byte);
        rest = behind;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_did_not_change_are_heard_in_any_letters() {
        let mut heard = Unchanged::new(2);
        for line in [
            ".f          a/\\#303\\#274\\#012n\\#134#123 b",
            ".L          a/link",
            ".d          a/folder/",
            ">f.s....... a/changed",
            "cf...p..... a/mode",
            ".f          a/link",
            ".f          a\\b\\#",
            "  4  36%    0.00kB/s    0:00:00 (xfr#1, to-chk=1/11)",
        ] {
            heard.hear(line);
        }
        heard.sort();
        assert_eq!(heard.count(), 3);
        for name in ["a/ü\nn\\#123 b", "a/link", "a\\b\\#"] {
            assert!(heard.has(name.as_bytes()), "{name}");
        }
        for name in ["a/folder", "a/changed", "a/mode", "a"] {
            assert!(!heard.has(name.as_bytes()), "{name}");
        }
    }
}
