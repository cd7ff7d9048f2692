//! Go the whole way to a host once, from the name to the names in its folder. Nothing is copied.
use std::path::PathBuf;

use serde::Serialize;

use super::Error;
use crate::domain::host::remote_error::RemoteError;
use crate::domain::host::remote_path::RemotePath;
use crate::domain::host::settings::{HostName, Remote};
use crate::domain::monitor::Monitor;
use crate::host::own_files::OwnFiles;
use crate::host::rsync::Rsync;
use crate::host::{judged, ssh};
use crate::work::Tools;

/// Everything is well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tested {
    pub host: HostName,
    pub place: PathBuf,
    pub ok: bool,
    /// rsync of this machine.
    pub rsync: String,
    /// Names at the top of the folder.
    pub names: u64,
    /// Our key may only read this folder.
    pub restricted: bool,
}

pub fn test(tools: &Tools, name: &HostName, monitor: &dyn Monitor) -> Result<Tested, Error> {
    let host = tools.hosts.iter().find(|host| host.name == *name).ok_or_else(|| Error::NoHost(name.clone()))?;
    let remote = host.remote().ok_or_else(|| Error::NotOverSsh(name.clone()))?;
    let rsync = Rsync::find()?;
    let own = OwnFiles::of(&tools.state_dir, name);
    let look = |path: &RemotePath| names_in(rsync, remote, &own, path, monitor);
    let (names, restricted) = match look(&remote.path) {
        Err(Error::Remote(RemoteError::LeadsToTheFolder | RemoteError::CommandRefused(_)))
            if remote.path != RemotePath::home() =>
        {
            (look(&RemotePath::home())?, true)
        }
        other => (other?, false),
    };
    if names == 0 {
        return Err(RemoteError::Empty.into());
    }
    let (place, rsync) = (host.source.shown(), rsync.version.to_string());
    Ok(Tested { host: name.clone(), place, ok: true, rsync, names, restricted })
}

fn names_in(
    rsync: Rsync,
    remote: &Remote,
    own: &OwnFiles,
    path: &RemotePath,
    monitor: &dyn Monitor,
) -> Result<u64, Error> {
    let words = ssh::as_one_text(&ssh::words_for_work(remote, own));
    let mut command = rsync.listing(remote, &words);
    command.args(["--", &format!("{}:{}", remote.address.for_rsync(), path.for_rsync())]);
    let mut names = 0_u64;
    // The first line is the folder itself.
    let mut hear = |line: &str| names += u64::from(!line.ends_with(" ."));
    let mut log = |line: &str| monitor.log(line);
    let told = (&mut hear as &mut dyn FnMut(&str), &mut log as &mut dyn FnMut(&str));
    judged::run(&mut command, path, remote.patience(), told, &mut || Ok::<_, Error>(monitor.checkpoint()?))?;
    Ok(names)
}
