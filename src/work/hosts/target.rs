//! The host key of the machine that a plan sends to, where that is no `[[host]]`: asked for, and kept once its owner has
//! confirmed it. From then on it is the only one that counts.
use serde::Serialize;

use super::Error;
use super::add::keep;
use crate::domain::host::settings::{HostName, Remote};
use crate::domain::monitor::Monitor;
use crate::domain::plan::name::PlanName;
use crate::domain::plan::remote::SyncTarget;
use crate::host::host_key::HostKey;
use crate::host::own_files::OwnFiles;
use crate::host::rsync::Rsync;
use crate::work::Tools;

/// What is so now.
#[derive(Debug, Clone, Serialize)]
pub struct Trusted {
    pub plan: PlanName,
    pub target: String,
    pub fingerprint: String,
}

/// The machine that `plan` sends to, by what stands in the plan alone.
pub fn remote(tools: &Tools, plan: &PlanName) -> Result<Remote, Error> {
    let none = || Error::NoTarget(plan.clone());
    let found = tools.plans.iter().find(|one| one.name == *plan).ok_or_else(none)?;
    let settings = found.remote.as_ref().ok_or_else(none)?;
    let SyncTarget::There(address, path) = &settings.target else { return Err(none()) };
    let host = address.host().parse::<HostName>().ok();
    if let Some(host) = host.and_then(|name| tools.hosts.iter().find(|host| host.name == name)) {
        return Err(Error::IsHost(host.name.clone()));
    }
    match &settings.known_hosts {
        Some(_) => Err(Error::KnownElsewhere(plan.clone())),
        None => Ok(settings.remote(address, path)),
    }
}

/// Nobody is let in, and nothing is kept.
pub fn ask(tools: &Tools, plan: &PlanName, remote: &Remote, monitor: &dyn Monitor) -> Result<HostKey, Error> {
    Rsync::find()?;
    let own = OwnFiles::of_plan(&tools.state_dir, plan);
    own.make()?;
    HostKey::ask(remote, &own, &mut || Ok::<_, Error>(monitor.checkpoint()?))
}

/// Keeps a key that was confirmed, in the place of another one.
pub fn trust(tools: &Tools, plan: &PlanName, remote: &Remote, confirmed: &HostKey) -> Result<Trusted, Error> {
    let own = OwnFiles::of_plan(&tools.state_dir, plan);
    own.make()?;
    keep(&own.known_hosts(), &format!("{}\n", confirmed.line))?;
    let (target, fingerprint) = (remote.address.to_string(), confirmed.fingerprint.clone());
    Ok(Trusted { plan: plan.clone(), target, fingerprint })
}
