//! Ask a host for its key, so that its owner can compare it. Nobody is let in, and nothing is kept.
use super::Error;
use crate::domain::host::settings::{HostName, Remote};
use crate::domain::monitor::Monitor;
use crate::host::host_key::HostKey;
use crate::host::own_files::OwnFiles;
use crate::host::rsync::Rsync;
use crate::work::Tools;

pub fn ask(tools: &Tools, name: &HostName, remote: &Remote, monitor: &dyn Monitor) -> Result<HostKey, Error> {
    Rsync::find()?;
    let own = OwnFiles::of(&tools.state_dir, name);
    own.make()?;
    let asked = HostKey::ask(remote, &own, &mut || Ok::<_, Error>(monitor.checkpoint()?));
    // It stays only where it has files of a host.
    let _ = std::fs::remove_dir(own.folder());
    asked
}

/// The key of the host, when it is the one with the fingerprint that its owner has seen.
pub fn confirm(found: HostKey, fingerprint: &str) -> Result<HostKey, Error> {
    if found.fingerprint == fingerprint.trim() {
        Ok(found)
    } else {
        Err(Error::OtherFingerprint { found: found.fingerprint })
    }
}
