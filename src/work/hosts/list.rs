//! Which hosts there are, how each is reached, and the line that it needs.
use std::path::PathBuf;

use serde::Serialize;

use super::{Error, authorized};
use crate::domain::destination::DestinationName;
use crate::domain::host::settings::{HostName, HostSettings};
use crate::host::host_key::HostKey;
use crate::host::own_files::OwnFiles;
use crate::work::Tools;
use crate::work::snapshot::places;

#[derive(Debug, Clone, Serialize)]
pub struct HostLine {
    pub host: HostName,
    /// `/home/pi`, or `pi@camera:~/`.
    pub place: PathBuf,
    /// It is another machine.
    pub over_ssh: bool,
    pub destination: Option<DestinationName>,
    /// Of the host key that was confirmed with us.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// For `~/.ssh/authorized_keys` at the host, where our own key is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorized_keys: Option<String>,
}

/// Asks no host anything.
pub fn list(tools: &Tools) -> Vec<HostLine> {
    tools.hosts.iter().map(|host| of(tools, host)).collect()
}

/// One of them.
pub fn show(tools: &Tools, name: &HostName) -> Result<HostLine, Error> {
    let found = tools.hosts.iter().find(|host| host.name == *name);
    found.map(|host| of(tools, host)).ok_or_else(|| Error::NoHost(name.clone()))
}

fn of(tools: &Tools, host: &HostSettings) -> HostLine {
    let own = OwnFiles::of(&tools.state_dir, &host.name);
    let remote = host.remote();
    let with_own_key = remote.filter(|remote| remote.key.is_none());
    HostLine {
        host: host.name.clone(),
        place: host.source.shown(),
        over_ssh: remote.is_some(),
        destination: places::drive(tools, host).ok().map(|drive| drive.name.clone()),
        fingerprint: remote.and_then(|_| HostKey::confirmed(&own)).map(|key| key.fingerprint),
        authorized_keys: with_own_key.and_then(|remote| authorized::line(&own, &remote.path)),
    }
}
