//! Which archive a person means who does not type the whole name.
//!
//! Invariant: a text means one archive or none. Where it could mean several, nobody guesses.
use super::name::{ArchiveKind, ArchiveName, BadName};

/// What was typed in the place of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A whole name; whether there is such an archive is asked later.
    Named(ArchiveName),
    /// `latest`, `latest-config`, `latest-images`: the newest that is no damaged one.
    Latest(Option<ArchiveKind>),
    /// The beginning of a name, or of its date: `20261121`, `2026-11-21`, `20261121-0003`.
    Beginning(String),
}

impl Wanted {
    pub fn parse(text: &str) -> Result<Wanted, BadName> {
        match text {
            "latest" => return Ok(Wanted::Latest(None)),
            "latest-config" => return Ok(Wanted::Latest(Some(ArchiveKind::Config))),
            "latest-images" => return Ok(Wanted::Latest(Some(ArchiveKind::Images))),
            _ => {}
        }
        match ArchiveName::parse(text) {
            Ok(name) => Ok(Wanted::Named(name)),
            // A name without its ending has the letters of a name.
            Err(_) if ArchiveName::parse(&format!("{text}.tar.gz")).is_ok() => Ok(Wanted::Beginning(text.to_owned())),
            Err(bad) => Err(bad),
        }
    }
}

/// Whether `name`, or the date in it, begins with `text`. Dates are compared by their digits, so both forms serve.
pub fn begins(name: &ArchiveName, text: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let is_date =
        text.chars().all(|c| c.is_ascii_digit() || c == '-') && text.starts_with(|c: char| c.is_ascii_digit());
    let of_date = name.stem().split_once("-backup-").map(|(_, date)| digits(date));
    name.as_str().starts_with(text) || (is_date && of_date.is_some_and(|date| date.starts_with(&digits(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ArchiveName {
        ArchiveName::parse(text).unwrap()
    }

    #[test]
    fn a_whole_name_is_never_taken_for_a_beginning() {
        let whole = "allsky-config-backup-20261121-000309.tar.gz";
        assert_eq!(Wanted::parse(whole), Ok(Wanted::Named(name(whole))));
        assert_eq!(Wanted::parse("latest"), Ok(Wanted::Latest(None)));
        assert_eq!(Wanted::parse("latest-images"), Ok(Wanted::Latest(Some(ArchiveKind::Images))));
        assert_eq!(Wanted::parse("latest.tar.gz"), Ok(Wanted::Named(name("latest.tar.gz"))));
        assert_eq!(Wanted::parse("2026-11-21"), Ok(Wanted::Beginning("2026-11-21".into())));
        for bad in ["", "../x", "a b", "-x", "a/b"] {
            assert!(Wanted::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_begin_with_their_type_or_their_date_in_both_forms() {
        let one = name("allsky-config-backup-20261121-000309.tar.gz");
        for text in ["allsky-config", "allsky-config-backup-2026", "20261121", "2026-11-21", "20261121-0003", "2026-11"]
        {
            assert!(begins(&one, text), "{text}");
        }
        for text in ["allsky-images", "config", "1121", "20261122", "2026-11-21-2", "2026-11-21x"] {
            assert!(!begins(&one, text), "{text}");
        }
        assert!(!begins(&name("of-a-friend.tar.gz"), "2026"));
    }
}
