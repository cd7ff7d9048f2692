//! What an owner configures about a host: its name, what is taken of it, where that is kept, and how long.
//!
//! Invariant: a name is a slug, so that it is safe as a folder on the drive and as a word of a command.
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::excludes::{Excludes, Pattern};
use super::presets::Preset;
use crate::domain::destination::DestinationName;
use crate::domain::plan::schedule::Period;
use crate::domain::retention::rules::Rule;
use crate::domain::retention::tiered::Tiers;
use crate::domain::slug::{MOST, is_slug};

/// What a host is called in the file, in commands, and on the drive.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostName(String);

impl HostName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for HostName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        if is_slug(&text) {
            Ok(HostName(text))
        } else {
            Err(format!("{text:?} is no name of a host: use small letters, digits and -, at most {MOST}"))
        }
    }
}

impl From<HostName> for String {
    fn from(name: HostName) -> String {
        name.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for HostName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        HostName::try_from(text.to_owned())
    }
}

/// Whether snapshots share what did not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sharing {
    /// A file that did not change is one file on the drive, with a name in each snapshot.
    #[default]
    Links,
    /// Each snapshot has files of its own, for drives without hard links.
    Copies,
}

impl Sharing {
    pub const WORDS: &[&str] = &["links", "copies"];
}

/// A `[[host]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostSettings {
    pub name: HostName,
    /// The folder of this machine that is taken.
    pub path: PathBuf,
    /// `None` is the first drive of the configuration.
    #[serde(default)]
    pub destination: Option<DestinationName>,
    #[serde(default)]
    pub excludes: Vec<Pattern>,
    #[serde(default)]
    pub exclude_presets: Vec<Preset>,
    /// Several names of one file stay names of one file.
    #[serde(default = "yes")]
    pub hard_links: bool,
    /// Folders on which another file system is mounted stay empty.
    #[serde(default = "yes")]
    pub one_file_system: bool,
    #[serde(default)]
    pub sharing: Sharing,
    #[serde(default)]
    pub retention: KeepSnapshots,
    #[serde(default)]
    pub archives: KeepArchives,
    #[serde(default)]
    pub golden: KeepGolden,
}

fn yes() -> bool {
    true
}

impl HostSettings {
    /// What is left out, of both lists.
    pub fn left_out(&self) -> Excludes {
        let of_presets = self.exclude_presets.iter().flat_map(|preset| preset.patterns());
        Excludes::new(self.excludes.iter().cloned().chain(of_presets).collect())
    }
}

/// When an archive of the host is made, and how long it stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeepArchives {
    pub every: Period,
    /// The newest so many stay.
    pub keep: u32,
    /// All of the last so many days stay as well.
    pub days: Option<u32>,
    /// How hard they are packed.
    pub level: u32,
}

impl Default for KeepArchives {
    fn default() -> Self {
        KeepArchives { every: Period::of_days(7), keep: 4, days: None, level: 6 }
    }
}

impl KeepArchives {
    pub fn rules(&self) -> Vec<Rule> {
        [Some(Rule::KeepLast(self.keep)), self.days.map(Rule::Days)].into_iter().flatten().collect()
    }
}

/// When a golden month of the host is made, and how long it stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeepGolden {
    /// Of the month; the last one where it has no such day.
    pub day: u8,
    /// This month, and so many before it, stay.
    pub months: u32,
    /// It is read again after so many days.
    pub scrub_days: u32,
}

impl Default for KeepGolden {
    fn default() -> Self {
        KeepGolden { day: 1, months: 24, scrub_days: 30 }
    }
}

/// How many snapshots stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeepSnapshots {
    pub hourly: Option<u32>,
    pub daily: Option<u32>,
    pub monthly: Option<u32>,
}

impl KeepSnapshots {
    pub fn tiers(&self) -> Tiers {
        let usual = Tiers::default();
        let or = |own: Option<u32>, usual: i64| own.map_or(usual, i64::from);
        Tiers {
            hourly_hours: or(self.hourly, usual.hourly_hours),
            daily_days: or(self.daily, usual.daily_days),
            months: or(self.monthly, usual.months),
        }
    }
}
