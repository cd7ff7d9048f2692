//! Take a host out of the configuration, with the key that we made for it. Its snapshots stay where they are.
use std::fs;
use std::io::ErrorKind;

use super::Error;
use crate::domain::host::settings::HostName;
use crate::domain::plan::Source;
use crate::domain::settings::{Reading, host_edit};
use crate::host::own_files::OwnFiles;
use crate::work::Tools;
use crate::work::settings::save;

pub fn remove(tools: &Tools, name: &HostName) -> Result<(), Error> {
    let file = tools.config.as_deref().ok_or(Error::NoFile)?;
    let now = save::look(file)?;
    let settings = Reading::of(&now.text).settings;
    let host = settings.hosts.iter().find(|host| host.name == *name).ok_or_else(|| Error::NoHost(name.clone()))?;
    let takes = |source: &Source| source.host() == Some(name);
    if let Some(plan) = settings.plans.iter().find(|plan| plan.sources.iter().any(takes)) {
        return Err(Error::NeededByPlan { host: name.clone(), plan: plan.name.clone() });
    }
    if host.remote().is_none() {
        return Err(Error::NotOverSsh(name.clone()));
    }
    save::save_entry_of("host", file, &now.digest, &host_edit::remove(&now.text, name)?)?;
    let own = OwnFiles::of(&tools.state_dir, name);
    for file in [own.key(), own.public_key(), own.known_hosts(), own.learned()] {
        match fs::remove_file(file) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        }
    }
    // What somebody else has put there stays.
    let _ = fs::remove_dir(own.folder());
    Ok(())
}
