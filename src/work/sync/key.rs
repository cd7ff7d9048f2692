//! The line that lets our key write to the target of a plan, and to nothing else there.
use crate::base::plain::read_plain_text;
use crate::domain::host::settings::HostName;
use crate::domain::plan::name::PlanName;
use crate::domain::plan::remote::SyncTarget;
use crate::host::own_files::OwnFiles;
use crate::work::Tools;

/// Longer than any public key.
const MOST: u64 = 16 << 10;

/// For `~/.ssh/authorized_keys`; `None` where the key is not one that `hosts add` made.
pub fn send_line(tools: &Tools, name: &PlanName) -> Option<String> {
    let plan = tools.plans.iter().find(|plan| plan.name == *name)?;
    let SyncTarget::There(address, path) = &plan.remote.as_ref()?.target else { return None };
    let host: HostName = address.host().parse().ok()?;
    let host = tools.hosts.iter().find(|one| one.name == host)?;
    let key = read_plain_text(&OwnFiles::of(&tools.state_dir, &host.name).public_key(), MOST).ok()?;
    let key = key.lines().next().filter(|line| line.starts_with("ssh-"))?;
    let folder = path.at_the_host();
    // The letters of a path are such that these quotes hide all of them from the shell there.
    let folder = if folder.contains(' ') { format!("'{folder}'") } else { folder.to_owned() };
    Some(format!("restrict,command=\"rrsync {folder}\" {key}"))
}
