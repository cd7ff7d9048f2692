//! Which members of an archive a choice takes: names, and everything below a chosen folder.
//!
//! One look-up per level of a name, so that fifty thousand chosen files cost no more than five.
use std::collections::HashSet;

use crate::base::rel_path::{Refused, RelPath, printable};

/// A line of a list that names no member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("name {number} of the list, {name:?}, {why}")]
pub struct BadLine {
    /// Counted from 1.
    pub number: usize,
    pub name: String,
    pub why: Refused,
}

/// The chosen names, ready to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    Everything,
    Chosen(HashSet<Box<[u8]>>),
}

impl Selection {
    pub fn of<'a>(names: impl IntoIterator<Item = &'a RelPath>) -> Self {
        Selection::Chosen(names.into_iter().map(|n| n.as_bytes().into()).collect())
    }

    /// True when `member` or a folder above it is chosen.
    pub fn takes(&self, member: &RelPath) -> bool {
        self.chosen_by(member).is_some()
    }

    /// Chosen names that no member answers to, sorted and printable.
    pub fn unanswered<'a>(&self, members: impl IntoIterator<Item = &'a RelPath>) -> Vec<String> {
        let Selection::Chosen(names) = self else { return Vec::new() };
        let mut open: HashSet<&[u8]> = names.iter().map(|n| &**n).collect();
        for member in members {
            for name in levels(member) {
                open.remove(name);
            }
        }
        let mut open: Vec<String> = open.into_iter().map(printable).collect();
        open.sort();
        open
    }

    fn chosen_by<'a>(&self, member: &'a RelPath) -> Option<&'a [u8]> {
        match self {
            Selection::Everything => Some(member.as_bytes()),
            Selection::Chosen(names) => levels(member).find(|name| names.contains(*name)),
        }
    }
}

/// `a`, `a/b`, `a/b/c` of `a/b/c`.
fn levels(member: &RelPath) -> impl Iterator<Item = &[u8]> {
    let bytes = member.as_bytes();
    let cuts = bytes.iter().enumerate().filter(|(_, b)| **b == b'/').map(|(at, _)| at);
    cuts.chain([bytes.len()]).map(|at| &bytes[..at])
}

/// Names from a list: NUL between them when there is one anywhere (names with line breaks), else one
/// a line. A slash at the end marks a folder and is not part of its name; empty lines are nothing.
pub fn parse_list(bytes: &[u8]) -> Result<Vec<RelPath>, BadLine> {
    let gap = if bytes.contains(&0) { 0 } else { b'\n' };
    let mut names = Vec::new();
    for (at, line) in bytes.split(|b| *b == gap).enumerate() {
        let line = if gap == b'\n' { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
        if line.is_empty() {
            continue;
        }
        let name = RelPath::parse(line.strip_suffix(b"/").unwrap_or(line));
        names.push(name.map_err(|why| BadLine { number: at + 1, name: printable(line), why })?);
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RelPath {
        RelPath::parse(text).unwrap()
    }

    #[test]
    fn a_chosen_folder_brings_what_is_below_and_no_namesake() {
        let chosen = Selection::of(&[path("images/20261117"), path("images/20261118/a.jpg")]);
        assert!(chosen.takes(&path("images/20261117/keogram/k.jpg")));
        assert!(chosen.takes(&path("images/20261118/a.jpg")));
        assert!(!chosen.takes(&path("images/20261118/b.jpg")));
        assert!(!chosen.takes(&path("images/202611170")));
        assert!(!chosen.takes(&path("images")));
        assert!(Selection::Everything.takes(&path("anything")));
    }

    #[test]
    fn a_name_that_the_archive_does_not_have_is_told() {
        let chosen = Selection::of(&[path("a"), path("b/c"), path("gone\nby")]);
        let members = [path("a/x"), path("b/c")];
        assert_eq!(chosen.unanswered(&members), ["gone\\x0aby"]);
    }

    #[test]
    fn a_list_takes_lines_or_names_with_line_breaks_in_them() {
        assert_eq!(parse_list(b"a b\r\n\nc/d/\n").unwrap(), [path("a b"), path("c/d")]);
        assert_eq!(parse_list(b"a\nb\0c\0").unwrap(), [path("a\nb"), path("c")]);
        let error = parse_list(b"a\n../b\n").unwrap_err();
        assert_eq!(error.to_string(), "name 2 of the list, \"../b\", has an empty, `.` or `..` part");
    }

    #[test]
    fn fifty_thousand_chosen_files_are_each_found() {
        let names: Vec<RelPath> = (0..50_000).map(|n| path(&format!("images/20261117/image-{n}.jpg"))).collect();
        let chosen = Selection::of(&names);
        assert!(names.iter().all(|n| chosen.takes(n)));
        assert!(!chosen.takes(&path("images/20261117/image-50000.jpg")));
        assert!(chosen.unanswered(&names).is_empty());
    }
}
