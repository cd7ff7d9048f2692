//! Add a host over ssh: its host key is kept as its owner has confirmed it, a key of ours is made, and the host comes
//! into the configuration. Called for a host that is there already, it keeps a new host key.
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::{Error, authorized};
use crate::base::handover;
use crate::base::process;
use crate::domain::host::settings::{HostName, Remote};
use crate::domain::settings::{Reading, host_edit};
use crate::host::host_key::HostKey;
use crate::host::own_files::OwnFiles;
use crate::work::Tools;
use crate::work::settings::save;

/// How long a key may take to be made on a small computer.
const PATIENCE: Duration = Duration::from_secs(60);

/// What became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Added {
    pub host: HostName,
    pub address: String,
    pub fingerprint: String,
    /// For `~/.ssh/authorized_keys` of the user at the host.
    pub authorized_keys: String,
}

pub fn add(tools: &Tools, name: &HostName, remote: &Remote, confirmed: &HostKey) -> Result<Added, Error> {
    let file = tools.config.as_deref().ok_or(Error::NoFile)?;
    let now = save::look(file)?;
    let known = known(&now.text, name, remote)?;
    let path = known.as_ref().map_or(&remote.path, |one| &one.path);
    let text = if known.is_some() { None } else { Some(host_edit::add(&now.text, name, remote)?) };
    let own = OwnFiles::of(&tools.state_dir, name);
    own.make()?;
    make_key(&own, name)?;
    keep(&own.known_hosts(), &format!("{}\n", confirmed.line))?;
    if let Some(text) = text {
        save::save_entry_of("host", file, &now.digest, &text)?;
    }
    let authorized_keys = authorized::line(&own, path).ok_or_else(|| Error::Keygen("it is not there".to_owned()))?;
    Ok(Added {
        host: name.clone(),
        address: remote.address.to_string(),
        fingerprint: confirmed.fingerprint.clone(),
        authorized_keys,
    })
}

/// Refuses a name that something else has, before anybody is asked anything.
pub fn refuse_taken(tools: &Tools, name: &HostName, remote: &Remote) -> Result<(), Error> {
    let file = tools.config.as_deref().ok_or(Error::NoFile)?;
    known(&save::look(file)?.text, name, remote).map(drop)
}

/// The host of this name, when it is there already with this address.
fn known(text: &str, name: &HostName, remote: &Remote) -> Result<Option<Remote>, Error> {
    match Reading::of(text).settings.hosts.into_iter().find(|host| host.name == *name) {
        None => Ok(None),
        Some(host) => match host.remote().filter(|one| one.address == remote.address) {
            Some(one) => Ok(Some(one.clone())),
            None => Err(Error::TwoOfOneName(name.clone())),
        },
    }
}

/// One that is there is kept: the host may let it in already.
fn make_key(own: &OwnFiles, name: &HostName) -> Result<(), Error> {
    if own.has_key() && own.public_key().is_file() {
        return Ok(());
    }
    let key = own.key();
    let text = key.to_str().ok_or_else(|| Error::Keygen("the path of the state folder is no text".to_owned()))?;
    for old in [own.key(), own.public_key()] {
        remove(&old)?;
    }
    let comment = format!("allsky-backups-{name}");
    let args = ["-q", "-t", "ed25519", "-N", "", "-C", &comment, "-f", text];
    let made = process::run("ssh-keygen", &args, PATIENCE).map_err(|why| Error::Keygen(why.to_string()))?;
    if !made.status.success() {
        return Err(Error::Keygen(made.stderr.trim().to_owned()));
    }
    if handover::is_root() {
        for file in [own.key(), own.public_key()] {
            handover::give_like_folder(&file)?;
        }
    }
    Ok(())
}

/// Whole or not at all, and readable by our user alone.
pub(super) fn keep(file: &Path, text: &str) -> Result<(), Error> {
    let beside = file.with_extension("new");
    remove(&beside)?;
    let mut new = handover::open_or_make(&beside)?;
    new.write_all(text.as_bytes())?;
    new.sync_all()?;
    Ok(fs::rename(&beside, file)?)
}

fn remove(file: &Path) -> Result<(), Error> {
    match fs::remove_file(file) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.into()),
        _ => Ok(()),
    }
}
