//! Which names a drive cannot hold: FAT and Windows know fewer characters, and no difference between
//! upper and lower case.
use std::collections::HashSet;

/// True when every part of the path is a name that FAT, exFAT and Windows take.
pub fn is_fat_name<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> bool {
    let plain = |byte: &u8| *byte >= 32 && !b"<>:\"|?*\\".contains(byte);
    parts.into_iter().all(|part| part.iter().all(plain) && !matches!(part.last(), Some(b'.' | b' ')))
}

/// Tells names apart that differ in more than upper and lower case.
#[derive(Debug, Default)]
pub struct CaseBlind {
    taken: HashSet<String>,
}

impl CaseBlind {
    /// False when a name that was seen before is the same to a drive that is blind to case.
    pub fn is_new(&mut self, name: &[u8]) -> bool {
        self.taken.insert(String::from_utf8_lossy(name).to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_fit_for_fat_when_each_part_is() {
        let fits = |path: &str| is_fat_name(path.as_bytes().split(|b| *b == b'/'));
        assert!(fits("ccd_1/18_00/a-b.jpg") && fits("ä ö.png"));
        for odd in ["a:b.jpg", "a/b?.jpg", "a./b.jpg", "b ", "a\tb", "a\\b"] {
            assert!(!fits(odd), "{odd}");
        }
    }

    #[test]
    fn names_that_differ_in_case_alone_are_one() {
        let mut names = CaseBlind::default();
        let told: Vec<bool> =
            ["a.jpg", "b.jpg", "A.JPG", "Ä.jpg", "ä.jpg"].iter().map(|n| names.is_new(n.as_bytes())).collect();
        assert_eq!(told, [true, true, false, true, false]);
    }
}
