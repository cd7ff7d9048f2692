//! The drives that an owner may choose from, one entry for each drive however often it is mounted, and those that are
//! left out, with the reason.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::name::suggest;
use super::verdict::{Machine, Unfit};
use crate::base::mount::{self, Mount};
use crate::domain::destination::DestinationName;

/// A drive that is mounted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    pub path: PathBuf,
    /// Other folders in which the same drive is mounted.
    pub also_at: Vec<PathBuf>,
    pub label: Option<String>,
    pub model: Option<String>,
    /// `None` for shares: to ask them might take for ever.
    pub bytes: Option<u64>,
    pub fs_type: String,
    /// `/dev/sda1`, `nas:/share`.
    pub source: String,
    /// What it could be called.
    pub name: String,
    /// The system lies on another part of the same disk.
    pub on_system_disk: bool,
    /// Destinations that lie on it already.
    pub used_by: Vec<DestinationName>,
}

/// A drive that may not be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    pub path: PathBuf,
    pub source: String,
    pub why: Unfit,
}

/// What there is to choose from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Offers {
    pub drives: Vec<Offer>,
    pub left_out: Vec<LeftOut>,
    /// Mounts of the kernel and of programs, which are no drives.
    pub no_drives: usize,
}

/// Judges every mount of `machine`. `destinations` are the paths, without links, that are configured already.
pub fn offers(machine: &Machine, destinations: &[(DestinationName, PathBuf)]) -> Offers {
    let (mut told, mut seen) = (Offers::default(), BTreeSet::new());
    let mut taken: Vec<DestinationName> = destinations.iter().map(|(name, _)| name.clone()).collect();
    for drive in drives(machine) {
        if !seen.insert(drive.device.as_str()) {
            continue;
        }
        // One of its mounts may be fit where another is not: the folder of a service that is shut, an odd place.
        let points: Vec<&Mount> = machine.mounts.iter().filter(|mount| mount.device == drive.device).collect();
        let judged = |mount: &&&Mount| machine.judge(&mount.point).is_ok_and(|under| under.id == mount.id);
        let fit = points.iter().filter(judged).min_by_key(|mount| (mount.root != b"/", mount.point.as_os_str().len()));
        let Some(fit) = fit else {
            match machine.judge(&drive.point).err() {
                None | Some(Unfit::NoDrive | Unfit::Memory) => told.no_drives += 1,
                Some(why) => {
                    told.left_out.push(LeftOut { path: drive.point.clone(), source: drive.source.clone(), why });
                }
            }
            continue;
        };
        let mut offer = offer(machine, fit, &points, &taken);
        let is_here = |path: &Path| mount::of_path(&machine.mounts, path).is_some_and(|one| one.device == fit.device);
        offer.used_by = destinations.iter().filter(|(_, path)| is_here(path)).map(|(name, _)| name.clone()).collect();
        // Two drives with one label get two names.
        taken.extend(DestinationName::try_from(offer.name.clone()));
        told.drives.push(offer);
    }
    told.no_drives += machine.mounts.len() - drives(machine).count();
    told
}

/// Mounts that a block device or another machine answers for.
fn drives(machine: &Machine) -> impl Iterator<Item = &Mount> {
    machine.mounts.iter().filter(|mount| {
        let is_real = mount.source.starts_with("/dev/") || mount.may_hang() || machine.block_of(mount).is_some();
        is_real && mount.fs_type != "devtmpfs" && mount.fs_type != "squashfs" && mount.fs_type != "autofs"
    })
}

fn offer(machine: &Machine, mount: &Mount, points: &[&Mount], taken: &[DestinationName]) -> Offer {
    let block = machine.block_of(mount);
    let label = block.and_then(|block| block.label.clone());
    let model = block.and_then(|block| block.model.clone());
    let folder = mount.point.file_name().map(|name| name.to_string_lossy().into_owned());
    let kind = if mount.may_hang() { "share" } else { "drive" };
    let texts = [label.as_deref(), folder.as_deref(), model.as_deref(), Some(kind)];
    Offer {
        name: suggest(texts.into_iter().flatten(), taken),
        path: mount.point.clone(),
        also_at: points.iter().filter(|other| other.point != mount.point).map(|other| other.point.clone()).collect(),
        bytes: block.map(|block| block.bytes).filter(|_| !mount.may_hang()),
        label,
        model,
        fs_type: mount.fs_type.clone(),
        source: mount.source.clone(),
        on_system_disk: machine.shares_system_disk(mount),
        used_by: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::verdict::tests::{MOUNTS, machine};
    use super::*;

    fn paths(offers: &Offers) -> Vec<String> {
        offers.drives.iter().map(|drive| format!("{} {}", drive.name, drive.path.display())).collect()
    }

    #[test]
    fn each_drive_is_offered_once_and_the_others_are_told_with_their_reason() {
        let used = [("nights".parse().unwrap(), PathBuf::from("/mnt/nights of 2026/a"))];
        let offers = offers(&machine(), &used);
        assert_eq!(
            paths(&offers),
            ["nights-of-2026 /mnt/nights of 2026", "fuenf-x /media/pi/FÜNF\\x", "nas /mnt/nas", "third /mnt/third"]
        );
        let [first, second, share, third] = &offers.drives[..] else { panic!("{offers:?}") };
        assert_eq!(
            (&first.used_by[..], &first.also_at[..]),
            (&[used[0].0.clone()][..], &["/home/pi/again".into()][..])
        );
        assert_eq!((second.bytes, share.bytes, second.label.as_deref()), (Some(64_000_000_000), None, None));
        assert!(third.on_system_disk && !first.on_system_disk);
        let left: Vec<_> = offers.left_out.iter().map(|one| (one.path.to_str().unwrap(), one.why)).collect();
        assert_eq!(
            left,
            [
                ("/", Unfit::SystemDisk),
                ("/boot/firmware", Unfit::Boot),
                ("/mnt/pictures", Unfit::Camera),
                ("/data", Unfit::ShutHere),
                ("/mnt/failing", Unfit::ReadOnly),
            ]
        );
        assert_eq!(offers.no_drives, 3);
    }

    #[test]
    fn forty_mounts_of_containers_and_packages_hide_no_drive_and_drives_with_one_label_get_two_names() {
        let mut text = MOUNTS.to_owned();
        for n in 0..40 {
            text += &format!(
                "{} 20 0:{} / /var/lib/docker/overlay2/{n}/merged rw - overlay overlay rw\n",
                100 + n,
                100 + n
            );
            text += &format!("{} 20 7:{n} / /snap/app/{n} ro - squashfs /dev/loop{n} ro\n", 200 + n);
        }
        text += "400 20 8:1 / /var/lib/docker/volumes/x rw - ext4 /dev/sda1 rw\n";
        let mut machine = Machine { mounts: mount::parse(text.as_bytes()), ..machine() };
        for block in &mut machine.blocks {
            block.label = Some("BACKUP".into());
        }
        let offers = offers(&machine, &[]);
        let names: Vec<&str> = offers.drives.iter().map(|drive| drive.name.as_str()).collect();
        assert_eq!(names, ["backup", "backup-2", "nas", "backup-3"]);
        assert_eq!(offers.left_out.len(), 5);
    }

    #[test]
    fn a_service_that_sees_every_drive_twice_is_offered_the_one_that_it_may_write_to() {
        let text = "20 1 179:2 / / ro - ext4 /dev/mmcblk0p2 rw\n21 20 8:1 / /mnt/usb ro - ext4 /dev/sda1 rw\n\
                    22 20 179:2 /mnt /mnt rw - ext4 /dev/mmcblk0p2 rw\n23 22 8:1 / /mnt/usb rw - ext4 /dev/sda1 rw\n\
                    24 20 8:17 / /data ro - ext4 /dev/sdb1 rw\n";
        let machine = Machine { mounts: mount::parse(text.as_bytes()), ..machine() };
        let offers = offers(&machine, &[]);
        assert_eq!(paths(&offers), ["usb /mnt/usb"]);
        assert!(offers.drives[0].also_at.is_empty());
        let left: Vec<_> = offers.left_out.iter().map(|one| (one.path.to_str().unwrap(), one.why)).collect();
        assert_eq!(left, [("/", Unfit::SystemDisk), ("/data", Unfit::ShutHere)]);
    }
}
