//! Which names an archive may hold, and that no two of them can meet on any disk.
//!
//! A name is refused, never mended, but for the `./` that `tar` writes before the names of a packed
//! folder. Names that a disk without upper and lower case, or one that encodes letters in its own way,
//! would take for one are refused as twins. What is kept of a name is sixteen bytes, and names and
//! folders are counted, so that the names of any archive fit in a few megabytes.
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use unicode_normalization::UnicodeNormalization as _;

use super::refusal::{NameFault, Refusal};
use crate::base::rel_path::{self, RelPath, printable};
use crate::domain::limits::{Limits, Spelling};

/// What bears a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearer {
    File,
    Folder,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    File,
    Folder,
    /// Only as a part of other names so far.
    Way,
}

/// The bits of a packed name that say what it is.
const KINDS: u64 = 3;

impl Seen {
    fn of(packed: u64) -> Self {
        match packed & KINDS {
            0 => Seen::File,
            1 => Seen::Folder,
            _ => Seen::Way,
        }
    }
}

fn packed(exact: u64, what: Seen) -> u64 {
    let kind = match what {
        Seen::File => 0,
        Seen::Folder => 1,
        Seen::Way => 2,
    };
    exact & !KINDS | kind
}

pub struct Names<'a> {
    limits: &'a Limits,
    spelling: Spelling,
    bytes: u64,
    folders: u64,
    /// Keyed by chance, so that no one can make two names collide.
    hash: RandomState,
    /// By the hash of the folded name: the hash of the name itself, with what it is in its last two
    /// bits, because a table of 250,000 names is the largest thing that an archive makes us keep.
    seen: HashMap<u64, u64>,
    /// The folder of the last name, which most of the time is the folder of the next one.
    last_folder: Option<RelPath>,
}

impl<'a> Names<'a> {
    pub fn new(limits: &'a Limits) -> Self {
        let spelling = limits.spelling;
        let (hash, seen) = (RandomState::new(), HashMap::new());
        Names { limits, spelling, bytes: 0, folders: 0, hash, seen, last_folder: None }
    }

    /// From here on names may be as a camera's disk had them. Only while all names so far are our own.
    pub fn of_this_disk(&mut self) {
        self.spelling = Spelling::ThisDisk;
    }

    pub fn spelling(&self) -> Spelling {
        self.spelling
    }

    /// Takes the name of the next member, as it is written in the archive. One `./` before it, which `tar` writes
    /// when it is given the folder itself, says nothing to any program; `./a` and `a` are the same name here, so
    /// that an archive with both is refused.
    pub fn admit(&mut self, written: &[u8], bearer: Bearer) -> Result<RelPath, Refusal> {
        let name = parse(written.strip_prefix(b"./").unwrap_or(written), bearer, self.spelling)
            .map_err(|fault| Refusal::Name { member: printable(written), fault })?;
        self.bytes += name.as_bytes().len() as u64;
        if self.bytes > self.limits.name_bytes {
            return Err(Refusal::LongNames { member: name.to_string(), limit: self.limits.name_bytes });
        }
        let top = name.parts().next().unwrap_or_default();
        if !self.limits.places.iter().any(|place| place.as_bytes() == top) {
            return Err(Refusal::Place { member: name.to_string() });
        }
        let folder = name.parent();
        if folder.is_some() && folder != self.last_folder {
            let mut way = folder.clone();
            while let Some(part) = way {
                self.note(&part, Seen::Way)?;
                way = part.parent();
            }
        }
        self.last_folder = folder;
        self.note(&name, if bearer == Bearer::Folder { Seen::Folder } else { Seen::File })?;
        Ok(name)
    }

    /// True when a file of this name went by.
    pub fn has_file(&self, name: &RelPath) -> bool {
        let file = packed(self.hash.hash_one(name.as_bytes()), Seen::File);
        self.seen.get(&self.hash.hash_one(self.folded(name))) == Some(&file)
    }

    /// What two names must not share.
    fn folded(&self, name: &RelPath) -> Vec<u8> {
        match self.spelling {
            Spelling::AnyDisk => fold(name),
            Spelling::ThisDisk => name.as_bytes().to_vec(),
        }
    }

    fn note(&mut self, name: &RelPath, what: Seen) -> Result<(), Refusal> {
        let new = packed(self.hash.hash_one(name.as_bytes()), what);
        let member = || name.to_string();
        let folded = self.hash.hash_one(self.folded(name));
        let Some(seen) = self.seen.get_mut(&folded) else {
            self.folders += u64::from(what != Seen::File);
            if self.folders > self.limits.folders {
                return Err(Refusal::ManyFolders { member: member(), limit: self.limits.folders });
            }
            self.seen.insert(folded, new);
            return Ok(());
        };
        if *seen & !KINDS != new & !KINDS {
            return Err(Refusal::Twin { member: member() });
        }
        match (Seen::of(*seen), what) {
            (Seen::File, Seen::File) | (Seen::Folder, Seen::Folder) => Err(Refusal::Twice { member: member() }),
            (Seen::File, _) | (_, Seen::File) => Err(Refusal::FileAndFolder { member: member() }),
            (_, Seen::Way) => Ok(()),
            (Seen::Way, Seen::Folder) => {
                *seen = new;
                Ok(())
            }
        }
    }
}

/// True for the folder that was packed, which is no member of its own.
pub fn is_packed_folder(written: &[u8], bearer: Bearer) -> bool {
    bearer == Bearer::Folder && (written == b"./" || written == b".")
}

/// What a name may look like anywhere.
pub fn parse(written: &[u8], bearer: Bearer, spelling: Spelling) -> Result<RelPath, NameFault> {
    let name = match bearer {
        Bearer::Folder => written.strip_suffix(b"/").unwrap_or(written),
        Bearer::File => written,
    };
    if name == b"." || name.starts_with(b"./") {
        return Err(NameFault::DotSlash);
    }
    if spelling == Spelling::AnyDisk && name.first().is_some_and(u8::is_ascii_alphabetic) && name.get(1) == Some(&b':')
    {
        return Err(NameFault::Drive);
    }
    let path = RelPath::parse(name).map_err(|why| match why {
        rel_path::Refused::Empty => NameFault::Empty,
        rel_path::Refused::Absolute => NameFault::Absolute,
        rel_path::Refused::Part => NameFault::Part,
        rel_path::Refused::Nul => NameFault::Nul,
        rel_path::Refused::Long => NameFault::Long,
        rel_path::Refused::LongPart => NameFault::LongPart,
        rel_path::Refused::Deep => NameFault::Deep,
    })?;
    if spelling == Spelling::ThisDisk {
        return Ok(path);
    }
    if name.contains(&b'\\') {
        return Err(NameFault::Backslash);
    }
    for chunk in name.utf8_chunks() {
        if let Some(fault) = chunk.valid().chars().find_map(char_fault) {
            return Err(fault);
        }
        if !chunk.invalid().is_empty() && !name.starts_with(b"images/") {
            return Err(NameFault::NotText);
        }
    }
    Ok(path)
}

fn char_fault(c: char) -> Option<NameFault> {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    match c {
        _ if turns => Some(NameFault::Direction),
        // Line and paragraph separators end a line on some screens.
        '\u{2028}' | '\u{2029}' => Some(NameFault::Control),
        _ if c.is_control() => Some(NameFault::Control),
        _ => None,
    }
}

/// Names that are one on some disk have one folded form: compatible letters are the same (NFKC), and
/// so are both cases, also where one letter becomes two (`ß` and `SS`).
fn fold(name: &RelPath) -> Vec<u8> {
    match name.as_str() {
        Some(text) if !text.is_ascii() => {
            let upper: String = text.nfkc().flat_map(char::to_uppercase).collect();
            upper.chars().flat_map(char::to_lowercase).nfkc().collect::<String>().into_bytes()
        }
        _ => name.as_bytes().to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::Bearer::{File, Folder};
    use super::*;

    fn rules(names: &[(&str, Bearer)]) -> Result<(), &'static str> {
        let limits = Limits::default();
        let mut all = Names::new(&limits);
        names.iter().try_for_each(|(name, bearer)| all.admit(name.as_bytes(), *bearer).map(drop)).map_err(|r| r.rule())
    }

    #[test]
    fn names_of_a_real_camera_are_fine() {
        for name in ["config/overlay/fonts/Größe Ñ.ttf", "env.json", "images/20261117/a b'c\"d.jpg", "config/a:b"] {
            assert_eq!(rules(&[(name, File)]), Ok(()), "{name}");
        }
        assert_eq!(
            rules(&[("config/", Folder), ("config/a", File), ("config/b/", Folder), ("config/b/c", File)]),
            Ok(())
        );
        let limits = Limits::default();
        assert!(Names::new(&limits).admit(b"images/20261117/latin\xe4.jpg", File).is_ok());
    }

    #[test]
    fn names_that_lead_or_look_elsewhere_are_refused() {
        for (name, rule) in [
            ("", "name-empty"),
            ("././config/a", "name-dot-slash"),
            ("/etc/passwd", "name-absolute"),
            ("config/../../a", "name-part"),
            ("config//a", "name-part"),
            ("config/./a", "name-part"),
            ("config/a\nb", "name-control"),
            ("config/a\u{85}b", "name-control"),
            ("config/a\u{202e}gpj.exe", "name-direction"),
            ("config\\a", "name-backslash"),
            ("C:/config", "name-drive"),
            ("config/a/", "name-part"),
            ("etc/passwd.d/x/../y", "name-part"),
            ("home/pi/.ssh/authorized_keys", "place"),
            ("configs", "place"),
        ] {
            assert_eq!(rules(&[(name, File)]), Err(rule), "{name:?}");
        }
        assert_eq!(rules(&[("config//", Folder)]), Err("name-part"));
        let limits = Limits::default();
        assert_eq!(Names::new(&limits).admit(b"config/latin\xe4", File).unwrap_err().rule(), "name-not-text");
    }

    #[test]
    fn what_we_saved_from_this_disk_is_read_under_any_name_but_leads_nowhere_else() {
        let limits = Limits::of_our_own();
        let mut all = Names::new(&limits);
        for name in [&b"images/1/a\nb"[..], b"images/1/a\\b", b"config/TWIN", b"config/twin", b"config/latin\xe4"] {
            assert!(all.admit(name, File).is_ok(), "{}", printable(name));
        }
        for name in [&b"config/../a"[..], b"/etc/passwd", b"home/pi/a", b"config/twin"] {
            assert!(all.admit(name, File).is_err(), "{}", printable(name));
        }
    }

    #[test]
    fn no_two_names_can_meet_on_any_disk() {
        for (one, other, rule) in [
            ("config/a", "config/a", "twice"),
            ("config/a", "./config/a", "twice"),
            ("config/Settings.json", "config/settings.json", "twin"),
            ("config/stra\u{df}e", "config/STRASSE", "twin"),
            ("config/\u{e9}", "config/e\u{301}", "twin"),
            ("config/\u{fb01}le", "config/file", "twin"),
            ("config/A/x", "config/a/y", "twin"),
            ("config/\u{3c3}", "config/\u{3c2}", "twin"),
            ("config/a", "config/a/b", "file-and-folder"),
            ("config/a/b", "config/a", "file-and-folder"),
        ] {
            assert_eq!(rules(&[(one, File), (other, File)]), Err(rule), "{one} and {other}");
        }
        assert_eq!(rules(&[("config/a", Folder), ("config/a", Folder)]), Err("twice"));
        assert_eq!(rules(&[("config/a", Folder), ("config/a", File)]), Err("file-and-folder"));
        assert_eq!(rules(&[("config/a/b", File), ("config/a", Folder)]), Ok(()), "a folder may come after its files");
    }
}
