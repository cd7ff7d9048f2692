//! Where a plan sends all that it keeps: a folder of another machine, or another destination of this one.
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::destination::DestinationName;
use crate::domain::host::address::Address;
use crate::domain::host::remote_path::RemotePath;
use crate::domain::host::settings::{Remote, TIMEOUT_S};
use crate::domain::host::ssh_option::SshOption;

/// `remote = { target = "backup@nas:/srv/backup" }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncSettings {
    pub target: SyncTarget,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_hosts: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ssh_options: Vec<SshOption>,
    #[serde(default = "usual_timeout")]
    pub timeout_s: u32,
    /// On the way to another machine.
    #[serde(default)]
    pub compress: bool,
    /// What is gone here goes there.
    #[serde(default = "yes")]
    pub delete: bool,
    /// KiB in a second; 0 = as fast as it goes.
    #[serde(default)]
    pub bwlimit_kib: u32,
    #[serde(default)]
    pub compare: Compare,
}

/// By what it is verified that the target has all that is here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// Names, sizes and times.
    #[default]
    Size,
    /// The bytes of every file, which are read on both sides.
    Digest,
}

impl Compare {
    pub const WORDS: &[&str] = &["size", "digest"];
}

fn usual_timeout() -> u32 {
    TIMEOUT_S
}

fn yes() -> bool {
    true
}

impl SyncSettings {
    /// The other machine by what stands here; the `[[host]]` of that name, where there is one, comes before it.
    pub fn remote(&self, address: &Address, path: &RemotePath) -> Remote {
        Remote {
            port: self.port,
            key: self.key.clone(),
            known_hosts: self.known_hosts.clone(),
            ssh_options: self.ssh_options.clone(),
            timeout_s: self.timeout_s,
            ..Remote::new(address.clone(), path.clone())
        }
    }
}

/// Where to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SyncTarget {
    /// Another destination of this machine.
    Here(DestinationName),
    /// A folder of another machine; the address may be the name of a `[[host]]`.
    There(Address, RemotePath),
}

impl TryFrom<String> for SyncTarget {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        // An address in numbers stands in brackets, as rsync wants it.
        let parted = match text.find("]:") {
            Some(at) => Some((&text[..=at], &text[at + 2..])),
            None => text.split_once(':'),
        };
        match parted {
            None => DestinationName::try_from(text.clone()).map(SyncTarget::Here),
            Some((_, "")) => Err(format!("{text:?} names no folder: write it like backup@nas:/srv/backup")),
            Some((address, path)) => Ok(SyncTarget::There(address.to_owned().try_into()?, path.to_owned().try_into()?)),
        }
    }
}

impl From<SyncTarget> for String {
    fn from(target: SyncTarget) -> String {
        target.to_string()
    }
}

impl fmt::Display for SyncTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SyncTarget::Here(name) => write!(f, "{name}"),
            SyncTarget::There(address, path) => write!(f, "{}:{path}", address.for_rsync()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_destination_or_a_folder_of_another_machine() {
        for text in ["usb", "nas:/srv/backup", "backup@192.168.1.2:/b", "pi@cam:backups", "root@[fe80::1]:/b"] {
            assert_eq!(SyncTarget::try_from(text.to_owned()).unwrap().to_string(), text);
        }
        for odd in ["", "nas:", "-e:/b", "nas:/a/../b", "nas:/a$b", "USB", "a b:/c"] {
            assert!(SyncTarget::try_from(odd.to_owned()).is_err(), "{odd}");
        }
        let here: SyncSettings = serde_json::from_value(serde_json::json!({ "target": "usb" })).unwrap();
        assert!(here.delete && here.compare == Compare::Size && here.bwlimit_kib == 0);
        assert_eq!(serde_json::from_value::<SyncSettings>(serde_json::to_value(&here).unwrap()).unwrap(), here);
    }
}
