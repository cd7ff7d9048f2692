//! `SHA256SUMS`: each line against what really goes by, before it and after it.
//!
//! In an archive of ours it is the last member; another program may have packed it again in its own
//! order. Of members and lines only hashes are kept.
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Read};

use super::refusal::Refusal;
use crate::base::digest::Sha256;
use crate::base::rel_path::{MAX_BYTES, RelPath};

/// Names that are kept of lines whose file is still to come, for the message.
const NAMED: usize = 16;

/// The beginning of a SHA-256, which is plenty against damage.
type Part = [u8; 12];

/// A file that went by. There are as many as an archive has files, so that its size counts.
struct Gone {
    /// The hash of its name.
    name: u64,
    sum: Part,
    /// Which of all files, from 0; [`HAS_LINE`] is added when its line was seen.
    place: u32,
}

const HAS_LINE: u32 = 1 << 31;

impl Gone {
    fn has_line(&self) -> bool {
        self.place & HAS_LINE != 0
    }
}

/// What went by, and lines that wait for it.
pub struct Sums {
    hash: RandomState,
    gone: Vec<Gone>,
    metadata: Option<u64>,
    waiting: HashMap<u64, Part>,
    named: Vec<(u64, RelPath)>,
    compared: bool,
    /// The first file that went by behind the lines and has none.
    unsummed: Option<RelPath>,
}

impl Sums {
    pub fn new(hash: RandomState) -> Self {
        let (gone, named) = (Vec::new(), Vec::new());
        Sums { hash, gone, metadata: None, waiting: HashMap::new(), named, compared: false, unsummed: None }
    }

    /// Takes the next file; refused when a line that came before says something else of it.
    pub fn note(&mut self, name: &RelPath, sum: &Sha256) -> Result<(), Refusal> {
        let hash = self.hash.hash_one(name.as_bytes());
        if name.as_bytes() == b"metadata.json" {
            self.metadata = Some(hash);
        }
        if !self.compared {
            let place = u32::try_from(self.gone.len()).unwrap_or(u32::MAX) & !HAS_LINE;
            self.gone.push(Gone { name: hash, sum: part(sum), place });
            return Ok(());
        }
        match self.waiting.remove(&hash) {
            Some(line) if line == part(sum) => {}
            Some(_) => return Err(Refusal::Sum { member: name.to_string() }),
            None if self.metadata == Some(hash) => {}
            None => {
                self.unsummed.get_or_insert_with(|| name.clone());
            }
        }
        Ok(())
    }

    /// Compares every line with what went by so far.
    pub fn compare(&mut self, input: impl Read) -> Result<(), Refusal> {
        self.compared = true;
        self.gone.sort_unstable_by_key(|gone| gone.name);
        let mut input = BufReader::with_capacity(16 << 10, input);
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
            match self.gone.binary_search_by_key(&hash, |gone| gone.name) {
                Ok(at) if self.gone[at].has_line() => return Err(bad("a name that another line has")),
                Ok(at) if self.gone[at].sum == part(&sum) => self.gone[at].place |= HAS_LINE,
                Ok(_) => return Err(Refusal::Sum { member: name.to_string() }),
                Err(_) => self.wait(hash, name, part(&sum)).map_err(bad)?,
            }
        }
        Ok(())
    }

    /// A line whose file may still come.
    fn wait(&mut self, hash: u64, name: RelPath, sum: Part) -> Result<(), &'static str> {
        if self.waiting.len() >= MOST_WAITING {
            return Err("one more name than an archive may have files");
        }
        if self.waiting.insert(hash, sum).is_some() {
            return Err("a name that another line has");
        }
        if self.named.len() < NAMED {
            self.named.push((hash, name));
        }
        Ok(())
    }

    /// All went by: every file has a line, and every line its file. `metadata.json` may do without one.
    pub fn judge(&self) -> Result<(), Refusal> {
        if !self.waiting.is_empty() {
            let named = self.named.iter().find(|(hash, _)| self.waiting.contains_key(hash));
            let member = named.map_or_else(|| "a file".to_owned(), |(_, name)| name.to_string());
            return Err(Refusal::NotSummed { member });
        }
        let lacks = self.gone.iter().filter(|gone| !gone.has_line() && Some(gone.name) != self.metadata);
        if let Some(first) = lacks.map(|gone| gone.place).min() {
            return Err(Refusal::Unsummed { member: format!("file {} of the archive", u64::from(first) + 1) });
        }
        match &self.unsummed {
            Some(name) => Err(Refusal::Unsummed { member: name.to_string() }),
            None => Ok(()),
        }
    }
}

/// The most lines that wait: as many as an archive from outside may have files.
const MOST_WAITING: usize = 200_000;

fn part(sum: &Sha256) -> Part {
    let mut part = Part::default();
    part.copy_from_slice(&sum.0[..size_of::<Part>()]);
    part
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
            sums.note(&RelPath::parse(name).unwrap(), &Sha256::of(name.as_bytes())).unwrap();
        }
        sums
    }

    fn compared(names: &[&str], text: &str) -> Result<Sums, Refusal> {
        let mut sums = sums(names);
        sums.compare(text.as_bytes())?;
        Ok(sums)
    }

    fn judged(names: &[&str], text: &str) -> Result<(), Refusal> {
        compared(names, text)?.judge()
    }

    fn line(name: &str) -> String {
        format!("{}  {name}\n", Sha256::of(name.as_bytes()))
    }

    #[test]
    fn every_line_meets_its_member() {
        let all = ["metadata.json", "env.json", "config/a"];
        for text in [
            line("env.json") + &line("config/a"),
            line("metadata.json") + &line("env.json") + &line("config/a"),
            line("config/a") + &line("metadata.json") + &line("env.json"),
        ] {
            judged(&all, &text).unwrap();
        }
        let escaped = format!("\\{}  config/a\\\\b\n", Sha256::of(b"config/a\\b"));
        judged(&["config/a\\b"], &escaped).unwrap();
    }

    #[test]
    fn files_may_come_behind_their_lines_and_are_held_against_them() {
        let begun = || compared(&["env.json"], &(line("env.json") + &line("config/a"))).unwrap();
        let note = |sums: &mut Sums, name: &str, content: &[u8]| {
            sums.note(&RelPath::parse(name).unwrap(), &Sha256::of(content))
        };
        let mut whole = begun();
        note(&mut whole, "config/a", b"config/a").unwrap();
        note(&mut whole, "metadata.json", b"any").unwrap();
        whole.judge().unwrap();
        assert_eq!(begun().judge().unwrap_err().rule(), "not-summed");
        assert_eq!(note(&mut begun(), "config/a", b"other").unwrap_err().rule(), "sum");
        let mut more = begun();
        note(&mut more, "config/a", b"config/a").unwrap();
        note(&mut more, "config/b", b"hidden").unwrap();
        let refusal = more.judge().unwrap_err();
        assert!(refusal.rule() == "unsummed" && refusal.to_string().contains("config/b"), "{refusal}");
    }

    #[test]
    fn a_wrong_missing_or_strange_line_names_the_member() {
        let all = ["metadata.json", "env.json", "config/a"];
        let wrong = format!("{}  env.json\n", Sha256::of(b"other"));
        for (text, rule, words) in [
            (wrong, "sum", "env.json"),
            (line("env.json"), "unsummed", "file 3"),
            (line("env.json") + &line("config/b"), "not-summed", "config/b"),
            (line("env.json") + &line("config/a") + &line("config/b"), "not-summed", "config/b"),
            (line("env.json") + &line("env.json"), "sums", "line 2"),
            (line("env.json") + "nonsense\n", "sums", "line 2"),
            (line("env.json").trim().to_owned(), "sums", "line 1"),
            (format!("{}  ../x\n", Sha256::of(b"")), "sums", "line 1"),
        ] {
            let refusal = judged(&all, &text).unwrap_err();
            assert_eq!(refusal.rule(), rule);
            assert!(refusal.to_string().contains(words), "{refusal}");
        }
    }

    #[test]
    fn names_in_sentences_are_printable() {
        let text = format!("{}  con\x1bfig\n", Sha256::of(b""));
        let refusal = judged(&["config/a"], &text).unwrap_err();
        assert!(refusal.to_string().contains(&printable(b"con\x1bfig")), "{refusal}");
    }
}
