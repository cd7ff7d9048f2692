//! What an owner configures about a host: its name, what is taken of it, where that is kept, and how long.
//!
//! Invariant: a name is a slug, so that it is safe as a folder on the drive and as a word of a command.
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::address::Address;
use super::excludes::{Excludes, Pattern};
use super::presets::Preset;
use super::remote_path::RemotePath;
use super::silence::StaleAfter;
use super::ssh_option::SshOption;
use crate::domain::destination::DestinationName;
use crate::domain::plan::schedule::Period;
use crate::domain::retention::rules::Rule;
use crate::domain::retention::tiered::Tiers;
use crate::domain::slug::slug;

/// Folders of a host in which a restore keeps what it replaced.
const KEPT_BY_RESTORES: &str = ".allsky-restore-*/";

slug! {
    /// What a host is called in the file, in commands, and on the drive.
    HostName, "host"
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
#[serde(try_from = "Written", into = "Written")]
pub struct HostSettings {
    pub name: HostName,
    pub source: Source,
    /// `None` is the first drive of the configuration.
    pub destination: Option<DestinationName>,
    pub excludes: Vec<Pattern>,
    pub exclude_presets: Vec<Preset>,
    /// Several names of one file stay names of one file.
    pub hard_links: bool,
    /// Folders on which another file system is mounted stay empty.
    pub one_file_system: bool,
    pub sharing: Sharing,
    /// How long it may be without a snapshot before its owner is told.
    pub stale_after: StaleAfter,
    pub retention: KeepSnapshots,
    pub archives: KeepArchives,
    pub golden: KeepGolden,
}

/// What is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder of this machine.
    Here(PathBuf),
    /// A folder of another machine.
    Ssh(Box<Remote>),
}

/// A folder of another machine, and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    pub address: Address,
    pub path: RemotePath,
    pub port: Option<u16>,
    /// `None` is the key that `hosts add` made, else those of the owner.
    pub key: Option<PathBuf>,
    /// `None` is the host key that `hosts add` confirmed, else those that the owner knows.
    pub known_hosts: Option<PathBuf>,
    pub ssh_options: Vec<SshOption>,
    /// Silence of so many seconds ends a run.
    pub timeout_s: u32,
}

/// Disks of hosts may sleep, and a large folder takes long to be listed.
pub const TIMEOUT_S: u32 = 600;

impl Remote {
    pub fn patience(&self) -> Duration {
        Duration::from_secs(u64::from(self.timeout_s))
    }

    pub fn new(address: Address, path: RemotePath) -> Remote {
        let (ssh_options, timeout_s) = (Vec::new(), TIMEOUT_S);
        Remote { address, path, port: None, key: None, known_hosts: None, ssh_options, timeout_s }
    }
}

impl Source {
    /// As people read it: `/home/pi`, or `pi@camera:~/`.
    pub fn shown(&self) -> PathBuf {
        match self {
            Source::Here(path) => path.clone(),
            Source::Ssh(remote) => PathBuf::from(format!("{}:{}", remote.address, remote.path)),
        }
    }
}

/// The keys as they stand in the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: HostName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<Address>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    known_hosts: Option<PathBuf>,
    #[serde(default)]
    ssh_options: Vec<SshOption>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timeout_s: Option<u32>,
    #[serde(default)]
    destination: Option<DestinationName>,
    #[serde(default)]
    excludes: Vec<Pattern>,
    #[serde(default)]
    exclude_presets: Vec<Preset>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hard_links: Option<bool>,
    #[serde(default = "yes")]
    one_file_system: bool,
    #[serde(default)]
    sharing: Sharing,
    #[serde(default, skip_serializing_if = "StaleAfter::is_usual")]
    stale_after: StaleAfter,
    #[serde(default)]
    retention: KeepSnapshots,
    #[serde(default)]
    archives: KeepArchives,
    #[serde(default)]
    golden: KeepGolden,
}

fn yes() -> bool {
    true
}

impl TryFrom<Written> for HostSettings {
    type Error = String;
    fn try_from(written: Written) -> Result<Self, String> {
        let source = match (written.address, written.path) {
            (None, Some(path)) if path.starts_with('/') => Source::Here(path.into()),
            (None, _) => return Err(WHOLE_PATH.to_owned()),
            (Some(address), path) => Source::Ssh(Box::new(Remote {
                address,
                path: path.map_or_else(|| Ok(RemotePath::home()), RemotePath::try_from)?,
                port: written.port,
                key: written.key,
                known_hosts: written.known_hosts,
                ssh_options: written.ssh_options,
                timeout_s: written.timeout_s.unwrap_or(TIMEOUT_S),
            })),
        };
        // Over ssh they cost memory on both sides, and a file with very many names ends the run.
        let usual = matches!(source, Source::Here(_));
        Ok(HostSettings {
            name: written.name,
            hard_links: written.hard_links.unwrap_or(usual),
            source,
            destination: written.destination,
            excludes: written.excludes,
            exclude_presets: written.exclude_presets,
            one_file_system: written.one_file_system,
            sharing: written.sharing,
            stale_after: written.stale_after,
            retention: written.retention,
            archives: written.archives,
            golden: written.golden,
        })
    }
}

/// What is wanted of the path of a host without an address.
pub const WHOLE_PATH: &str = "a folder of this machine is written from /, like /home/pi";

impl From<HostSettings> for Written {
    fn from(host: HostSettings) -> Written {
        let (path, remote) = match host.source {
            Source::Here(path) => (path.to_string_lossy().into_owned(), None),
            Source::Ssh(remote) => (remote.path.to_string(), Some(*remote)),
        };
        let (port, timeout_s) = remote.as_ref().map_or((None, None), |one| (one.port, Some(one.timeout_s)));
        let (key, known_hosts) = remote.as_ref().map_or((None, None), |one| (one.key.clone(), one.known_hosts.clone()));
        Written {
            name: host.name,
            path: Some(path),
            port,
            key,
            known_hosts,
            timeout_s,
            ssh_options: remote.as_ref().map(|one| one.ssh_options.clone()).unwrap_or_default(),
            address: remote.map(|one| one.address),
            destination: host.destination,
            excludes: host.excludes,
            exclude_presets: host.exclude_presets,
            hard_links: Some(host.hard_links),
            one_file_system: host.one_file_system,
            sharing: host.sharing,
            stale_after: host.stale_after,
            retention: host.retention,
            archives: host.archives,
            golden: host.golden,
        }
    }
}

impl HostSettings {
    /// What is left out, of both lists.
    pub fn left_out(&self) -> Excludes {
        Excludes::new(self.patterns().collect())
    }

    /// The patterns of both lists, and of what restores keep for an undo: that is from a snapshot already.
    pub fn patterns(&self) -> impl Iterator<Item = Pattern> {
        let of_presets = self.exclude_presets.iter().flat_map(|preset| preset.patterns());
        let kept = Pattern::try_from(KEPT_BY_RESTORES.to_owned()).ok();
        self.excludes.iter().cloned().chain(of_presets).chain(kept)
    }

    /// The other machine, where it is one.
    pub fn remote(&self) -> Option<&Remote> {
        match &self.source {
            Source::Here(_) => None,
            Source::Ssh(remote) => Some(remote),
        }
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
