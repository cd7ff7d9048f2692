//! Which drives there are to choose from. Asks the kernel and udev alone, so that no drive can make it wait.
use std::path::PathBuf;

use serde::Serialize;

use crate::base::block_device;
use crate::base::handover::Account;
use crate::base::mount;
use crate::base::resolved::follow;
use crate::domain::destination::DestinationName;
use crate::domain::drives::offer::{Offers, offers};
use crate::domain::drives::unmounted::{Unmounted, unmounted};
use crate::domain::drives::verdict::Machine;
use crate::work::Tools;

/// Drives that are plugged in or mounted.
#[derive(Debug, Clone, Serialize)]
pub struct Drives {
    #[serde(flatten)]
    pub offers: Offers,
    pub unmounted: Vec<Unmounted>,
}

/// What this machine has, and what of it is the camera's.
pub(super) fn machine(tools: &Tools) -> Machine {
    let mounts = mount::table().unwrap_or_default();
    let camera = [tools.site.home(), tools.nights.source.images_dir()].map(|path| follow(path, &mounts));
    Machine { camera: camera.into(), blocks: block_device::devices(), mounts }
}

/// Everything that an owner may choose from, and what was left out.
pub fn drives(tools: &Tools) -> Drives {
    let machine = machine(tools);
    let real = |path| follow(path, &machine.mounts);
    let known: Vec<(DestinationName, PathBuf)> =
        tools.drives.iter().map(|one| (one.name.clone(), real(&one.drive.path))).collect();
    let user = rustix::process::geteuid().as_raw();
    let group = Account::of(user).map_or_else(|| rustix::process::getegid().as_raw(), |account| account.group);
    Drives { offers: offers(&machine, &known), unmounted: unmounted(&machine, user, group) }
}
