//! Names that other programs give to their snapshots, and the hour that each stands for.
//!
//! Invariant: a name is read strictly. What is not exactly such a name belongs to somebody else, and is left alone.
use jiff::civil::DateTime;

use super::name::SnapshotName;

/// Whose naming it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Naming {
    /// rsync-time-backup: `2026-03-06-081500`, beside a file `backup.marker`.
    TimeBackup,
    /// rsnapshot: `hourly.0`, `daily.1`; only the folder itself knows its time.
    Rsnapshot,
    /// `2026-03-06_0800`, with a marker of its own.
    Hour,
    /// `2026-03-06`, or `prefix-2026-03-06`.
    Day,
}

const TO_THE_SECOND: &str = "%Y-%m-%d-%H%M%S";
/// Levels of rsnapshot, of its manual and of what its packages bring.
const LEVELS: [&str; 9] = ["hourly", "daily", "weekly", "monthly", "yearly", "alpha", "beta", "gamma", "delta"];

/// A name, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignName {
    pub naming: Naming,
    /// In the time of the machine that made it; `None` where the name does not say.
    pub at: Option<DateTime>,
    /// What stands before a day, such as the name of the machine; empty for all others.
    pub prefix: String,
}

impl ForeignName {
    /// `None` for a name that none of them gives.
    pub fn read(text: &str) -> Option<ForeignName> {
        let of = |naming, at| Some(ForeignName { naming, at, prefix: String::new() });
        if let Ok(name) = text.parse::<SnapshotName>() {
            return of(Naming::Hour, Some(name.hour()));
        }
        if let Some(at) = exact(text, TO_THE_SECOND) {
            return of(Naming::TimeBackup, Some(at));
        }
        if let Some((level, number)) = text.split_once('.') {
            let is_number = !number.is_empty() && number.len() < 6 && number.bytes().all(|byte| byte.is_ascii_digit());
            return if LEVELS.contains(&level) && is_number { of(Naming::Rsnapshot, None) } else { None };
        }
        let (prefix, day) = text.split_at_checked(text.len().checked_sub("2026-03-06".len())?)?;
        let prefix = if prefix.is_empty() { "" } else { prefix.strip_suffix('-').filter(|name| !name.is_empty())? };
        let day = exact(&format!("{day}-000000"), TO_THE_SECOND)?;
        Some(ForeignName { naming: Naming::Day, at: Some(day), prefix: prefix.to_owned() })
    }
}

/// There are several ways to write a time; only one of them is a name.
fn exact(text: &str, format: &str) -> Option<DateTime> {
    let at = DateTime::strptime(format, text).ok()?;
    (at.strftime(format).to_string() == text).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_programs_are_read_with_their_time() {
        for (text, naming, at, prefix) in [
            ("2026-03-06-081530", Naming::TimeBackup, Some("2026-03-06T08:15:30"), ""),
            ("hourly.0", Naming::Rsnapshot, None, ""),
            ("daily.12", Naming::Rsnapshot, None, ""),
            ("2026-03-06_0800", Naming::Hour, Some("2026-03-06T08:00:00"), ""),
            ("2026-03-06", Naming::Day, Some("2026-03-06T00:00:00"), ""),
            ("univac-2013-08-02", Naming::Day, Some("2013-08-02T00:00:00"), "univac"),
            ("univac-home-2013-08-02", Naming::Day, Some("2013-08-02T00:00:00"), "univac-home"),
        ] {
            let at = at.map(|at| at.parse().unwrap());
            assert_eq!(ForeignName::read(text), Some(ForeignName { naming, at, prefix: prefix.into() }), "{text}");
        }
    }

    #[test]
    fn what_is_half_or_something_else_has_no_such_name() {
        for odd in [
            "",
            "latest",
            "current",
            "backup.marker",
            "backup.inprogress",
            "hourly",
            "hourly.",
            "hourly.0.tmp",
            "_delete.1234",
            ".sync",
            "2026-03-06-081560",
            "2026-02-30",
            "2026-3-6",
            "-2026-03-06",
            "2026-03-06.partial",
            ".partial-2026-03-06",
            "2026-03-06_0830",
            "2026-03",
            "notes.1",
            "ümlaut",
        ] {
            assert!(ForeignName::read(odd).is_none(), "{odd}");
        }
    }
}
