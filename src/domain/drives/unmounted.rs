//! Drives that are plugged in and not mounted, with the commands that mount them.
use serde::Serialize;

use super::name::suggest;
use super::verdict::Machine;
use crate::base::block_device::BlockDevice;
use crate::base::mount::Mount;

/// File systems that know no owners: they are mounted for one user.
const WITHOUT_OWNERS: [&str; 4] = ["exfat", "ntfs", "ntfs3", "vfat"];
/// What udev finds on disks that cannot be mounted as they are.
const NO_FILE_SYSTEMS: [&str; 7] =
    ["LVM2_member", "crypto_LUKS", "linux_raid_member", "swap", "swsuspend", "zfs_member", "BitLocker"];

/// A drive that has to be mounted before it can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unmounted {
    /// `/dev/sda1`.
    pub source: String,
    pub label: Option<String>,
    pub model: Option<String>,
    pub bytes: u64,
    pub fs_type: Option<String>,
    pub how: Mounting,
}

/// How it gets mounted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mounting {
    Commands {
        now: String,
        /// A line for `/etc/fstab`; `None` where the drive tells no number of its own.
        at_each_start: Option<String>,
    },
    /// Nothing is known of what is on it.
    NotKnown,
    /// `crypto_LUKS` and the like: it must be opened first.
    NoFileSystem,
}

/// Every such drive of `machine`; `user` and `group` are the numbers of who will write to it.
pub fn unmounted(machine: &Machine, user: u32, group: u32) -> Vec<Unmounted> {
    let is_mounted = |block: &BlockDevice| {
        machine.mounts.iter().any(|mount| mount.device == block.device || mount.source == block.path())
    };
    let own_disk = |block: &BlockDevice| {
        let is_same = |mount: &Mount| machine.block_of(mount).is_some_and(|one| one.disk == block.disk);
        machine.mounts.iter().any(|mount| is_same(mount) && machine.shares_system_disk(mount))
    };
    let is_own =
        |block: &BlockDevice| matches!(block.content.as_deref(), Some("swap" | "swsuspend")) || own_disk(block);
    let waiting = machine.blocks.iter().filter(|block| !is_mounted(block) && !is_own(block));
    waiting.map(|block| told(block, user, group)).collect()
}

fn told(block: &BlockDevice, user: u32, group: u32) -> Unmounted {
    let how = match block.content.as_deref() {
        None => Mounting::NotKnown,
        Some(kind) if NO_FILE_SYSTEMS.contains(&kind) => Mounting::NoFileSystem,
        Some(kind) => commands(block, kind, user, group),
    };
    Unmounted {
        source: block.path(),
        label: block.label.clone(),
        model: block.model.clone(),
        bytes: block.bytes,
        fs_type: block.content.clone(),
        how,
    }
}

fn commands(block: &BlockDevice, kind: &str, user: u32, group: u32) -> Mounting {
    let texts = [block.label.as_deref(), block.model.as_deref(), Some("usb")];
    let point = format!("/mnt/{}", suggest(texts.into_iter().flatten(), &[]));
    let owner = WITHOUT_OWNERS.contains(&kind).then(|| format!("uid={user},gid={group},umask=077"));
    let options = owner.as_ref().map(|owner| format!("-o {owner} ")).unwrap_or_default();
    let now = format!("sudo mkdir -p {point} && sudo mount {options}{} {point}", block.path());
    let lasting = owner.map_or("defaults,nofail".to_owned(), |owner| format!("defaults,nofail,{owner}"));
    let is_plain = |uuid: &&String| uuid.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let at_each_start = block.uuid.as_ref().filter(is_plain).map(|uuid| {
        // Without nofail the machine does not start while the drive is missing.
        format!("UUID={uuid} {point} {} {lasting} 0 0", if kind == "ntfs" { "ntfs3" } else { kind })
    });
    Mounting::Commands { now, at_each_start }
}

#[cfg(test)]
mod tests {
    use super::super::verdict::tests::{block, machine};
    use super::*;

    #[test]
    fn what_is_plugged_in_is_told_with_how_it_is_mounted_and_the_card_of_the_system_is_not() {
        let mut machine = machine();
        let with = |name: &str, disk: &str, content: Option<&str>| BlockDevice {
            content: content.map(str::to_owned),
            uuid: Some("12AB-34".into()),
            ..block(name, disk, &format!("9:{name}"))
        };
        machine.blocks.extend([
            BlockDevice { label: Some("My \"Disk\"".into()), ..with("sdf1", "sdf", Some("ext4")) },
            with("sdg1", "sdg", Some("vfat")),
            with("sdh1", "sdh", Some("crypto_LUKS")),
            with("sdi", "sdi", None),
            with("sdj1", "sdj", Some("swap")),
            with("mmcblk0p7", "mmcblk0", Some("ext4")),
        ]);
        let told = unmounted(&machine, 1000, 1001);
        let sources: Vec<&str> = told.iter().map(|one| one.source.as_str()).collect();
        assert_eq!(sources, ["/dev/sdf1", "/dev/sdg1", "/dev/sdh1", "/dev/sdi"]);
        let commands = |now: &str, line: &str| Mounting::Commands { now: now.into(), at_each_start: Some(line.into()) };
        assert_eq!(
            told[0].how,
            commands(
                "sudo mkdir -p /mnt/my-disk && sudo mount /dev/sdf1 /mnt/my-disk",
                "UUID=12AB-34 /mnt/my-disk ext4 defaults,nofail 0 0"
            )
        );
        assert_eq!(
            told[1].how,
            commands(
                "sudo mkdir -p /mnt/usb && sudo mount -o uid=1000,gid=1001,umask=077 /dev/sdg1 /mnt/usb",
                "UUID=12AB-34 /mnt/usb vfat defaults,nofail,uid=1000,gid=1001,umask=077 0 0"
            )
        );
        assert_eq!((&told[2].how, &told[3].how), (&Mounting::NoFileSystem, &Mounting::NotKnown));
    }
}
