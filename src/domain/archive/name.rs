//! The file name of an archive, as the panel has always written it.
//!
//! `allsky-config-backup-YYYYMMDD-HHMMSS.tar.gz`; when two are made in one second the later ones get
//! `-2`, `-3` … before the ending. Any other `NAME.tar.gz` in the folder is an archive too, of a type that its
//! content tells.
use std::fmt;

use jiff::civil;
use serde::{Deserialize, Serialize};

/// What an archive holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArchiveKind {
    Config,
    Images,
}

impl ArchiveKind {
    pub fn as_str(self) -> &'static str {
        match self {
            ArchiveKind::Config => "config",
            ArchiveKind::Images => "images",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "config" => Some(ArchiveKind::Config),
            "images" => Some(ArchiveKind::Images),
            _ => None,
        }
    }
}

impl fmt::Display for ArchiveKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a file name is no archive name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the name of an archive: letters, digits, `.`, `_`, `-` and the ending .tar.gz, at most 128")]
pub struct BadName(pub String);

/// A file name that is safe in a folder, in a header and on a page.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ArchiveName(String);

impl ArchiveName {
    /// The `nth` name (1, 2, …) for an archive of `kind` made at the local time `at`.
    pub fn new(kind: ArchiveKind, at: civil::DateTime, nth: u32) -> Self {
        let again = if nth > 1 { format!("-{nth}") } else { String::new() };
        ArchiveName(format!("allsky-{kind}-backup-{}{again}.tar.gz", at.strftime("%Y%m%d-%H%M%S")))
    }

    pub fn parse(text: &str) -> Result<Self, BadName> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let good = text.len() <= 128
            && text.strip_suffix(".tar.gz").is_some_and(|stem| !stem.is_empty())
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(plain);
        if good { Ok(ArchiveName(text.to_owned())) } else { Err(BadName(text.to_owned())) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name without `.tar.gz`; the sidecar is this with `.json`, the member index with `.index`.
    pub fn stem(&self) -> &str {
        self.0.strip_suffix(".tar.gz").unwrap_or(&self.0)
    }

    /// The kind that the name claims.
    pub fn kind(&self) -> Option<ArchiveKind> {
        ArchiveKind::parse(self.0.strip_prefix("allsky-")?.split_once("-backup-")?.0)
    }

    /// Which archive of its second it is: 2 for `…-2.tar.gz`, 1 without such an end.
    pub fn nth(&self) -> u32 {
        nth(&self.0)
    }

    /// The local time that the name claims.
    pub fn made(&self) -> Option<civil::DateTime> {
        let stamp = self.stem().split_once("-backup-")?.1.get(..15)?;
        civil::DateTime::strptime("%Y%m%d-%H%M%S", stamp).ok()
    }
}

/// [`ArchiveName::nth`] of a name that may be none of an archive.
pub fn nth(name: &str) -> u32 {
    let stem = name.strip_suffix(".tar.gz").unwrap_or(name);
    let again = stem.split_once("-backup-").and_then(|(_, rest)| rest.get(15..)?.strip_prefix('-')?.parse().ok());
    again.unwrap_or(1)
}

impl TryFrom<String> for ArchiveName {
    type Error = BadName;
    fn try_from(text: String) -> Result<Self, BadName> {
        ArchiveName::parse(&text)
    }
}

impl From<ArchiveName> for String {
    fn from(name: ArchiveName) -> String {
        name.0
    }
}

impl fmt::Display for ArchiveName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_archives_of_one_second_are_counted() {
        for (name, nth) in [
            ("allsky-config-backup-20260101-020000.tar.gz", 1),
            ("allsky-config-backup-20260101-020000-2.tar.gz", 2),
            ("allsky-config-backup-20260101-020000-11.tar.gz", 11),
            ("mine-2.tar.gz", 1),
        ] {
            assert_eq!(ArchiveName::parse(name).unwrap().nth(), nth, "{name}");
        }
    }

    #[test]
    fn a_name_tells_kind_and_time_and_nothing_leaves_the_folder() {
        let at = civil::datetime(2026, 11, 21, 0, 3, 9, 0);
        let name = ArchiveName::new(ArchiveKind::Config, at, 1);
        assert_eq!(name.as_str(), "allsky-config-backup-20261121-000309.tar.gz");
        assert_eq!((name.kind(), name.made()), (Some(ArchiveKind::Config), Some(at)));
        let second = ArchiveName::new(ArchiveKind::Config, at, 2);
        assert_eq!(second.as_str(), "allsky-config-backup-20261121-000309-2.tar.gz");
        assert_eq!(second.made(), Some(at));
        for bad in ["../x.tar.gz", ".tar.gz", "a/b.tar.gz", "x.tar", ".x.tar.gz", "a\nb.tar.gz", "-x.tar.gz", ""] {
            assert!(ArchiveName::parse(bad).is_err(), "{bad:?}");
        }
    }
}
