//! A line that an owner writes on an archive: "before the new lens".
use std::fmt;

const MOST_CHARS: usize = 200;

/// One line, perhaps empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArchiveNote(String);

/// Why a text is no note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a note is one line of at most {MOST_CHARS} characters")]
pub struct BadNote;

impl ArchiveNote {
    pub fn parse(text: &str) -> Result<Self, BadNote> {
        let text = text.trim();
        let good = text.chars().count() <= MOST_CHARS && !text.chars().any(char::is_control);
        if good { Ok(ArchiveNote(text.to_owned())) } else { Err(BadNote) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArchiveNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_one_short_line() {
        assert_eq!(ArchiveNote::parse("  before the new lens ").unwrap().as_str(), "before the new lens");
        assert_eq!(ArchiveNote::parse(""), Ok(ArchiveNote::default()));
        for bad in ["a\nb", "a\u{1b}[2J", &"ä".repeat(201)] {
            assert_eq!(ArchiveNote::parse(bad), Err(BadNote), "{bad:?}");
        }
    }
}
