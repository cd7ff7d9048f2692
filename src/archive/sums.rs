//! `SHA256SUMS`, the last member: each line against what really went by.
//!
//! Lines stand in the order of the members, as they were written; of a member that went by only
//! hashes are kept.
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Read};

use super::refusal::Refusal;
use crate::base::digest::Sha256;
use crate::base::rel_path::{MAX_BYTES, RelPath};

/// A file that went by: the hash of its name, and half of its SHA-256, which is plenty against damage.
struct Gone {
    name: u64,
    sum: [u8; 16],
}

/// What went by, in order.
pub struct Sums {
    hash: RandomState,
    gone: Vec<Gone>,
    metadata: Option<usize>,
}

impl Sums {
    pub fn new(hash: RandomState) -> Self {
        Sums { hash, gone: Vec::new(), metadata: None }
    }

    pub fn note(&mut self, name: &RelPath, sum: &Sha256) {
        if name.as_bytes() == b"metadata.json" {
            self.metadata = Some(self.gone.len());
        }
        let mut half = [0u8; 16];
        half.copy_from_slice(&sum.0[..16]);
        self.gone.push(Gone { name: self.hash.hash_one(name.as_bytes()), sum: half });
    }

    /// Compares every line. `metadata.json` may do without one.
    pub fn compare(&self, input: impl Read) -> Result<(), Refusal> {
        let mut input = BufReader::with_capacity(16 << 10, input);
        let mut gone = self.gone.iter().enumerate().peekable();
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            // Every byte of a name may be escaped.
            let longest = 2 * MAX_BYTES as u64 + 70;
            let read = (&mut input).take(longest).read_until(b'\n', &mut line).map_err(Refusal::Input)?;
            if read == 0 {
                break;
            }
            let bad = |what| Refusal::Sums { line: number, what };
            let (name, sum) = parse(&line).ok_or_else(|| bad("no sum and name"))?;
            let name = RelPath::parse(&name).map_err(|_| bad("a name that no member can have"))?;
            let hash = self.hash.hash_one(name.as_bytes());
            if gone.peek().is_some_and(|(at, next)| Some(*at) == self.metadata && next.name != hash) {
                gone.next();
            }
            match gone.next() {
                Some((_, next)) if next.name == hash && next.sum == sum.0[..16] => {}
                Some((_, next)) if next.name == hash => return Err(Refusal::Sum { member: name.to_string() }),
                _ => return Err(Refusal::NotThere { key: "a line of SHA256SUMS", member: name.to_string() }),
            }
        }
        match gone.find(|(at, _)| Some(*at) != self.metadata) {
            None => Ok(()),
            Some((at, _)) => Err(Refusal::Unsummed { member: format!("file {} of the archive", at + 1) }),
        }
    }
}

/// A line as coreutils write it: a backslash in front says that the name is escaped.
fn parse(line: &[u8]) -> Option<(Vec<u8>, Sha256)> {
    let line = line.strip_suffix(b"\n")?;
    let (escaped, line) = match line.strip_prefix(b"\\") {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let sum = Sha256::parse_hex(line.get(..64)?)?;
    let name = line[64..].strip_prefix(b"  ").or_else(|| line[64..].strip_prefix(b" *"))?;
    if !escaped {
        return Some((name.to_vec(), sum));
    }
    let mut plain = Vec::with_capacity(name.len());
    let mut bytes = name.iter();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'\\' => match bytes.next()? {
                b'n' => b'\n',
                b'r' => b'\r',
                b'\\' => b'\\',
                _ => return None,
            },
            other => *other,
        });
    }
    Some((plain, sum))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rel_path::printable;

    fn sums(names: &[&str]) -> Sums {
        let mut sums = Sums::new(RandomState::new());
        for name in names {
            sums.note(&RelPath::parse(name).unwrap(), &Sha256::of(name.as_bytes()));
        }
        sums
    }

    fn line(name: &str) -> String {
        format!("{}  {name}\n", Sha256::of(name.as_bytes()))
    }

    #[test]
    fn every_line_meets_its_member() {
        let all = sums(&["metadata.json", "env.json", "config/a"]);
        assert!(all.compare((line("env.json") + &line("config/a")).as_bytes()).is_ok());
        assert!(all.compare((line("metadata.json") + &line("env.json") + &line("config/a")).as_bytes()).is_ok());
        let escaped = format!("\\{}  config/a\\\\b\n", Sha256::of(b"config/a\\b"));
        assert!(sums(&["config/a\\b"]).compare(escaped.as_bytes()).is_ok());
    }

    #[test]
    fn a_wrong_missing_or_strange_line_names_the_member() {
        let all = sums(&["metadata.json", "env.json", "config/a"]);
        let wrong = format!("{}  env.json\n", Sha256::of(b"other"));
        for (text, rule, words) in [
            (wrong, "sum", "env.json"),
            (line("env.json"), "unsummed", "file 3"),
            (line("env.json") + &line("config/b"), "not-there", "config/b"),
            (line("env.json") + &line("config/a") + &line("config/b"), "not-there", "config/b"),
            (line("env.json") + "nonsense\n", "sums", "line 2"),
            (line("env.json").trim().to_owned(), "sums", "line 1"),
            (format!("{}  ../x\n", Sha256::of(b"")), "sums", "line 1"),
        ] {
            let refusal = all.compare(text.as_bytes()).unwrap_err();
            assert_eq!(refusal.rule(), rule);
            assert!(refusal.to_string().contains(words), "{refusal}");
        }
    }

    #[test]
    fn names_in_sentences_are_printable() {
        let text = format!("{}  con\x1bfig\n", Sha256::of(b""));
        let refusal = sums(&["config/a"]).compare(text.as_bytes()).unwrap_err();
        assert!(refusal.to_string().contains(&printable(b"con\x1bfig")), "{refusal}");
    }
}
